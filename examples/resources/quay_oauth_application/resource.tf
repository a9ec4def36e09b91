resource "quay_organization" "oauth_application" {
  name = "example-oauth-application"
}

resource "quay_oauth_application" "example" {
  organization    = quay_organization.oauth_application.name
  name            = "Dashboard"
  description     = "Shows what is in the registry."
  application_uri = "https://dashboard.example.com/"
  redirect_uri    = "https://dashboard.example.com/oauth/"
}
