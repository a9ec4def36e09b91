resource "quay_organization" "example_repository_data" {
  name = "example-repository-data"
}

resource "quay_repository" "example_repository_data" {
  namespace = quay_organization.example_repository_data.name
  name      = "team/app"
}

data "quay_repository" "example" {
  namespace = quay_repository.example_repository_data.namespace
  name      = quay_repository.example_repository_data.name
}

output "repository_tags" {
  value = keys(data.quay_repository.example.tags)
}
