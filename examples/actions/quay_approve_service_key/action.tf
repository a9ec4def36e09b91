data "quay_service_keys" "scanner" {
  service = "example_scanner"
}

# Invoked by: terraform apply -invoke=action.quay_approve_service_key.example
action "quay_approve_service_key" "example" {
  config {
    kid   = one([for key in data.quay_service_keys.scanner.keys : key.kid if !key.approved])
    notes = "The scanner in the build network."
  }
}
