list "quay_service_key" "example" {
  provider = quay

  config {
    service = "scanner"
  }
}
