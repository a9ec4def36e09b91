list "quay_team_members" "example" {
  provider = quay

  config {
    organization = "example-team-members"
  }
}
