resource "quay_organization" "example_robot_data" {
  name = "example-robot-data"
}

resource "quay_robot" "example_robot_data" {
  namespace = quay_organization.example_robot_data.name
  name      = "ci"
}

data "quay_robot" "example" {
  namespace = quay_robot.example_robot_data.namespace
  name      = quay_robot.example_robot_data.name
}

output "robot_last_used" {
  value = data.quay_robot.example.last_accessed
}
