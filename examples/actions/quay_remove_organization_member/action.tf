# Invoked by: terraform apply -invoke=action.quay_remove_organization_member.example
action "quay_remove_organization_member" "example" {
  config {
    organization = "example-remove-member"
    username     = "bob"
  }
}
