resource "quay_organization" "team_data" {
  name = "example-team-data"
}

data "quay_team" "example" {
  organization = quay_organization.team_data.name
  name         = "owners"
}

output "owners" {
  value = [for member in data.quay_team.example.members : member.name if !member.invited]
}
