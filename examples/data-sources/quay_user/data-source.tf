data "quay_user" "example" {
  username = "bob"
}
