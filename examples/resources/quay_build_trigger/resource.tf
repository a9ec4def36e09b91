# The trigger was begun on Quay's web pages: its id is in the address of its page, and the data source quay_build_triggers shows it.
resource "quay_build_trigger" "example" {
  namespace    = "example-build-trigger"
  repository   = "app"
  trigger_id   = "0d0a3c2e-5f0b-4a26-9b2b-6f4c2b7e8f10"
  build_source = "git@git.example.com:team/app.git"

  tag_templates = ["$${commit_info.short_sha}"]
}
