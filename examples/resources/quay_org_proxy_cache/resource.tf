resource "quay_organization" "example_org_proxy_cache" {
  name = "example-org-proxy-cache"
}

resource "quay_org_proxy_cache" "example" {
  organization      = quay_organization.example_org_proxy_cache.name
  upstream_registry = "docker.io/library"
}
