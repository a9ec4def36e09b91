# How often what was done in all namespaces since yesterday.
data "quay_usage_log_counts" "example" {
  whole_registry = true
}

output "by_kind" {
  value = { for count in data.quay_usage_log_counts.example.counts : "${count.date} ${count.kind}" => count.count }
}
