list "quay_org_notification" "example" {
  provider = quay

  config {
    organization = "example-org-notification"
  }
}
