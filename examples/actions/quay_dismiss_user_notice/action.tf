# The provider's token is that of the user whose notice it is.
# Invoked by: terraform apply -invoke=action.quay_dismiss_user_notice.example
action "quay_dismiss_user_notice" "example" {
  config {
    uuid = "a77f3fd9-d64e-4570-8860-463f95b037e5"
  }
}
