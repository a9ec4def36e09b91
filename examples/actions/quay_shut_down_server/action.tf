# Host of the Quay that is meant, as in the provider's url: quay.example.com
variable "quay_host" {
  type = string
}

# Invoked by: terraform apply -invoke=action.quay_shut_down_server.example
action "quay_shut_down_server" "example" {
  config {
    host = var.quay_host
  }
}
