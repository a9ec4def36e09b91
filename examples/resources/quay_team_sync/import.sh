# The id is organization/team.
terraform import quay_team_sync.example example-team-sync/devs
