# The id is organization/client_id/uuid. Nobody can read the token itself any more.
terraform import quay_oauth_application_token.example example-oauth-token/$CLIENT_ID/8d1f3c1e-55c0-4a3e-9d0c-7a2f3d7f0b11
