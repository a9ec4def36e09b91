resource "harbor_project" "example_projects" {
  name   = "example-projects"
  public = true
}

data "harbor_projects" "example" {
  name_contains = harbor_project.example_projects.name
  public        = true
}
