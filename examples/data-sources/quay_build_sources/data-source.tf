data "quay_build_sources" "example" {
  namespace        = "example-build-sources"
  repository       = "app"
  trigger_id       = "5b1b7d46-9f3b-4d2a-8f6c-1f0f2a1d9c11"
  source_namespace = "team"
  build_source     = "team/app"
}

output "dockerfiles" {
  value = data.quay_build_sources.example.dockerfiles[*].path
}
