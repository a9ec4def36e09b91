list "quay_user_auto_prune_policy" "example" {
  provider = quay

  config {
    user = "admin"
  }
}
