ephemeral "harbor_temporary_robot" "example" {
  permissions = [{
    kind      = "project"
    namespace = "*"
    access    = [{ resource = "repository", action = "pull" }]
  }]
}
