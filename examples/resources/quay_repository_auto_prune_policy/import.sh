# The id is namespace/repository/uuid.
terraform import quay_repository_auto_prune_policy.example example-repository-auto-prune-policy/app/3f0c7b0e-5c1d-4a52-9a7b-0d6f4f7f9c11
