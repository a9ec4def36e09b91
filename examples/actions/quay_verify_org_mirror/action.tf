resource "quay_organization" "example_verify_org_mirror" {
  name = "example-verify-org-mirror"
}

resource "quay_robot" "example_verify_org_mirror" {
  namespace = quay_organization.example_verify_org_mirror.name
  name      = "mirror"
}

resource "quay_org_mirror" "example_verify_org_mirror" {
  organization           = quay_organization.example_verify_org_mirror.name
  external_registry_type = "quay"
  external_registry_url  = "https://registry.example.com"
  external_namespace     = "library"
  robot_username         = quay_robot.example_verify_org_mirror.username
  sync_interval          = 86400
}

# terraform apply -invoke=action.quay_verify_org_mirror.example
action "quay_verify_org_mirror" "example" {
  config {
    organization = quay_org_mirror.example_verify_org_mirror.organization
  }
}
