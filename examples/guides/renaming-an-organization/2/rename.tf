action "quay_rename_organization" "acme" {
  config {
    organization = "example-guide-renaming"
    new_name     = "example-guide-renamed"
  }
}
