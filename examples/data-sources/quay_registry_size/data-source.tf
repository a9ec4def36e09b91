data "quay_registry_size" "example" {}
