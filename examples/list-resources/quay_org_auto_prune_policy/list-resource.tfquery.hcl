list "quay_org_auto_prune_policy" "example" {
  provider = quay

  config {
    organization = "example-org-auto-prune-policy"
  }
}
