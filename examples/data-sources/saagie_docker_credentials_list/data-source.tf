variable "project_id" {
  type        = string
  description = "UUID of the Saagie project."
}

data "saagie_docker_credentials_list" "example" {
  project_id = var.project_id
}

output "registries" {
  value = [for c in data.saagie_docker_credentials_list.example.credentials : coalesce(c.registry, "Docker Hub")]
}
