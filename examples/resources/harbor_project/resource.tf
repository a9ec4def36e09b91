resource "harbor_project" "example" {
  name          = "example-project"
  storage_limit = "10 GiB"
  auto_scan     = true
}

# A project with a robot. Replacing the project deletes the robot: `replace_triggered_by` creates it again in the same apply.
resource "harbor_project" "example_project_team" {
  name = "example-project-team"
}

resource "harbor_robot" "example_project_team" {
  name         = "ci"
  level        = "project"
  project      = harbor_project.example_project_team.name
  store_secret = true

  permissions = [{
    kind      = "project"
    namespace = harbor_project.example_project_team.name
    access    = [{ resource = "repository", action = "pull" }]
  }]

  lifecycle {
    replace_triggered_by = [harbor_project.example_project_team.project_id]
  }
}
