list "quay_manifest_label" "example" {
  provider = quay

  config {
    namespace  = "example-manifest-label"
    repository = "app"
  }
}
