resource "quay_organization" "example_repository_notification" {
  name = "example-repository-notification"
}

resource "quay_repository" "example_repository_notification" {
  namespace = quay_organization.example_repository_notification.name
  name      = "app"
}

resource "quay_repository_notification" "example" {
  namespace  = quay_repository.example_repository_notification.namespace
  repository = quay_repository.example_repository_notification.name
  event      = "repo_push"
  title      = "Deploy what was pushed"

  webhook = {
    url = "https://deploy.example.com/hooks/quay"
  }
}
