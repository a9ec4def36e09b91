data "harbor_project" "example" {
  name = "library"
}
