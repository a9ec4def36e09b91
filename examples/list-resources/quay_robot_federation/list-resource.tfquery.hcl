list "quay_robot_federation" "example" {
  provider = quay

  config {
    namespace = "example-robot-federation"
  }
}
