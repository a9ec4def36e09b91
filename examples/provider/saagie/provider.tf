terraform {
  required_providers {
    saagie = {
      source  = "container-registries/saagie"
      version = "~> 0.1"
    }
  }
}

# The password comes from the environment variable SAAGIE_PASSWORD, so that it stands in no file.
provider "saagie" {
  url         = "https://saagie.example.com"
  platform_id = "1"
  realm       = "example"
  username    = "terraform"
}
