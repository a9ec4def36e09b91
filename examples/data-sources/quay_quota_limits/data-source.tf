resource "quay_organization" "quota_limits_data" {
  name = "example-quota-limits-data"
}

resource "quay_org_quota" "quota_limits_data" {
  organization = quay_organization.quota_limits_data.name
  limit        = "10 GiB"
  limits = [
    { type = "Warning", threshold_percent = 80 },
    { type = "Reject", threshold_percent = 90 },
  ]
}

data "quay_org_quota" "quota_limits_data" {
  organization = quay_org_quota.quota_limits_data.organization
}

data "quay_quota_limits" "example" {
  organization = quay_organization.quota_limits_data.name
  quota_id     = data.quay_org_quota.quota_limits_data.quota_id
}
