ephemeral "quay_federated_robot_token" "ci" {
  username           = "example-guide-keyless+ci"
  identity_token_env = "CI_IDENTITY_TOKEN"
}
