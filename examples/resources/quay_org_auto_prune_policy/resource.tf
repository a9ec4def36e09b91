resource "quay_organization" "example_org_auto_prune_policy" {
  name = "example-org-auto-prune-policy"
}

resource "quay_org_auto_prune_policy" "example" {
  organization = quay_organization.example_org_auto_prune_policy.name
  method       = "number_of_tags"
  value        = 10
}
