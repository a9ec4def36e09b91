resource "quay_organization" "example_org_mirror_repositories" {
  name = "example-org-mirror-repositories"
}

resource "quay_robot" "example_org_mirror_repositories" {
  namespace = quay_organization.example_org_mirror_repositories.name
  name      = "mirror"
}

resource "quay_org_mirror" "example_org_mirror_repositories" {
  organization           = quay_organization.example_org_mirror_repositories.name
  external_registry_type = "quay"
  external_registry_url  = "https://registry.example.com"
  external_namespace     = "library"
  robot_username         = quay_robot.example_org_mirror_repositories.username
  sync_interval          = 86400
}

data "quay_org_mirror_repositories" "example" {
  organization = quay_org_mirror.example_org_mirror_repositories.organization
}

output "failed" {
  value = [for found in data.quay_org_mirror_repositories.example.repositories : found.name if found.sync_status == "FAIL"]
}
