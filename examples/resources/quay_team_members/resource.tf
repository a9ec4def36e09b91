resource "quay_organization" "team_members" {
  name = "example-team-members"
}

resource "quay_team" "team_members" {
  organization = quay_organization.team_members.name
  name         = "deployers"
  role         = "member"
}

resource "quay_robot" "team_members" {
  for_each = toset(["staging", "production"])

  namespace = quay_organization.team_members.name
  name      = each.key
}

resource "quay_team_members" "example" {
  organization = quay_team.team_members.organization
  team         = quay_team.team_members.name
  members      = [for robot in quay_robot.team_members : robot.username]
}
