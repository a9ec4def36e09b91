resource "quay_organization" "example_regenerate" {
  name = "example-regenerate"
}

resource "quay_robot" "example_regenerate" {
  namespace = quay_organization.example_regenerate.name
  name      = "ci"
}

# terraform apply -invoke=action.quay_regenerate_robot_token.example
action "quay_regenerate_robot_token" "example" {
  config {
    username = quay_robot.example_regenerate.username
  }
}
