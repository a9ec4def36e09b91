resource "quay_organization" "example_repository_auto_prune_policy" {
  name = "example-repository-auto-prune-policy"
}

resource "quay_repository" "example_repository_auto_prune_policy" {
  namespace = quay_organization.example_repository_auto_prune_policy.name
  name      = "app"
}

resource "quay_repository_auto_prune_policy" "example" {
  namespace  = quay_repository.example_repository_auto_prune_policy.namespace
  repository = quay_repository.example_repository_auto_prune_policy.name
  method     = "number_of_tags"
  value      = 10
}
