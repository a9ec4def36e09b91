resource "quay_organization" "quota_usage" {
  name = "example-quota-usage"
}

resource "quay_org_quota" "quota_usage" {
  organization = quay_organization.quota_usage.name
  limit        = "1 GiB"
}

data "quay_quota_usage" "example" {
  organization = quay_org_quota.quota_usage.organization
}

output "nearly_full" {
  value = [for u in data.quay_quota_usage.example.usage : u.namespace if coalesce(u.used_percent, 0) >= 90]
}
