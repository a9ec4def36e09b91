# The id is the name of the token's own user.
terraform import quay_user_settings.example admin
