resource "quay_organization" "example_org_mirror" {
  name = "example-org-mirror"
}

resource "quay_robot" "example_org_mirror" {
  namespace = quay_organization.example_org_mirror.name
  name      = "mirror"
}

resource "quay_org_mirror" "example" {
  organization           = quay_organization.example_org_mirror.name
  external_registry_type = "quay"
  external_registry_url  = "https://registry.example.com"
  external_namespace     = "library"
  robot_username         = quay_robot.example_org_mirror.username
  sync_interval          = 86400
  sync_start_date        = "2027-01-01T00:00:00Z"
}
