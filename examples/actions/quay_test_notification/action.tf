resource "quay_organization" "example_test_notification" {
  name = "example-test-notification"
}

resource "quay_repository" "example_test_notification" {
  namespace = quay_organization.example_test_notification.name
  name      = "app"
}

resource "quay_repository_notification" "example_test_notification" {
  namespace  = quay_repository.example_test_notification.namespace
  repository = quay_repository.example_test_notification.name
  event      = "repo_push"

  webhook = {
    url = "https://deploy.example.com/hooks/quay"
  }
}

# terraform apply -invoke=action.quay_test_notification.example
action "quay_test_notification" "example" {
  config {
    namespace  = quay_repository_notification.example_test_notification.namespace
    repository = quay_repository_notification.example_test_notification.repository
    uuid       = quay_repository_notification.example_test_notification.uuid
  }
}
