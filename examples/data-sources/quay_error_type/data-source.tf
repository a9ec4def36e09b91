data "quay_error_type" "example" {
  error_type = "invalid_request"
}
