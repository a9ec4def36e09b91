variable "organization" {
  description = "Organization that the OAuth application and the repositories belong to."
  type        = string
}

variable "client_id" {
  description = "Client id of the OAuth application: `client_id` of the quay_oauth_application."
  type        = string
}
