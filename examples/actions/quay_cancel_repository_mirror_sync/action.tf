resource "quay_organization" "example_cancel_mirror" {
  name = "example-cancel-mirror"
}

resource "quay_repository" "example_cancel_mirror" {
  namespace = quay_organization.example_cancel_mirror.name
  name      = "app"
}

resource "quay_robot" "example_cancel_mirror" {
  namespace = quay_organization.example_cancel_mirror.name
  name      = "mirror"
}

resource "quay_repository_mirror" "example_cancel_mirror" {
  namespace          = quay_repository.example_cancel_mirror.namespace
  repository         = quay_repository.example_cancel_mirror.name
  external_reference = "registry.example.com/team/app"
  tags               = ["latest"]
  robot_username     = quay_robot.example_cancel_mirror.username
  sync_interval      = 86400
  sync_start_date    = "2026-12-01T03:00:00Z"
}

# terraform apply -invoke=action.quay_cancel_repository_mirror_sync.example
action "quay_cancel_repository_mirror_sync" "example" {
  config {
    namespace  = quay_repository_mirror.example_cancel_mirror.namespace
    repository = quay_repository_mirror.example_cancel_mirror.repository
  }
}
