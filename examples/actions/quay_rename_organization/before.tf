resource "quay_organization" "example" {
  name  = "example-rename"
  email = "example-rename@example.com"
}
