data "quay_tags" "example" {
  namespace     = "example-tags"
  repository    = "app"
  name_contains = "v1."
}

output "images_of_version_1" {
  value = { for tag in data.quay_tags.example.tags : tag.name => tag.manifest_digest }
}
