resource "quay_organization" "example_robots" {
  name = "example-robots"
}

resource "quay_robot" "example_robots" {
  namespace = quay_organization.example_robots.name
  name      = "ci"
}

data "quay_robots" "example" {
  namespace = quay_robot.example_robots.namespace
}

output "robots_never_used" {
  value = [for r in data.quay_robots.example.robots : r.username if r.last_accessed == null]
}
