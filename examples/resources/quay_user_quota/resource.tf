resource "quay_user" "user_quota" {
  username       = "example-user-quota"
  email          = "example-user-quota@example.com"
  store_password = true
}

resource "quay_user_quota" "example" {
  user  = quay_user.user_quota.username
  limit = "5 GiB"

  limits = [
    { type = "Warning", threshold_percent = 80 },
    { type = "Reject", threshold_percent = 100 },
  ]
}
