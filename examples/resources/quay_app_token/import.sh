terraform import quay_app_token.example 7f0853bf-51eb-4178-98e5-ed2d10d1dc62
