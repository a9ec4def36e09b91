resource "harbor_project" "example_robot" {
  name = "example-robot"
}

# A robot of one project that pulls and pushes.
resource "harbor_robot" "example" {
  name         = "ci"
  level        = "project"
  project      = harbor_project.example_robot.name
  description  = "Builds and pushes images."
  store_secret = true

  permissions = [{
    kind      = "project"
    namespace = harbor_project.example_robot.name
    access = [
      { resource = "repository", action = "pull" },
      { resource = "repository", action = "push" },
    ]
  }]

  # Replacing the project deletes its robots: this creates the robot again in the same apply.
  lifecycle {
    replace_triggered_by = [harbor_project.example_robot.project_id]
  }
}

# A robot of the system that reads every project.
resource "harbor_robot" "example_robot_system" {
  name     = "example-robot-reader"
  level    = "system"
  duration = 90
  secret   = "Example-Secret-1"

  permissions = [
    {
      kind      = "project"
      namespace = "*"
      access    = [{ resource = "repository", action = "pull" }]
    },
    {
      kind      = "system"
      namespace = "/"
      access    = [{ resource = "project", action = "list" }]
    },
  ]
}
