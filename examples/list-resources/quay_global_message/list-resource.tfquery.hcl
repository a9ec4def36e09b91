list "quay_global_message" "example" {
  provider = quay
}
