list "quay_repository" "example" {
  provider = quay

  config {
    namespace = "example-repository"
  }
}
