# The name of the token's own user, and the UUID that Quay gave it: `terraform query` lists them.
terraform import quay_user_notification.example admin/08b76283-6141-4675-9c1d-7b5f18d40450
