resource "quay_organization" "example_repository" {
  name = "example-repository"
}

resource "quay_repository" "example" {
  namespace   = quay_organization.example_repository.name
  name        = "team/app"
  visibility  = "private"
  description = "Images of the team's application."
}
