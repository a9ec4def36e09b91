variable "saagie_project_id" {
  type        = string
  description = "UUID of the Saagie project."
}

resource "saagie_docker_credentials" "example" {
  project_id = var.saagie_project_id
  registry   = "quay.example.com"
  username   = "acme+data"
  password   = "not-a-secret-in-an-example"
}

data "saagie_docker_credentials" "example" {
  project_id = saagie_docker_credentials.example.project_id
  username   = saagie_docker_credentials.example.username
  registry   = saagie_docker_credentials.example.registry
}
