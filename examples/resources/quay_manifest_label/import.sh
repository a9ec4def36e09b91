# The id is namespace/repository@manifest_digest/label_id: `terraform query` lists them.
terraform import quay_manifest_label.example example-manifest-label/app@sha256:b3ef8956840d6aa1d735fdd203232ebadda8dffb8979c83cd4671e6ca9f10ae5/d7b9aeb5-1ca7-4b34-91e2-36cf7a234814
