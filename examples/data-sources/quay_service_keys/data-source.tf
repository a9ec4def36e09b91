resource "quay_service_key" "service_keys" {
  service           = "example_service_keys"
  expiration        = "2040-01-01T00:00:00Z"
  store_private_key = true
}

data "quay_service_keys" "example" {
  service = quay_service_key.service_keys.service
}

output "waiting_for_approval" {
  value = [for key in data.quay_service_keys.example.keys : key.kid if !key.approved]
}
