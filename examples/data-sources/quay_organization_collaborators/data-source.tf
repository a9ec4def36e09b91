resource "quay_organization" "organization_collaborators" {
  name = "example-organization-collaborators"
}

resource "quay_repository" "organization_collaborators" {
  namespace = quay_organization.organization_collaborators.name
  name      = "app"
}

resource "quay_user" "organization_collaborators" {
  username       = "example-collaborator"
  email          = "example-collaborator@example.com"
  store_password = true
}

resource "quay_repository_permission" "organization_collaborators" {
  namespace  = quay_repository.organization_collaborators.namespace
  repository = quay_repository.organization_collaborators.name
  user       = quay_user.organization_collaborators.username
  role       = "read"
}

data "quay_organization_collaborators" "example" {
  organization = quay_repository_permission.organization_collaborators.namespace
}
