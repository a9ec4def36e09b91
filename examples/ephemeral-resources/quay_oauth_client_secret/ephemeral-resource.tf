resource "quay_organization" "example_client_secret" {
  name = "example-client-secret"
}

resource "quay_oauth_application" "example_client_secret" {
  organization = quay_organization.example_client_secret.name
  name         = "Dashboard"
}

# The secret is handed on to write-only arguments, with the application's client_secret_version beside it, and stored nowhere.
ephemeral "quay_oauth_client_secret" "example" {
  organization = quay_oauth_application.example_client_secret.organization
  client_id    = quay_oauth_application.example_client_secret.client_id
}
