resource "quay_organization" "oauth_token" {
  name = "example-oauth-token"
}

resource "quay_oauth_application" "oauth_token" {
  organization = quay_organization.oauth_token.name
  name         = "Dashboard"
}

# With store_token = true, the token is in the state, and in `token`.
resource "quay_oauth_application_token" "example" {
  organization = quay_oauth_application.oauth_token.organization
  client_id    = quay_oauth_application.oauth_token.client_id
  name         = "dashboard"
  scopes       = ["repo:read"]
  expiration_s = 31536000
  store_token  = true

  lifecycle {
    create_before_destroy = true
  }
}
