list "quay_user" "example" {
  provider = quay
}
