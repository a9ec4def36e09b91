output "parse_image" {
  value = provider::quay::parse_image("quay.io/acme/team/app:1.2")
  # registry = "quay.io", namespace = "acme", repository = "team/app", tag = "1.2", digest = null
}
