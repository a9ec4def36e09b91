# Invoked by: terraform apply -invoke=action.quay_detach_external_login.example
action "quay_detach_external_login" "example" {
  config {
    service = "github"
  }
}
