list "quay_team_invitation" "example" {
  provider = quay

  config {
    organization = "example-team-invitation"
  }
}
