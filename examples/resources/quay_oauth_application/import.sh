# The id is organization/client_id.
terraform import quay_oauth_application.example example-oauth-application/$CLIENT_ID
