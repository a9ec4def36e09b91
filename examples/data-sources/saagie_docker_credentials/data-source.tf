variable "project_id" {
  type        = string
  description = "UUID of the Saagie project."
}

data "saagie_docker_credentials" "example" {
  project_id = var.project_id
  username   = "acme+ci"
  registry   = "quay.example.com"
}
