list "quay_oauth_application" "example" {
  provider = quay

  config {
    organization = "example-oauth-application"
  }
}
