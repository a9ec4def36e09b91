list "quay_org_mirror" "example" {
  provider = quay

  config {
    organization = "example-org-mirror"
  }
}
