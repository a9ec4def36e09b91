# The trigger is set up. Its address is handed on to a write-only argument of the Git server's own provider, and stored nowhere.
ephemeral "quay_build_trigger_webhook" "example" {
  namespace  = "example-webhook"
  repository = "app"
  trigger_id = "9a4b1c7e-2f30-4d5e-8c61-7b2d3e4f5a60"
}
