variable "saagie_project_id" {
  type        = string
  description = "UUID of the Saagie project."
}

list "saagie_docker_credentials" "example" {
  provider = saagie

  config {
    project_id = var.saagie_project_id
  }
}
