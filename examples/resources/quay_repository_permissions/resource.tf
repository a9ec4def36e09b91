resource "quay_organization" "example_repository_permissions" {
  name = "example-repository-permissions"
}

resource "quay_repository" "example_repository_permissions" {
  namespace = quay_organization.example_repository_permissions.name
  name      = "app"
}

resource "quay_robot" "example_repository_permissions" {
  namespace = quay_organization.example_repository_permissions.name
  name      = "ci"
}

resource "quay_repository_permissions" "example" {
  namespace  = quay_repository.example_repository_permissions.namespace
  repository = quay_repository.example_repository_permissions.name

  robots = {
    (quay_robot.example_repository_permissions.username) = "write"
  }
  teams = {
    owners = "admin"
  }

  # A robot that is replaced loses its permission: then set it again in the same apply.
  lifecycle {
    replace_triggered_by = [quay_robot.example_repository_permissions.created]
  }
}
