data "quay_user_authorizations" "example" {}

# Invoked by: terraform apply -invoke=action.quay_revoke_user_authorization.example
action "quay_revoke_user_authorization" "example" {
  config {
    uuid = one([
      for authorization in data.quay_user_authorizations.example.authorizations : authorization.uuid
      if authorization.application == "automation" && authorization.scopes == toset(["repo:write"])
    ])
  }
}
