resource "quay_organization" "example_org_notification" {
  name = "example-org-notification"
}

resource "quay_org_notification" "example" {
  organization = quay_organization.example_org_notification.name
  event        = "quota_warning"
  title        = "Soon full"

  email = {
    address = "registry@example.com"
  }
}
