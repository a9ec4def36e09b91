# The id is the organization's name.
terraform import quay_organization.example example-organization
