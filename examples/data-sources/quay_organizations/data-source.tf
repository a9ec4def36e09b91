resource "quay_organization" "organizations" {
  name  = "example-organizations"
  email = "example-organizations@example.com"
}

data "quay_organizations" "example" {
  depends_on = [quay_organization.organizations]
}

output "organizations_without_contact" {
  value = [for o in data.quay_organizations.example.organizations : o.name if o.email == ""]
}
