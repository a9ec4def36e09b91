terraform {
  required_providers {
    harbor = {
      source  = "container-registries/harbor"
      version = "~> 0.1"
    }
  }
}

# The password comes from the environment variable HARBOR_PASSWORD, so that it stands in no file.
provider "harbor" {
  url      = "https://harbor.example.com"
  username = "admin"
}
