resource "quay_robot" "example" {
  namespace   = "admin"
  name        = "ci"
  description = "Builds and pushes images."
}
