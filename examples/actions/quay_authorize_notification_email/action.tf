resource "quay_organization" "example_authorize" {
  name = "example-authorize"
}

resource "quay_repository" "example_authorize" {
  namespace = quay_organization.example_authorize.name
  name      = "app"
}

action "quay_authorize_notification_email" "example" {
  config {
    namespace  = quay_repository.example_authorize.namespace
    repository = quay_repository.example_authorize.name
    email      = "operations@example.com"
  }
}
