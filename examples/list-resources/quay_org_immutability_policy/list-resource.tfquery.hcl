list "quay_org_immutability_policy" "example" {
  provider = quay

  config {
    organization = "example-org-immutability-policy"
  }
}
