resource "quay_organization" "example_robot_permissions" {
  name = "example-robot-permissions"
}

resource "quay_repository" "example_robot_permissions" {
  namespace = quay_organization.example_robot_permissions.name
  name      = "app"
}

resource "quay_robot" "example_robot_permissions" {
  namespace = quay_organization.example_robot_permissions.name
  name      = "ci"
}

resource "quay_repository_permission" "example_robot_permissions" {
  namespace  = quay_repository.example_robot_permissions.namespace
  repository = quay_repository.example_robot_permissions.name
  robot      = quay_robot.example_robot_permissions.username
  role       = "write"
}

data "quay_robot_permissions" "example" {
  username = quay_repository_permission.example_robot_permissions.robot
}

output "robot_can_write" {
  value = [for p in data.quay_robot_permissions.example.permissions : p.repository if p.role != "read"]
}
