resource "harbor_robot" "example_data_robot" {
  name         = "example-data-robot"
  level        = "system"
  store_secret = true

  permissions = [{
    kind      = "project"
    namespace = "*"
    access    = [{ resource = "repository", action = "pull" }]
  }]
}

data "harbor_robot" "example" {
  name = harbor_robot.example_data_robot.name
}
