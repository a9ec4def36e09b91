resource "quay_organization" "example" {
  name = "example-decline-invitation"
}

resource "quay_team" "example" {
  organization = quay_organization.example.name
  name         = "devs"
  role         = "member"
}
