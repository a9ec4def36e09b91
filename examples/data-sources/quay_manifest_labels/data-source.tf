data "quay_manifest_labels" "example" {
  namespace  = "example-manifest-labels"
  repository = "app"
  tag        = "latest"
}

output "maintainer" {
  value = one([for label in data.quay_manifest_labels.example.labels : label.value if label.key == "maintainer"])
}
