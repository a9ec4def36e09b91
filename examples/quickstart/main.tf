# One team, three systems: images are built by a robot in Quay, run by Saagie, and mirrored to Harbor.
#
# It works on Terraform 1.6 and newer and on OpenTofu, so the robot's token goes through the state (`store_token`). From
# Terraform 1.11 on it need not: see the ephemeral resource quay_robot_token and the write-only arguments password_wo and
# secret_wo.
#
# The providers are configured by environment variables: QUAY_URL, QUAY_TOKEN; HARBOR_URL, HARBOR_USERNAME,
# HARBOR_PASSWORD; SAAGIE_URL, SAAGIE_PLATFORM_ID, SAAGIE_REALM, SAAGIE_USERNAME, SAAGIE_PASSWORD.

terraform {
  required_version = ">= 1.6"

  required_providers {
    quay   = { source = "container-registries/quay" }
    harbor = { source = "container-registries/harbor" }
    saagie = { source = "container-registries/saagie" }
  }
}

provider "quay" {}
provider "harbor" {}
provider "saagie" {}

variable "team" {
  description = "Name of the team; it names the organization in Quay and the project in Harbor."
  type        = string
  default     = "quickstart"
}

variable "quay_registry" {
  description = "Host name under which Quay serves images."
  type        = string
  default     = "quay.example.com"
}

variable "saagie_project_id" {
  description = "Saagie project whose jobs run the images."
  type        = string
}

# Quay: an organization with a limit on what it stores, and a repository in it.

resource "quay_organization" "team" {
  name  = var.team
  email = "${var.team}@example.com"
}

resource "quay_org_quota" "team" {
  organization = quay_organization.team.name
  limit        = "10 GiB"
}

resource "quay_repository" "app" {
  namespace   = quay_organization.team.name
  name        = "app"
  visibility  = "private"
  description = "The team's application."
}

# Who may do what there: a robot pushes, developers pull.

resource "quay_robot" "ci" {
  namespace   = quay_organization.team.name
  name        = "ci"
  description = "Builds and pushes images."
  store_token = true
}

resource "quay_team" "developers" {
  organization = quay_organization.team.name
  name         = "developers"
  role         = "member"
  description  = "Those who work on the application."
}

resource "quay_repository_permission" "ci" {
  namespace  = quay_repository.app.namespace
  repository = quay_repository.app.name
  robot      = quay_robot.ci.username
  role       = "write"
}

resource "quay_repository_permission" "developers" {
  namespace  = quay_repository.app.namespace
  repository = quay_repository.app.name
  team       = quay_team.developers.name
  role       = "read"
}

# Saagie pulls with the robot's name and token.

resource "saagie_docker_credentials" "quay" {
  project_id = var.saagie_project_id
  registry   = var.quay_registry
  username   = quay_robot.ci.username
  password   = quay_robot.ci.token
}

# Harbor: a project, and a robot that the same pipeline uses. One secret opens both registries; Harbor asks for a
# lower-case letter in it, which Quay's tokens lack.

resource "harbor_project" "team" {
  name = var.team
}

resource "harbor_robot" "mirror" {
  name        = "mirror"
  level       = "project"
  project     = harbor_project.team.name
  description = "Mirrors what ${quay_robot.ci.username} pushes to Quay."
  secret      = "q${quay_robot.ci.token}"

  permissions = [{
    kind      = "project"
    namespace = harbor_project.team.name
    access = [
      { resource = "repository", action = "pull" },
      { resource = "repository", action = "push" },
    ]
  }]
}

output "quay_robot" {
  description = "User name with which the pipeline logs in to Quay."
  value       = quay_robot.ci.username
}

output "harbor_robot" {
  description = "User name with which the pipeline logs in to Harbor."
  value       = harbor_robot.mirror.full_name
}

output "saagie_credentials" {
  description = "Id of the credentials that Saagie's jobs pull with."
  value       = saagie_docker_credentials.quay.id
}
