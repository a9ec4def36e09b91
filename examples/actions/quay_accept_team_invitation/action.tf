# The provider's token is that of the invited user.
# Invoked by: terraform apply -invoke=action.quay_accept_team_invitation.example
action "quay_accept_team_invitation" "example" {
  config {
    organization = "example-accept-invitation"
    team         = "devs"
  }
}
