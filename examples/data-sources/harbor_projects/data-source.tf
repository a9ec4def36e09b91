data "harbor_projects" "example" {
  name_contains = "lib"
  public        = true
}
