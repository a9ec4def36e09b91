# A synchronization that there is to cancel.
resource "terraform_data" "asked_for" {
  input = quay_repository_mirror.example_cancel_mirror.id

  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.quay_sync_repository_mirror.before]
    }
  }
}

action "quay_sync_repository_mirror" "before" {
  config {
    namespace  = quay_repository_mirror.example_cancel_mirror.namespace
    repository = quay_repository_mirror.example_cancel_mirror.repository
  }
}
