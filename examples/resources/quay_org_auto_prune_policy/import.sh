# The id is organization/uuid.
terraform import quay_org_auto_prune_policy.example example-org-auto-prune-policy/3f0c7b0e-5c1d-4a52-9a7b-0d6f4f7f9c11
