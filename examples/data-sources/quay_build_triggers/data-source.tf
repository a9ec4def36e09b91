resource "quay_organization" "example_build_triggers" {
  name = "example-build-triggers"
}

resource "quay_repository" "example_build_triggers" {
  namespace = quay_organization.example_build_triggers.name
  name      = "app"
}

data "quay_build_triggers" "example" {
  namespace  = quay_repository.example_build_triggers.namespace
  repository = quay_repository.example_build_triggers.name
}

# Those that somebody began on the web pages, and that wait for quay_build_trigger.
output "unfinished_triggers" {
  value = [for trigger in data.quay_build_triggers.example.triggers : trigger.trigger_id if !trigger.is_active]
}
