# Invoked by: terraform apply -invoke=action.quay_end_user_sessions.example
action "quay_end_user_sessions" "example" {}
