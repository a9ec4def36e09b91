# The id is organization/team.
terraform import quay_team_members.example example-team-members/deployers
