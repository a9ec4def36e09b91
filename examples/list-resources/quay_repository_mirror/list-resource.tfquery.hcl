list "quay_repository_mirror" "example" {
  provider = quay

  config {
    namespace = "example-repository-mirror"
  }
}
