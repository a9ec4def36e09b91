data "quay_current_user" "example_user_auto_prune_policy" {}

resource "quay_user_auto_prune_policy" "example" {
  user   = data.quay_current_user.example_user_auto_prune_policy.username
  method = "number_of_tags"
  value  = 10
}
