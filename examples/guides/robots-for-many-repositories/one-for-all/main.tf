locals {
  repositories = toset([for number in range(100) : format("app-%03d", number)])
}

resource "quay_organization" "acme" {
  name = "example-guide-robots-team"
}

resource "quay_robot" "deploy" {
  namespace   = quay_organization.acme.name
  name        = "deploy"
  description = "Pulls what is deployed."
}

resource "quay_team" "deployers" {
  organization = quay_organization.acme.name
  name         = "deployers"
  role         = "member"
}

resource "quay_team_member" "deploy" {
  organization = quay_team.deployers.organization
  team         = quay_team.deployers.name
  member       = quay_robot.deploy.username
}

resource "quay_repository" "all" {
  for_each = local.repositories

  namespace = quay_organization.acme.name
  name      = each.key
}

resource "quay_repository_permission" "deployers" {
  for_each = local.repositories

  namespace  = quay_organization.acme.name
  repository = quay_repository.all[each.key].name
  team       = quay_team.deployers.name
  role       = "read"
}
