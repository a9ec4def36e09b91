ephemeral "quay_oauth_application_token" "repositories" {
  organization = var.organization
  client_id    = var.client_id
  scopes       = ["repo:create", "repo:admin"]
}

provider "quay" {
  alias = "repositories"
  token = ephemeral.quay_oauth_application_token.repositories.token
}

resource "quay_repository" "web" {
  provider  = quay.repositories
  namespace = var.organization
  name      = "web"
}
