resource "quay_global_message" "example" {
  content    = "**Maintenance** on Saturday from 8:00 to 10:00 UTC: images cannot be pushed."
  media_type = "text/markdown"
  severity   = "warning"
}
