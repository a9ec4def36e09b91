variable "build_id" {
  type    = string
  default = "2d37484e-fd51-4062-874f-971bacdba6fc"
}

data "quay_build" "example" {
  namespace    = "example-build"
  repository   = "app"
  build_id     = var.build_id
  include_logs = true
}

output "build_errors" {
  # Once the build is over its logs are archived, and null here.
  value = [for entry in coalesce(data.quay_build.example.logs, []) : entry.message if entry.kind == "error"]
}
