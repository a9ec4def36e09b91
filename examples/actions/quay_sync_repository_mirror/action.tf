resource "quay_organization" "example_sync_mirror" {
  name = "example-sync-mirror"
}

resource "quay_repository" "example_sync_mirror" {
  namespace = quay_organization.example_sync_mirror.name
  name      = "app"
}

resource "quay_robot" "example_sync_mirror" {
  namespace = quay_organization.example_sync_mirror.name
  name      = "mirror"
}

resource "quay_repository_mirror" "example_sync_mirror" {
  namespace          = quay_repository.example_sync_mirror.namespace
  repository         = quay_repository.example_sync_mirror.name
  external_reference = "registry.example.com/team/app"
  tags               = ["latest"]
  robot_username     = quay_robot.example_sync_mirror.username
  sync_interval      = 86400
  sync_start_date    = "2026-12-01T03:00:00Z"
}

# terraform apply -invoke=action.quay_sync_repository_mirror.example
action "quay_sync_repository_mirror" "example" {
  config {
    namespace  = quay_repository_mirror.example_sync_mirror.namespace
    repository = quay_repository_mirror.example_sync_mirror.repository
  }
}
