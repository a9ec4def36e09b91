variable "saagie_project_id" {
  type        = string
  description = "UUID of the Saagie project."
}

resource "saagie_docker_credentials" "example" {
  project_id = var.saagie_project_id
  registry   = "quay.example.com"
  username   = "acme+ci"
  password   = "not-a-secret-in-an-example"
}
