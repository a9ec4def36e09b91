# Invoked by: terraform apply -invoke=action.quay_rename_organization.example
action "quay_rename_organization" "example" {
  config {
    organization = "example-rename"
    new_name     = "example-renamed"
  }
}
