list "quay_starred_repository" "example" {
  provider = quay
}
