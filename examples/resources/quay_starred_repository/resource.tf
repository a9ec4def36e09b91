resource "quay_organization" "example_starred_repository" {
  name = "example-starred-repository"
}

resource "quay_repository" "example_starred_repository" {
  namespace = quay_organization.example_starred_repository.name
  name      = "app"
}

resource "quay_starred_repository" "example" {
  namespace  = quay_repository.example_starred_repository.namespace
  repository = quay_repository.example_starred_repository.name
}
