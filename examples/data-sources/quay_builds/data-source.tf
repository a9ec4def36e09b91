resource "quay_organization" "example_builds" {
  name = "example-builds"
}

resource "quay_repository" "example_builds" {
  namespace = quay_organization.example_builds.name
  name      = "app"
}

data "quay_builds" "example" {
  namespace  = quay_repository.example_builds.namespace
  repository = quay_repository.example_builds.name
  since      = "2026-11-01T00:00:00Z"
}

output "failed_builds" {
  value = [for build in data.quay_builds.example.builds : build.build_id if build.phase == "error"]
}
