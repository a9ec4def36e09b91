variable "saagie_project_id" {
  type        = string
  description = "UUID of the Saagie project."
}

resource "saagie_docker_credentials" "example" {
  project_id = var.saagie_project_id
  registry   = "quay.example.com"
  username   = "acme+list"
  password   = "not-a-secret-in-an-example"
}

data "saagie_docker_credentials_list" "example" {
  project_id = saagie_docker_credentials.example.project_id
}

output "registries" {
  value = [for c in data.saagie_docker_credentials_list.example.credentials : coalesce(c.registry, "Docker Hub")]
}
