data "quay_user_notices" "example" {}

# The teams that the token's own user is invited to.
output "invitations" {
  value = [
    for notice in data.quay_user_notices.example.notices : jsondecode(notice.metadata).team
    if notice.kind == "org_team_invite"
  ]
}
