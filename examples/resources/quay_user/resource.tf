# From the environment, as TF_VAR_initial_password.
variable "initial_password" {
  type      = string
  sensitive = true
}

# The state holds `password`. From Terraform 1.11 on, an ephemeral variable and `password_wo` with `password_wo_version` keep it out.
resource "quay_user" "example" {
  username = "example-user"
  email    = "example-user@example.com"
  password = var.initial_password
}
