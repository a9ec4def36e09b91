list "quay_build_trigger" "example" {
  provider = quay

  config {
    namespace  = "example-build-trigger"
    repository = "app"
  }
}
