resource "quay_organization" "oauth_application_data" {
  name = "example-oauth-application-data"
}

resource "quay_oauth_application" "oauth_application_data" {
  organization = quay_organization.oauth_application_data.name
  name         = "Dashboard"
}

data "quay_oauth_application" "example" {
  client_id = quay_oauth_application.oauth_application_data.client_id
}

output "whose_application" {
  value = "${data.quay_oauth_application.example.organization}/${data.quay_oauth_application.example.name}"
}
