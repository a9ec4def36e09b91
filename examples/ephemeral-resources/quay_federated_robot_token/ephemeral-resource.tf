resource "quay_organization" "example_federated" {
  name = "example-federated"
}

resource "quay_robot" "example_federated" {
  namespace = quay_organization.example_federated.name
  name      = "ci"
}

resource "quay_robot_federation" "example_federated" {
  robot = quay_robot.example_federated.username

  identities = [{
    issuer  = "https://token.actions.githubusercontent.com"
    subject = "repo:acme/app:ref:refs/heads/main"
  }]
}

# The CI job puts its identity token into the environment before it starts Terraform.
ephemeral "quay_federated_robot_token" "example" {
  username           = quay_robot_federation.example_federated.robot
  identity_token_env = "CI_IDENTITY_TOKEN"
}
