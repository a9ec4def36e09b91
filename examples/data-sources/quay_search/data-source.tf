resource "quay_organization" "search_data" {
  name = "example-search-data"
}

resource "quay_repository" "search_data" {
  namespace = quay_organization.search_data.name
  name      = "payroll"
}

data "quay_search" "example" {
  query = "payroll"

  depends_on = [quay_repository.search_data]
}

output "pages" {
  value = data.quay_search.example.results[*].url
}
