resource "quay_organization" "team_member" {
  name = "example-team-member"
}

resource "quay_team" "team_member" {
  organization = quay_organization.team_member.name
  name         = "builders"
  role         = "creator"
}

resource "quay_robot" "team_member" {
  namespace   = quay_organization.team_member.name
  name        = "ci"
  description = "Builds and pushes images."
}

resource "quay_team_member" "example" {
  organization = quay_team.team_member.organization
  team         = quay_team.team_member.name
  member       = quay_robot.team_member.username
}
