resource "harbor_project" "example" {
  name          = "example-project"
  storage_limit = "10 GiB"
  auto_scan     = true
}
