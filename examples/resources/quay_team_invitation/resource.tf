resource "quay_organization" "team_invitation" {
  name = "example-team-invitation"
}

resource "quay_team" "team_invitation" {
  organization = quay_organization.team_invitation.name
  name         = "devs"
  role         = "member"
}

resource "quay_team_invitation" "example" {
  organization = quay_team.team_invitation.organization
  team         = quay_team.team_invitation.name
  email        = "somebody@example.com"
}
