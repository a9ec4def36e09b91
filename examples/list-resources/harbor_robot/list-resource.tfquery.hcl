list "harbor_robot" "example" {
  provider = harbor

  config {
    project = "example-robot"
  }
}
