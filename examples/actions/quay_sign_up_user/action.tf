# From the environment, as TF_VAR_initial_password.
variable "initial_password" {
  type      = string
  sensitive = true
  ephemeral = true
}

# Invoked by: terraform apply -invoke=action.quay_sign_up_user.example
action "quay_sign_up_user" "example" {
  config {
    username = "example-sign-up"
    password = var.initial_password
    email    = "example-sign-up@example.com"
  }
}
