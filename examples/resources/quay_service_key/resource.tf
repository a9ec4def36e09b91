resource "quay_service_key" "example" {
  service           = "scanner"
  name              = "Scanner in the build network"
  expiration        = "2040-01-01T00:00:00Z"
  metadata          = jsonencode({ owner = "security" })
  store_private_key = true
}
