//! Teams, their members, and where these come from.

use serde_json::{Value as Json, json};

use super::*;

pub(super) fn cases() -> Vec<Case> {
    [teams(), invitations_and_directories()].concat()
}

fn teams() -> Vec<Case> {
    let devs = json!({ "organization": "acme", "name": "devs", "role": "member", "description": "d" });
    let member = json!({ "organization": "acme", "team": "devs", "member": "alice" });
    let members = json!({ "organization": "acme", "team": "devs", "members": ["alice", "acme+ci"] });
    vec![
        Case::new(
            "quay_team",
            "",
            devs.clone(),
            with(devs.clone(), json!({ "role": "creator", "description": "e" })),
            with(devs, json!({ "name": "ops" })),
        )
        .after([organization("acme")]),
        Case::new("quay_team_member", "", member.clone(), Json::Null, with(member, json!({ "member": "acme+ci" })))
            .after([organization("acme"), team("devs"), robot("ci")]),
        Case::new(
            "quay_team_members",
            "",
            members.clone(),
            with(members.clone(), json!({ "members": ["bob", "acme+ci"] })),
            with(members, json!({ "team": "ops" })),
        )
        .after([organization("acme"), team("devs"), team("ops"), robot("ci")]),
    ]
}

fn invitations_and_directories() -> Vec<Case> {
    let sync = json!({ "organization": "acme", "team": "devs", "ldap_group_dn": "cn=devs" });
    let invitation = json!({ "organization": "acme", "team": "devs", "email": "x@example.com", "resend": "1" });
    vec![
        Case::new("quay_team_sync", "", sync.clone(), Json::Null, with(sync, json!({ "ldap_group_dn": "cn=ops" })))
            .after([organization("acme"), team("devs")]),
        Case::new(
            "quay_team_invitation",
            "",
            invitation.clone(),
            with(invitation.clone(), json!({ "resend": "2" })),
            with(invitation, json!({ "email": "y@example.com" })),
        )
        .after([organization("acme"), team("devs")]),
    ]
}
