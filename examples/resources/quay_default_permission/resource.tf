resource "quay_organization" "example_default_permission" {
  name = "example-default-permission"
}

resource "quay_robot" "example_default_permission" {
  namespace = quay_organization.example_default_permission.name
  name      = "ci"
}

# Each repository that anybody creates from now on can be pulled by the robot.
resource "quay_default_permission" "example" {
  organization = quay_organization.example_default_permission.name
  robot        = quay_robot.example_default_permission.username
  role         = "read"
}
