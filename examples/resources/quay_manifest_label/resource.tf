# Images arrive by pushes: a pipeline has pushed this one as app:build.
data "quay_manifest" "build" {
  namespace  = "example-manifest-label"
  repository = "app"
  tag        = "build"
}

resource "quay_manifest_label" "example" {
  namespace       = data.quay_manifest.build.namespace
  repository      = data.quay_manifest.build.repository
  manifest_digest = data.quay_manifest.build.digest
  key             = "approved-by"
  value           = "Release team"
}
