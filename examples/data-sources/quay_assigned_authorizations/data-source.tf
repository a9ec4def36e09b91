data "quay_assigned_authorizations" "example" {}

output "applications_that_wait" {
  value = data.quay_assigned_authorizations.example.authorizations[*].application
}
