resource "quay_organization" "example_repository_immutability_policy" {
  name = "example-repository-immutability-policy"
}

resource "quay_repository" "example_repository_immutability_policy" {
  namespace = quay_organization.example_repository_immutability_policy.name
  name      = "app"
}

resource "quay_repository_immutability_policy" "example" {
  namespace   = quay_repository.example_repository_immutability_policy.namespace
  repository  = quay_repository.example_repository_immutability_policy.name
  tag_pattern = "^release-"
}
