# The id is the organization's name.
terraform import quay_org_proxy_cache.example example-org-proxy-cache
