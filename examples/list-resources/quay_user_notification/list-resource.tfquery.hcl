list "quay_user_notification" "example" {
  provider = quay
}
