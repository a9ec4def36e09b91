resource "harbor_robot" "example_refresh" {
  name         = "example-refresh"
  level        = "system"
  store_secret = true

  permissions = [{
    kind      = "project"
    namespace = "*"
    access    = [{ resource = "repository", action = "pull" }]
  }]
}

# terraform apply -invoke=action.harbor_refresh_robot_secret.example
action "harbor_refresh_robot_secret" "example" {
  config {
    name   = harbor_robot.example_refresh.name
    secret = "Example-Secret-2"
  }
}
