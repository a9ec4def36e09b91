resource "quay_organization" "acme" {
  name = "example-guide-keyless"
}

resource "quay_repository" "app" {
  namespace = quay_organization.acme.name
  name      = "app"
}

resource "quay_robot" "ci" {
  namespace   = quay_organization.acme.name
  name        = "ci"
  description = "Pushes images from CI, without a password."
}

resource "quay_repository_permission" "ci" {
  namespace  = quay_repository.app.namespace
  repository = quay_repository.app.name
  robot      = quay_robot.ci.username
  role       = "write"
}

resource "quay_robot_federation" "ci" {
  robot = quay_robot.ci.username

  identities = [{
    issuer  = "https://token.actions.githubusercontent.com"
    subject = "repo:acme/app:ref:refs/heads/main"
  }]
}
