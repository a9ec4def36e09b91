# With store_token = true, the token would be in the state, and in `token` and `docker_config_json`.
resource "quay_app_token" "example" {
  title = "laptop"
}
