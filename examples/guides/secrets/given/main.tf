variable "docker_hub_password" {
  type      = string
  ephemeral = true
}

variable "source_password" {
  type      = string
  ephemeral = true
}

variable "chat_address" {
  type      = string
  ephemeral = true
}

variable "first_password" {
  type      = string
  ephemeral = true
}

resource "quay_user" "alice" {
  username            = "example-guide-secrets-alice"
  email               = "example-guide-secrets-alice@example.com"
  password_wo         = var.first_password
  password_wo_version = 1
}

resource "quay_organization" "hub" {
  name = "example-guide-secrets-hub"
}

resource "quay_org_proxy_cache" "hub" {
  organization                          = quay_organization.hub.name
  upstream_registry                     = "docker.io"
  upstream_registry_username            = "acme"
  upstream_registry_password_wo         = var.docker_hub_password
  upstream_registry_password_wo_version = 1
}

resource "quay_organization" "acme" {
  name = "example-guide-secrets-given"
}

resource "quay_robot" "mirror" {
  namespace = quay_organization.acme.name
  name      = "mirror"
}

resource "quay_repository" "base" {
  namespace = quay_organization.acme.name
  name      = "base"
  state     = "MIRROR"
}

resource "quay_repository_mirror" "base" {
  namespace                             = quay_repository.base.namespace
  repository                            = quay_repository.base.name
  external_reference                    = "registry.example.com/library/base"
  tags                                  = ["latest"]
  robot_username                        = quay_robot.mirror.username
  sync_interval                         = 86400
  sync_start_date                       = "2027-01-01T00:00:00Z"
  external_registry_username            = "acme"
  external_registry_password_wo         = var.source_password
  external_registry_password_wo_version = 1
}

resource "quay_repository_notification" "pushed" {
  namespace  = quay_repository.base.namespace
  repository = quay_repository.base.name
  event      = "repo_push"
  title      = "Tell the team"

  slack = {
    url_wo         = var.chat_address
    url_wo_version = 1
  }
}
