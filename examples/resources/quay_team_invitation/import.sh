# The id is organization/team/email, of an invitation that is still open.
terraform import quay_team_invitation.example example-team-invitation/devs/somebody@example.com
