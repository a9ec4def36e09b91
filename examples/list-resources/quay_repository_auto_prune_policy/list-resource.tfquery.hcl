list "quay_repository_auto_prune_policy" "example" {
  provider = quay

  config {
    namespace  = "example-repository-auto-prune-policy"
    repository = "app"
  }
}
