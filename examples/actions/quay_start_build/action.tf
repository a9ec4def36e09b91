resource "quay_organization" "example_start_build" {
  name = "example-start-build"
}

resource "quay_repository" "example_start_build" {
  namespace = quay_organization.example_start_build.name
  name      = "app"
}

# terraform apply -invoke=action.quay_start_build.example
action "quay_start_build" "example" {
  config {
    namespace       = quay_repository.example_start_build.namespace
    repository      = quay_repository.example_start_build.name
    archive_url     = "https://sources.example.com/app.tar.gz"
    dockerfile_path = "/app/Dockerfile"
    context         = "/app"
    tags            = ["latest", "nightly"]
  }
}
