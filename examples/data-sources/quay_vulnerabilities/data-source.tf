data "quay_vulnerabilities" "example" {
  namespace  = "example-vulnerabilities"
  repository = "app"
  tag        = "latest"
}

check "image_is_safe" {
  assert {
    condition     = data.quay_vulnerabilities.example.status != "scanned" || lookup(data.quay_vulnerabilities.example.counts, "Critical", 0) == 0
    error_message = "The image has critical vulnerabilities."
  }
}
