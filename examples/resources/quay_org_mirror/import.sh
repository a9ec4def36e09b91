# The id is the organization's name.
terraform import quay_org_mirror.example example-org-mirror
