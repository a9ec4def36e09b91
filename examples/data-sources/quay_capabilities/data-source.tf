data "quay_capabilities" "example" {}

output "mirrors_can_choose_architectures" {
  value = data.quay_capabilities.example.sparse_manifests
}
