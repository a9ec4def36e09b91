list "quay_repository_notification" "example" {
  provider = quay

  config {
    namespace  = "example-repository-notification"
    repository = "app"
  }
}
