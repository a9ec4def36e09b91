resource "quay_organization" "example_repository_mirror" {
  name = "example-repository-mirror"
}

resource "quay_repository" "example_repository_mirror" {
  namespace = quay_organization.example_repository_mirror.name
  name      = "app"
}

resource "quay_robot" "example_repository_mirror" {
  namespace = quay_organization.example_repository_mirror.name
  name      = "mirror"
}

resource "quay_repository_mirror" "example" {
  namespace  = quay_repository.example_repository_mirror.namespace
  repository = quay_repository.example_repository_mirror.name

  external_reference = "registry.example.com/team/app"
  tags               = ["latest", "v1.*"]

  robot_username  = quay_robot.example_repository_mirror.username
  sync_interval   = 86400
  sync_start_date = "2026-12-01T03:00:00Z"
}
