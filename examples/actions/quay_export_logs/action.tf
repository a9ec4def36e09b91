resource "quay_organization" "export_logs" {
  name = "example-export-logs"
}

# Invoked by: terraform apply -invoke=action.quay_export_logs.example
action "quay_export_logs" "example" {
  config {
    namespace      = quay_organization.export_logs.name
    callback_email = "audit@example.com"
  }
}
