resource "quay_organization" "team" {
  name = "example-team"
}

resource "quay_team" "example" {
  organization = quay_organization.team.name
  name         = "developers"
  role         = "member"
  description  = "Those who write the **applications**."
}
