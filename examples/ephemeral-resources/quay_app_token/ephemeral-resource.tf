# A login of the token's own user for as long as Terraform runs: plans and applies make one each, and revoke it.
ephemeral "quay_app_token" "example" {
  title = "terraform"
}
