list "quay_team" "example" {
  provider = quay

  config {
    organization = "example-team"
  }
}
