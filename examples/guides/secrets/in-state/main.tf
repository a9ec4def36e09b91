variable "project_id" {
  description = "Saagie project whose jobs pull the images."
  type        = string
}

resource "quay_organization" "acme" {
  name = "example-guide-secrets-in-state"
}

resource "quay_robot" "ci" {
  namespace   = quay_organization.acme.name
  name        = "ci"
  store_token = true
}

resource "saagie_docker_credentials" "quay" {
  project_id = var.project_id
  registry   = "quay.example.com"
  username   = quay_robot.ci.username
  password   = quay_robot.ci.token
}

resource "quay_oauth_application" "dashboard" {
  organization        = quay_organization.acme.name
  name                = "Dashboard"
  store_client_secret = true
}

resource "quay_oauth_application_token" "dashboard" {
  organization = quay_oauth_application.dashboard.organization
  client_id    = quay_oauth_application.dashboard.client_id
  name         = "dashboard"
  scopes       = ["repo:read"]
  expiration_s = 31536000
  rotation     = "2026"
  store_token  = true

  lifecycle {
    create_before_destroy = true
  }
}

resource "quay_app_token" "laptop" {
  title       = "laptop"
  rotation    = "2026"
  store_token = true

  lifecycle {
    create_before_destroy = true
  }
}

resource "quay_service_key" "scanner" {
  service           = "scanner"
  name              = "Scanner in the build network"
  expiration        = "2040-01-01T00:00:00Z"
  rotation          = "2026"
  store_private_key = true

  lifecycle {
    create_before_destroy = true
  }
}
