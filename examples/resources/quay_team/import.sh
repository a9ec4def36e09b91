# The id is organization/team.
terraform import quay_team.example example-team/developers
