resource "quay_user_notification" "example" {
  event = "quota_warning"
  title = "Soon full"

  email = {
    address = "registry@example.com"
  }
}
