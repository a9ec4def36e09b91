resource "quay_organization" "example_effective" {
  name = "example-effective"
}

resource "quay_repository" "example_effective" {
  namespace = quay_organization.example_effective.name
  name      = "app"
}

resource "quay_repository_permission" "example_effective" {
  namespace  = quay_repository.example_effective.namespace
  repository = quay_repository.example_effective.name
  user       = "alice"
  role       = "write"
}

data "quay_effective_permission" "example" {
  namespace  = quay_repository_permission.example_effective.namespace
  repository = quay_repository_permission.example_effective.repository
  user       = quay_repository_permission.example_effective.user
}
