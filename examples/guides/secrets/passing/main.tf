resource "quay_organization" "acme" {
  name = "example-guide-secrets-passing"
}

resource "quay_oauth_application" "terraform" {
  organization = quay_organization.acme.name
  name         = "Terraform"
}

ephemeral "quay_oauth_application_token" "run" {
  organization = quay_oauth_application.terraform.organization
  client_id    = quay_oauth_application.terraform.client_id
  scopes       = ["repo:read"]
}

ephemeral "quay_app_token" "run" {
  title = "terraform"
}
