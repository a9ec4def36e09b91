list "quay_organization" "example" {
  provider = quay
}
