resource "quay_organization" "example" {
  name  = "example-take-ownership"
  email = "example-take-ownership@example.com"
}
