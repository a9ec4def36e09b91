list "quay_repository_immutability_policy" "example" {
  provider = quay

  config {
    namespace  = "example-repository-immutability-policy"
    repository = "app"
  }
}
