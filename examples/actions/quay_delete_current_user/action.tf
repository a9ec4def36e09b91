# Invoked by: terraform apply -invoke=action.quay_delete_current_user.example
action "quay_delete_current_user" "example" {
  config {
    username = "admin"
  }
}
