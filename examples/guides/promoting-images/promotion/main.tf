variable "releases" {
  type        = map(string)
  description = "Digests of the images that are released, by version."
}

variable "production" {
  type        = string
  description = "The version that production runs."
}

resource "quay_tag" "releases" {
  for_each = var.releases

  namespace       = "example-guide-promoting"
  repository      = "app"
  name            = each.key
  manifest_digest = each.value
  immutable       = true
}

data "quay_vulnerabilities" "production" {
  namespace       = "example-guide-promoting"
  repository      = "app"
  manifest_digest = var.releases[var.production]
}

resource "quay_tag" "production" {
  namespace       = "example-guide-promoting"
  repository      = "app"
  name            = "production"
  manifest_digest = quay_tag.releases[var.production].manifest_digest

  lifecycle {
    precondition {
      condition     = data.quay_vulnerabilities.production.status == "scanned"
      error_message = "The image of ${var.production} has not been scanned."
    }
    precondition {
      condition     = lookup(data.quay_vulnerabilities.production.counts, "Critical", 0) == 0
      error_message = "The image of ${var.production} has critical vulnerabilities."
    }
  }
}
