list "quay_robot" "example" {
  provider = quay

  config {
    namespace = "example-robot"
  }
}
