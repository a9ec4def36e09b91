list "quay_team_member" "example" {
  provider = quay

  config {
    organization = "example-team-member"
  }
}
