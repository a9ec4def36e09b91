# The id is the user's name.
terraform import quay_user.example example-user
