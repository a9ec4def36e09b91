data "quay_registry_status" "example" {}

check "the_registry_is_ready" {
  assert {
    condition     = data.quay_registry_status.example.status == "ready"
    error_message = "The registry is not set up yet."
  }
}
