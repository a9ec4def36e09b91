list "quay_repository_permission" "example" {
  provider = quay

  config {
    namespace  = "example-repository-permission"
    repository = "app"
  }
}
