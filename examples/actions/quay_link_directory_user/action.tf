# Invoked by: terraform apply -invoke=action.quay_link_directory_user.example
action "quay_link_directory_user" "example" {
  config {
    username = "grace"
  }
}
