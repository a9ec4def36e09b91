variable "project_id" {
  description = "Saagie project whose jobs pull the images."
  type        = string
}

resource "quay_organization" "acme" {
  name = "example-guide-secrets"
}

resource "quay_robot" "ci" {
  namespace = quay_organization.acme.name
  name      = "ci"
  rotation  = "2026-11"
}

ephemeral "quay_robot_token" "ci" {
  username = quay_robot.ci.username
}

resource "saagie_docker_credentials" "quay" {
  project_id          = var.project_id
  registry            = "quay.example.com"
  username            = quay_robot.ci.username
  password_wo         = ephemeral.quay_robot_token.ci.token
  password_wo_version = quay_robot.ci.token_version
}
