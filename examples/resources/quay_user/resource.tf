variable "initial_password" {
  type      = string
  sensitive = true
  default   = "change-me-soon"
}

resource "quay_user" "example" {
  username = "example-user"
  email    = "example-user@example.com"
  password = var.initial_password
}
