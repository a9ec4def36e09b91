terraform {
  required_providers {
    quay = {
      source  = "container-registries/quay"
      version = "~> 0.1"
    }
  }
}

# The token comes from the environment variable QUAY_TOKEN, so that it stands in no file.
provider "quay" {
  url = "https://quay.example.com"
}
