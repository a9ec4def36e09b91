resource "harbor_project" "example_robots" {
  name = "example-robots"
}

resource "harbor_robot" "example_robots" {
  name    = "ci"
  level   = "project"
  project = harbor_project.example_robots.name

  permissions = [{
    kind      = "project"
    namespace = harbor_project.example_robots.name
    access    = [{ resource = "repository", action = "pull" }]
  }]
}

data "harbor_robots" "example" {
  project = harbor_robot.example_robots.project
}
