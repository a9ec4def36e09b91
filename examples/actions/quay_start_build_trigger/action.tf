# The repository has a trigger for a repository at GitHub, which is set up.
# terraform apply -invoke=action.quay_start_build_trigger.example
action "quay_start_build_trigger" "example" {
  config {
    namespace  = "example-start-trigger"
    repository = "app"
    trigger_id = "5b1b7d46-9f3b-4d2a-8f6c-1f0f2a1d9c11"
    branch     = "main"
    timeout    = "30m"
  }
}
