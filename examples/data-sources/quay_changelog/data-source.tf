data "quay_changelog" "example" {}

output "release_of_the_server" {
  value = data.quay_changelog.example.version
}
