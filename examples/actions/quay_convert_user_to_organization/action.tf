# From the environment, as TF_VAR_owner_password.
variable "owner_password" {
  type      = string
  sensitive = true
  ephemeral = true
}

# Invoked by: terraform apply -invoke=action.quay_convert_user_to_organization.example
action "quay_convert_user_to_organization" "example" {
  config {
    username       = "admin"
    owner          = "alice"
    owner_password = var.owner_password
  }
}
