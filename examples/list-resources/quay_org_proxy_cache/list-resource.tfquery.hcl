list "quay_org_proxy_cache" "example" {
  provider = quay

  config {
    organization = "example-org-proxy-cache"
  }
}
