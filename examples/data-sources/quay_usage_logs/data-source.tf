resource "quay_organization" "usage_logs_data" {
  name = "example-usage-logs-data"
}

resource "quay_repository" "usage_logs_data" {
  namespace = quay_organization.usage_logs_data.name
  name      = "app"
}

# What was done in the organization in the last 24 hours.
data "quay_usage_logs" "example" {
  namespace = quay_organization.usage_logs_data.name
  limit     = 100

  depends_on = [quay_repository.usage_logs_data]
}

output "new_repositories" {
  value = [for entry in data.quay_usage_logs.example.entries : entry.repository if entry.kind == "create_repo"]
}
