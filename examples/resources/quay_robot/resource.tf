resource "quay_organization" "example_robot" {
  name = "example-robot"
}

resource "quay_robot" "example" {
  namespace   = quay_organization.example_robot.name
  name        = "ci"
  description = "Builds and pushes images."
}
