data "quay_manifest" "example" {
  namespace  = "example-manifest"
  repository = "app"
  tag        = "latest"
}

# To be used where an image is to stay the same, whatever the tag points to later.
output "image" {
  value = "quay.example.com/example-manifest/app@${data.quay_manifest.example.digest}"
}

output "architectures" {
  value = [for manifest in data.quay_manifest.example.manifests : manifest.architecture]
}
