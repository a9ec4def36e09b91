resource "quay_organization" "example_passing_token" {
  name = "example-passing-token"
}

resource "quay_oauth_application" "example_passing_token" {
  organization = quay_organization.example_passing_token.name
  name         = "Terraform"
}

# Another provider, or a write-only argument, uses the token while Terraform runs. It is revoked at the end.
ephemeral "quay_oauth_application_token" "example" {
  organization = quay_oauth_application.example_passing_token.organization
  client_id    = quay_oauth_application.example_passing_token.client_id
  scopes       = ["repo:read"]
  expiration_s = 7200
}
