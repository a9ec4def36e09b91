data "quay_assigned_authorizations" "example" {}

# Invoked by: terraform apply -invoke=action.quay_decline_assigned_authorization.example
action "quay_decline_assigned_authorization" "example" {
  config {
    uuid = one([
      for authorization in data.quay_assigned_authorizations.example.authorizations : authorization.uuid
      if authorization.application == "Dashboard"
    ])
  }
}
