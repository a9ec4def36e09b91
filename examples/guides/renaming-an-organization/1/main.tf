resource "quay_organization" "acme" {
  name = "example-guide-renaming"
}

resource "quay_repository" "app" {
  namespace = quay_organization.acme.name
  name      = "app"
}

resource "quay_robot" "ci" {
  namespace = quay_organization.acme.name
  name      = "ci"
  rotation  = "2026-11"
}

resource "quay_repository_permission" "ci" {
  namespace  = quay_repository.app.namespace
  repository = quay_repository.app.name
  robot      = quay_robot.ci.username
  role       = "write"
}
