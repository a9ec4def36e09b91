resource "quay_organization" "example_reset_secret" {
  name = "example-reset-secret"
}

resource "quay_oauth_application" "example_reset_secret" {
  organization = quay_organization.example_reset_secret.name
  name         = "Dashboard"
}

# terraform apply -invoke=action.quay_reset_oauth_client_secret.example
action "quay_reset_oauth_client_secret" "example" {
  config {
    organization = quay_oauth_application.example_reset_secret.organization
    client_id    = quay_oauth_application.example_reset_secret.client_id
  }
}
