resource "quay_organization" "usage_log_counts_data" {
  name = "example-usage-log-counts-data"
}

resource "quay_repository" "usage_log_counts_data" {
  namespace = quay_organization.usage_log_counts_data.name
  name      = "app"
}

# How often what was done in the organization since yesterday.
data "quay_usage_log_counts" "example" {
  namespace = quay_organization.usage_log_counts_data.name

  depends_on = [quay_repository.usage_log_counts_data]
}

output "by_kind" {
  value = { for count in data.quay_usage_log_counts.example.counts : "${count.date} ${count.kind}" => count.count }
}
