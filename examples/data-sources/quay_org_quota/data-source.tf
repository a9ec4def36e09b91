resource "quay_organization" "org_quota_data" {
  name = "example-org-quota-data"
}

resource "quay_org_quota" "org_quota_data" {
  organization = quay_organization.org_quota_data.name
  limit        = "10 GiB"
  limits       = [{ type = "Reject", threshold_percent = 90 }]
}

data "quay_org_quota" "example" {
  organization = quay_org_quota.org_quota_data.organization
}
