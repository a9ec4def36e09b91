resource "quay_organization" "example_repository_permission" {
  name = "example-repository-permission"
}

resource "quay_repository" "example_repository_permission" {
  namespace = quay_organization.example_repository_permission.name
  name      = "app"
}

resource "quay_robot" "example_repository_permission" {
  namespace = quay_organization.example_repository_permission.name
  name      = "ci"
}

resource "quay_repository_permission" "example" {
  namespace  = quay_repository.example_repository_permission.namespace
  repository = quay_repository.example_repository_permission.name
  robot      = quay_robot.example_repository_permission.username
  role       = "write"
}
