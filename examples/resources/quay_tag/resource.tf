# Images arrive by pushes: a pipeline has pushed this one as app:build.
data "quay_tags" "app" {
  namespace  = "example-tag"
  repository = "app"
}

locals {
  images = { for tag in data.quay_tags.app.tags : tag.name => tag.manifest_digest }
}

resource "quay_tag" "example" {
  namespace       = data.quay_tags.app.namespace
  repository      = data.quay_tags.app.repository
  name            = "stable"
  manifest_digest = local.images["build"]
}
