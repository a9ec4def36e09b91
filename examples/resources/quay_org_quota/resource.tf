resource "quay_organization" "org_quota" {
  name = "example-org-quota"
}

resource "quay_org_quota" "example" {
  organization = quay_organization.org_quota.name
  limit        = "10 GiB"

  limits = [
    { type = "Warning", threshold_percent = 70 },
    { type = "Warning", threshold_percent = 80 },
    { type = "Reject", threshold_percent = 95 },
  ]
}
