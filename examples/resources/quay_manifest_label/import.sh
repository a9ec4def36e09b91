# The id is namespace/repository@manifest_digest/label_id.
terraform import quay_manifest_label.example example-manifest-label/app@sha256:8b77962c412fe1fada0addaa820f6e233e1c3be0245d4bb42f5be28160a53253/d7b9aeb5-1ca7-4b34-91e2-36cf7a234814
