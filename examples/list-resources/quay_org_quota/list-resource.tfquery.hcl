list "quay_org_quota" "example" {
  provider = quay
}
