# The tokens of all applications of an organization; `client_id` narrows it to those of one.
list "quay_oauth_application_token" "example" {
  provider = quay

  config {
    organization = "example-oauth-token"
  }
}
