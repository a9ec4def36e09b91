resource "quay_organization" "example_team_permissions" {
  name = "example-team-permissions"
}

resource "quay_repository" "example_team_permissions" {
  namespace = quay_organization.example_team_permissions.name
  name      = "app"
}

resource "quay_team" "example_team_permissions" {
  organization = quay_organization.example_team_permissions.name
  name         = "devs"
  role         = "member"
}

resource "quay_repository_permission" "example_team_permissions" {
  namespace  = quay_repository.example_team_permissions.namespace
  repository = quay_repository.example_team_permissions.name
  team       = quay_team.example_team_permissions.name
  role       = "admin"
}

data "quay_team_permissions" "example" {
  organization = quay_organization.example_team_permissions.name
  team         = quay_repository_permission.example_team_permissions.team
}

output "team_administers" {
  value = [for p in data.quay_team_permissions.example.permissions : p.repository if p.role == "admin"]
}
