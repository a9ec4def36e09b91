locals {
  # app-000 to app-099; in your configuration, the names of your repositories.
  repositories = toset([for number in range(100) : format("app-%03d", number)])
}

resource "quay_organization" "acme" {
  name = "example-guide-robots"
}

resource "quay_repository" "all" {
  for_each = local.repositories

  namespace = quay_organization.acme.name
  name      = each.key
}

resource "quay_robot" "ci" {
  for_each = local.repositories

  namespace   = quay_organization.acme.name
  name        = "${each.key}-ci"
  description = "Builds and pushes ${each.key}."
}

resource "quay_repository_permission" "ci" {
  for_each = local.repositories

  namespace  = quay_organization.acme.name
  repository = quay_repository.all[each.key].name
  robot      = quay_robot.ci[each.key].username
  role       = "write"
}
