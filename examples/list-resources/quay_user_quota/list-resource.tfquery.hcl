list "quay_user_quota" "example" {
  provider = quay
}
