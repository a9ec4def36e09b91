resource "quay_user" "users_data" {
  username       = "example-users-data"
  email          = "example-users-data@example.com"
  store_password = true
}

data "quay_users" "example" {
  only_enabled = true

  depends_on = [quay_user.users_data]
}

output "superusers" {
  value = [for user in data.quay_users.example.users : user.username if user.super_user]
}
