list "quay_team_sync" "example" {
  provider = quay

  config {
    organization = "example-team-sync"
  }
}
