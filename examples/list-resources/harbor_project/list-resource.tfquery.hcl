list "harbor_project" "example" {
  provider = harbor

  config {
    name_contains = "example"
  }
}
