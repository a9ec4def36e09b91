resource "quay_organization" "example" {
  name             = "example-organization"
  email            = "platform@example.com"
  tag_expiration_s = 604800 # one week
}
