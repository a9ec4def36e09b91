list "quay_tag" "example" {
  provider = quay

  config {
    namespace  = "example-tag"
    repository = "app"
  }
}
