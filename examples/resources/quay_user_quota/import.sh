# The id is the user's name.
terraform import quay_user_quota.example example-user-quota
