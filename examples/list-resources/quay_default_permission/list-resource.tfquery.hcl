list "quay_default_permission" "example" {
  provider = quay

  config {
    organization = "example-default-permission"
  }
}
