list "quay_app_token" "example" {
  provider = quay
}
