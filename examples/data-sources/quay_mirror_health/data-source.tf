resource "quay_organization" "example_mirror_health" {
  name = "example-mirror-health"
}

resource "quay_repository" "example_mirror_health" {
  namespace = quay_organization.example_mirror_health.name
  name      = "app"
  state     = "MIRROR"
}

resource "quay_robot" "example_mirror_health" {
  namespace = quay_organization.example_mirror_health.name
  name      = "mirror"
}

resource "quay_repository_mirror" "example_mirror_health" {
  namespace          = quay_repository.example_mirror_health.namespace
  repository         = quay_repository.example_mirror_health.name
  external_reference = "registry.example.com/team/app"
  tags               = ["latest"]
  robot_username     = quay_robot.example_mirror_health.username
  sync_interval      = 86400
  sync_start_date    = "2026-12-01T03:00:00Z"
}

data "quay_mirror_health" "example" {
  namespace = quay_repository_mirror.example_mirror_health.namespace
}

output "mirrors_that_failed" {
  value = [for m in data.quay_mirror_health.example.repositories : m.repository if m.sync_status == "FAIL"]
}
