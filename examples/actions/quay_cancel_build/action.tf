# terraform apply -invoke=action.quay_cancel_build.example
action "quay_cancel_build" "example" {
  config {
    namespace  = "example-cancel-build"
    repository = "app"
    build_id   = "2d37484e-fd51-4062-874f-971bacdba6fc"
  }
}
