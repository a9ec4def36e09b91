# Invoked by: terraform apply -invoke=action.quay_take_ownership.example
action "quay_take_ownership" "example" {
  config {
    organization = "example-take-ownership"
  }
}
