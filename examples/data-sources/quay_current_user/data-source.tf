data "quay_current_user" "example" {}

output "username" {
  value = data.quay_current_user.example.username
}
