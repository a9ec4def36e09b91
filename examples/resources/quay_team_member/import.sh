# The id is organization/team/member; a robot is named in full.
terraform import quay_team_member.example example-team-member/builders/example-team-member+ci
