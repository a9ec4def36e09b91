# The id is the organization's name.
terraform import quay_org_quota.example example-org-quota
