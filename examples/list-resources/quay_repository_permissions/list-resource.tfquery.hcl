list "quay_repository_permissions" "example" {
  provider = quay

  config {
    namespace = "example-repository-permissions"
  }
}
