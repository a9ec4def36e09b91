variable "releases" {
  type        = map(string)
  description = "Digests of the images that are released, by version."
}

variable "production" {
  type        = string
  description = "The version that production runs."
}

variable "withdrawn" {
  type        = set(string)
  default     = []
  description = "Versions that are about to be taken away."
}

resource "quay_tag" "releases" {
  for_each = var.releases

  namespace       = "example-guide-promoting"
  repository      = "app"
  name            = each.key
  manifest_digest = each.value
  expiration      = "never"
  immutable       = !contains(var.withdrawn, each.key)
}

data "quay_manifest" "production" {
  namespace       = "example-guide-promoting"
  repository      = "app"
  manifest_digest = var.releases[var.production]
}

locals {
  # An image for several architectures is a list, and what is scanned are the images in it. (Signatures and the like have no architecture.)
  images_of_list = [for image in data.quay_manifest.production.manifests : image.digest if image.architecture != "unknown"]
  images         = data.quay_manifest.production.is_manifest_list ? local.images_of_list : [var.releases[var.production]]
}

data "quay_vulnerabilities" "production" {
  for_each = toset(local.images)

  namespace       = "example-guide-promoting"
  repository      = "app"
  manifest_digest = each.key
}

resource "quay_tag" "production" {
  namespace       = "example-guide-promoting"
  repository      = "app"
  name            = "production"
  manifest_digest = quay_tag.releases[var.production].manifest_digest
  expiration      = "never"

  lifecycle {
    precondition {
      condition     = alltrue([for report in data.quay_vulnerabilities.production : report.status == "scanned"])
      error_message = "The image of ${var.production} has not been scanned."
    }
    precondition {
      condition     = alltrue([for report in data.quay_vulnerabilities.production : lookup(report.counts, "Critical", 0) == 0])
      error_message = "The image of ${var.production} has critical vulnerabilities."
    }
  }
}
