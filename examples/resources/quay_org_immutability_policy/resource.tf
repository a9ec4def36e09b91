resource "quay_organization" "example_org_immutability_policy" {
  name = "example-org-immutability-policy"
}

resource "quay_org_immutability_policy" "example" {
  organization = quay_organization.example_org_immutability_policy.name
  tag_pattern  = "^release-"
}
