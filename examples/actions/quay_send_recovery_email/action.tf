action "quay_send_recovery_email" "example" {
  config {
    username = "alice"
  }
}
