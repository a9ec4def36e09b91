# The last part is the UUID that Quay gave it: `terraform query` lists them.
terraform import quay_repository_notification.example example-repository-notification/app/979b0c5a-0189-4fa6-803c-135d4fa88772
