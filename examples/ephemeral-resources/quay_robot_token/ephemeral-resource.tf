resource "quay_organization" "example_robot_token" {
  name = "example-robot-token"
}

resource "quay_robot" "example_robot_token" {
  namespace = quay_organization.example_robot_token.name
  name      = "ci"
}

# The token is handed on to write-only arguments, with the robot's token_version beside it, and stored nowhere.
ephemeral "quay_robot_token" "example" {
  username = quay_robot.example_robot_token.username
}
