data "quay_user_authorizations" "example" {}

output "applications_that_may_administer" {
  value = distinct([
    for authorization in data.quay_user_authorizations.example.authorizations : authorization.application
    if contains(authorization.scopes, "org:admin")
  ])
}
