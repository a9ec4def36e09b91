data "quay_pull_statistics" "example" {
  namespace  = "example-pull-statistics"
  repository = "app"
  tag        = "latest"
}

output "is_used" {
  value = data.quay_pull_statistics.example.tag_pull_count > 0
}
