# The id is namespace/repository:name.
terraform import quay_tag.example example-tag/app:stable
