# Lets app:latest point again to the image that it pointed to last.
# Invoked by: terraform apply -invoke=action.quay_restore_tag.example
action "quay_restore_tag" "example" {
  config {
    namespace  = "example-restore-tag"
    repository = "app"
    tag        = "latest"
  }
}
