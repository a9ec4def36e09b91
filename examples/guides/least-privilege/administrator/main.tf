resource "quay_organization" "acme" {
  name = "example-guide-least-privilege"
}

resource "quay_oauth_application" "terraform" {
  organization = quay_organization.acme.name
  name         = "Terraform"
  description  = "Tokens with which pipelines run Terraform."
}

resource "quay_oauth_application_token" "repositories" {
  organization = quay_oauth_application.terraform.organization
  client_id    = quay_oauth_application.terraform.client_id
  name         = "repositories"
  scopes       = ["repo:create", "repo:admin"]
  expiration_s = 7776000
  rotation     = "2026-11"
  store_token  = true

  lifecycle {
    create_before_destroy = true
  }
}

output "token_of_repositories" {
  value     = quay_oauth_application_token.repositories.token
  sensitive = true
}
