resource "quay_organization" "organization_members" {
  name = "example-organization-members"
}

data "quay_organization_members" "example" {
  organization = quay_organization.organization_members.name
}

output "owners_of_example" {
  value = [
    for member in data.quay_organization_members.example.members : member.username
    if contains(member.teams, "owners")
  ]
}
