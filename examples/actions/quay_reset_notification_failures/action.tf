resource "quay_organization" "example_reset_notification_failures" {
  name = "example-reset-notification-failures"
}

resource "quay_repository" "example_reset_notification_failures" {
  namespace = quay_organization.example_reset_notification_failures.name
  name      = "app"
}

resource "quay_repository_notification" "example_reset_notification_failures" {
  namespace  = quay_repository.example_reset_notification_failures.namespace
  repository = quay_repository.example_reset_notification_failures.name
  event      = "repo_push"

  webhook = {
    url = "https://deploy.example.com/hooks/quay"
  }
}

# terraform apply -invoke=action.quay_reset_notification_failures.example
action "quay_reset_notification_failures" "example" {
  config {
    namespace  = quay_repository_notification.example_reset_notification_failures.namespace
    repository = quay_repository_notification.example_reset_notification_failures.repository
    uuid       = quay_repository_notification.example_reset_notification_failures.uuid
  }
}
