data "quay_current_user" "example_user_settings" {}

resource "quay_user_settings" "example" {
  user        = data.quay_current_user.example_user_settings.username
  given_name  = "Ada"
  family_name = "Lovelace"
}
