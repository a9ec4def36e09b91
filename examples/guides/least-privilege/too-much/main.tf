resource "quay_robot" "ci" {
  namespace = "example-guide-least-privilege"
  name      = "ci"
}
