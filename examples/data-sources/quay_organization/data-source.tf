resource "quay_organization" "organization_data" {
  name  = "example-organization-data"
  email = "contact@example.com"
}

data "quay_organization" "example" {
  name = quay_organization.organization_data.name
}

output "teams" {
  value = { for name, team in data.quay_organization.example.teams : name => team.role }
}
