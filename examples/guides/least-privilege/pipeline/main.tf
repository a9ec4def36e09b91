resource "quay_repository" "app" {
  namespace = "example-guide-least-privilege"
  name      = "app"
}

resource "quay_repository_permission" "alice" {
  namespace  = quay_repository.app.namespace
  repository = quay_repository.app.name
  user       = "alice"
  role       = "write"
}
