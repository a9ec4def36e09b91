resource "quay_organization" "robot_federation" {
  name = "example-robot-federation"
}

resource "quay_robot" "robot_federation" {
  namespace   = quay_organization.robot_federation.name
  name        = "ci"
  description = "Pushes images from CI, without a password."
}

# What runs on the main branch, and what runs for releases, may be this robot.
resource "quay_robot_federation" "example" {
  robot = quay_robot.robot_federation.username

  identities = [
    {
      issuer  = "https://token.actions.githubusercontent.com"
      subject = "repo:acme/app:ref:refs/heads/main"
    },
    {
      issuer  = "https://token.actions.githubusercontent.com"
      subject = "repo:acme/app:environment:release"
    },
  ]
}
