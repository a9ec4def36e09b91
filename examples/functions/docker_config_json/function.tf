variable "registry_password" {
  type      = string
  sensitive = true
  default   = "example"
}

output "docker_config_json" {
  value     = provider::quay::docker_config_json("quay.io", "acme+ci", var.registry_password)
  sensitive = true
}
