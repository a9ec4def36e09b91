resource "quay_organization" "entities_data" {
  name = "example-entities-data"
}

resource "quay_robot" "entities_data" {
  namespace = quay_organization.entities_data.name
  name      = "bobbin"
}

# Who could be given a permission in the organization.
data "quay_entities" "example" {
  prefix    = "bob"
  namespace = quay_robot.entities_data.namespace
}

output "robots" {
  value = [for entity in data.quay_entities.example.entities : entity.name if entity.kind == "robot"]
}
