resource "quay_organization" "repository_search_data" {
  name = "example-repository-search-data"
}

resource "quay_repository" "repository_search_data" {
  namespace   = quay_organization.repository_search_data.name
  name        = "ledger"
  description = "Keeps the books."
}

# By a part of the name or of the description.
data "quay_repository_search" "example" {
  query         = "ledger"
  limit         = 20
  include_usage = true

  depends_on = [quay_repository.repository_search_data]
}

output "repositories" {
  value = [for found in data.quay_repository_search.example.repositories : "${found.namespace}/${found.name}"]
}
