resource "quay_organization" "example_repositories" {
  name = "example-repositories"
}

resource "quay_repository" "example_repositories" {
  namespace  = quay_organization.example_repositories.name
  name       = "app"
  visibility = "public"
}

data "quay_repositories" "example" {
  namespace = quay_repository.example_repositories.namespace
}

output "public_repositories" {
  value = [for r in data.quay_repositories.example.repositories : r.name if r.visibility == "public"]
}
