resource "quay_organization" "team_sync" {
  name = "example-team-sync"
}

resource "quay_team" "team_sync" {
  organization = quay_organization.team_sync.name
  name         = "devs"
  role         = "member"
}

# On a server that takes its users from LDAP.
resource "quay_team_sync" "example" {
  organization  = quay_team.team_sync.organization
  team          = quay_team.team_sync.name
  ldap_group_dn = "cn=devs,ou=groups"
}
