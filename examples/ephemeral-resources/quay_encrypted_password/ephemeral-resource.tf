# The environment holds the password with which the token's own user logs in to the web pages.
ephemeral "quay_encrypted_password" "example" {
  password_env = "QUAY_PASSWORD"
}
