resource "quay_organization" "example_cancel_org_mirror_sync" {
  name = "example-cancel-org-mirror-sync"
}

resource "quay_robot" "example_cancel_org_mirror_sync" {
  namespace = quay_organization.example_cancel_org_mirror_sync.name
  name      = "mirror"
}

resource "quay_org_mirror" "example_cancel_org_mirror_sync" {
  organization           = quay_organization.example_cancel_org_mirror_sync.name
  external_registry_type = "quay"
  external_registry_url  = "https://registry.example.com"
  external_namespace     = "library"
  robot_username         = quay_robot.example_cancel_org_mirror_sync.username
  sync_interval          = 86400
}

# terraform apply -invoke=action.quay_cancel_org_mirror_sync.example
action "quay_cancel_org_mirror_sync" "example" {
  config {
    organization = quay_org_mirror.example_cancel_org_mirror_sync.organization
  }
}
