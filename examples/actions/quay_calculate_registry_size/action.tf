# Invoked by: terraform apply -invoke=action.quay_calculate_registry_size.example
action "quay_calculate_registry_size" "example" {}
