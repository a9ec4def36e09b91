# Deletes app:leaked so that it cannot be restored.
# Invoked by: terraform apply -invoke=action.quay_purge_tag.example
action "quay_purge_tag" "example" {
  config {
    namespace  = "example-purge-tag"
    repository = "app"
    tag        = "leaked"
  }
}
