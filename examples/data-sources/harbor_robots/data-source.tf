data "harbor_robots" "example" {
  project = "library"
}
