//! What Quay says in its own way, or not at all, and what its provider makes of it.

use serde_json::{Value as Json, json};

use super::{acme, edit, held, world};
use crate::bad_input::{says, token};
use crate::core::text;
use crate::world::Command;

fn devs() -> (&'static str, Json) {
    ("quay_team", json!({ "organization": "acme", "name": "devs", "role": "member" }))
}

/// Lists as `terraform query` does, with whole objects; gives how many there are.
async fn listed(command: &Command<'_>, kind: &str, query: Json) -> usize {
    command.core.list(kind, query).await.unwrap_or_else(|said| panic!("{kind}: {}", text(&said))).len()
}

#[tokio::test]
async fn who_cannot_get_a_default_permission_is_named() {
    let world = world(&[acme()]).await;
    let command = world.command().await;
    let refused = [
        (json!({ "team": "nosuch" }), "There is no team acme/nosuch", "team"),
        (json!({ "user": "nosuch" }), "There is no user nosuch", "user"),
        (json!({ "robot": "acme+nosuch" }), "There is no robot acme+nosuch", "robot"),
        (json!({ "user": "bob", "activating_user": "nosuch" }), "There is no user or robot nosuch", "activating_user"),
    ];
    for (who, words, attribute) in refused {
        let config = crate::world::merged(json!({ "organization": "acme", "role": "read" }), who);
        let said = command.core.run("quay_default_permission", None, config).await.diagnostics;
        says(&world, &said, &[words]);
        let at = |d: &terraform_framework::Diagnostic| {
            d.path.as_ref().is_some_and(|path| path.root_attribute() == Some(attribute))
        };
        assert!(said.0.iter().any(at), "{}", text(&said));
        assert!(!text(&said).contains("%s"), "{}", text(&said));
    }
}

#[tokio::test]
async fn an_app_token_that_has_ended_is_made_anew() {
    let world = world(&[]).await;
    edit(&world, json!({ "quay": { "config": { "APP_SPECIFIC_TOKEN_EXPIRATION": "1d" } } }));
    let command = world.command().await;
    let made = command.core.run("quay_app_token", None, json!({ "title": "laptop" })).await.unwrap();
    assert!(command.refresh(&made).await.unwrap().is_some());
    let mut tokens = world.simulator.dump()["quay"]["app_tokens"].clone();
    tokens[0]["expiration"] = json!("Sat, 07 Mar 2020 10:11:12 -0000");
    edit(&world, json!({ "quay": { "app_tokens": tokens } }));
    let command = world.command().await;
    assert!(command.refresh(&made).await.unwrap().is_none(), "an ended token is gone");
    assert!(text(&command.core.says_of(&made).await).contains("The time of app token \"laptop\" is over"));
    assert_eq!(listed(&command, "quay_app_token", json!({})).await, 0);
}

#[tokio::test]
async fn a_service_key_that_has_ended_is_told_of() {
    let world = world(&[]).await;
    let config = json!({ "service": "scanner", "expiration": "2090-01-01T00:00:00Z" });
    let made = world.command().await.core.run("quay_service_key", None, config).await.unwrap();
    let kid = super::string(&made, "kid");
    edit(&world, json!({ "quay": { "service_keys": { kid: { "expiration": 1_600_000_000 } } } }));
    let command = world.command().await;
    assert!(command.refresh(&made).await.unwrap().is_some());
    let said = text(&command.core.says_of(&made).await);
    for words in ["The time of service key", "2020-09-13T12:26:40Z", "later `expiration`"] {
        assert!(said.contains(words), "{words} is not in {said}");
    }
}

#[tokio::test]
async fn what_quay_holds_can_be_configured() {
    let world = world(&[acme()]).await;
    let command = world.command().await;
    let odd = [
        ("quay_user", json!({ "username": "dave", "email": "5f0c3a0e-6c2b-4a53-9b0e-3d1f0a7a9c11" }), "email"),
        (
            "quay_oauth_application",
            json!({ "organization": "acme", "name": "x", "redirect_uri": "not a uri" }),
            "redirect_uri",
        ),
        (
            "quay_org_auto_prune_policy",
            json!({ "organization": "acme", "method": "number_of_tags", "value": "12", "tag_pattern": "[" }),
            "tag_pattern",
        ),
    ];
    edit(&world, json!({ "quay": { "config": { "FEATURE_MAILING": false } } }));
    for (kind, config, attribute) in odd {
        let value = crate::core::config(command.core.schema(kind), config.clone());
        let said = text(&command.core.validate(kind, &value).await);
        command.core.run(kind, None, config).await.unwrap();
        assert!(said.contains("Most likely not what is meant"), "{kind}: nothing is said of {attribute}: {said}");
    }
}

#[tokio::test]
async fn the_invited_user_accepts_and_nobody_else() {
    let world = world(&[acme(), devs()]).await;
    let invite = json!({ "organization": "acme", "team": "devs", "member": "bob" });
    world.command().await.core.run("quay_team_member", None, invite).await.unwrap();
    let devs = json!({ "organization": "acme", "team": "devs" });
    let carol = world.command_with(json!({ "token": token(&world, "carol") })).await;
    let said = carol.core.invoke("quay_accept_team_invitation", devs.clone()).await.unwrap_err();
    says(&world, &said, &["There is no invitation to team acme/devs"]);
    let invites = "/quay/organizations/acme/teams/devs/invites/0/code";
    let code = world.simulator.dump().pointer(invites).cloned().unwrap();
    let said = carol.core.invoke("quay_accept_team_invitation", json!({ "code": code })).await.unwrap_err();
    says(&world, &said, &["must be that of the invited user"]);
    let bob = world.command_with(json!({ "token": token(&world, "bob") })).await;
    bob.core.invoke("quay_accept_team_invitation", devs).await.unwrap();
    assert_eq!(world.simulator.dump()["quay"]["organizations"]["acme"]["teams"]["devs"]["members"], json!(["bob"]));
    let said = bob.core.invoke("quay_decline_team_invitation", json!({ "code": code })).await.unwrap_err();
    says(&world, &said, &["withdrawn, accepted or declined already"]);
    let unclear = json!({ "organization": "acme", "code": code });
    let said = bob.core.invoke("quay_accept_team_invitation", unclear).await.unwrap_err();
    says(&world, &said, &["Which invitation is meant is not clear"]);
}

#[tokio::test]
async fn nobody_removes_itself_from_an_organization_and_nobody_unknown_is_removed() {
    let world = world(&[acme(), devs()]).await;
    let command = world.command().await;
    let before = held(&world);
    for (user, words) in [("admin", "admin is the token's own user"), ("nosuch", "There is no user nosuch")] {
        let config = json!({ "organization": "acme", "username": user });
        let said = command.core.invoke("quay_remove_organization_member", config).await.unwrap_err();
        says(&world, &said, &[words]);
    }
    assert_eq!(held(&world), before);
}

#[tokio::test]
async fn what_is_not_there_is_not_revoked_or_encrypted() {
    let world = world(&[]).await;
    let command = world.command().await;
    for (action, list) in [
        ("quay_revoke_user_authorization", "quay_user_authorizations shows all"),
        ("quay_decline_assigned_authorization", "quay_assigned_authorizations shows all"),
    ] {
        let said = command.core.invoke(action, json!({ "uuid": "nosuch" })).await.unwrap_err();
        says(&world, &said, &["There is no authorization nosuch", list]);
    }
    let said = command.core.open_and_close("quay_encrypted_password", json!({ "password": "a-wrong-one" })).await;
    says(&world, &said.unwrap_err(), &["Invalid Username or Password", "logs in to Quay's web pages"]);
}

#[tokio::test]
async fn lists_find_what_hangs_on_teams_robots_and_repositories() {
    let world = world(&[
        acme(),
        devs(),
        ("quay_organization", json!({ "name": "beta" })),
        ("quay_repository", json!({ "namespace": "acme", "name": "app" })),
        ("quay_robot", json!({ "namespace": "acme", "name": "ci" })),
        ("quay_robot", json!({ "namespace": "acme", "name": "other" })),
        (
            "quay_robot_federation",
            json!({ "robot": "acme+ci", "identities": [{ "issuer": "https://i.example.com", "subject": "s" }] }),
        ),
        ("quay_team_member", json!({ "organization": "acme", "team": "devs", "member": "bob" })),
        ("quay_team_member", json!({ "organization": "acme", "team": "devs", "member": "acme+ci" })),
        ("quay_team_invitation", json!({ "organization": "acme", "team": "devs", "email": "x@example.com" })),
        ("quay_org_proxy_cache", json!({ "organization": "beta", "upstream_registry": "docker.io/library" })),
    ])
    .await;
    let command = world.command().await;
    let of_acme = json!({ "organization": "acme" });
    let of_devs = json!({ "organization": "acme", "team": "devs" });
    let found = [
        // With the superuser, who owns the organization.
        ("quay_team_member", of_acme.clone(), 3),
        ("quay_team_member", of_devs.clone(), 2),
        ("quay_team_members", of_acme.clone(), 2),
        ("quay_team_members", of_devs.clone(), 1),
        ("quay_team_invitation", of_acme.clone(), 1),
        ("quay_team_invitation", of_devs, 1),
        ("quay_team_sync", of_acme.clone(), 0),
        ("quay_robot_federation", json!({ "namespace": "acme" }), 1),
        ("quay_repository_permissions", json!({ "namespace": "acme" }), 1),
        ("quay_org_proxy_cache", json!({}), 1),
        ("quay_org_proxy_cache", of_acme, 0),
        ("quay_org_mirror", json!({}), 0),
    ];
    for (kind, query, number) in found {
        assert_eq!(listed(&command, kind, query.clone()).await, number, "{kind} {query}");
    }
    let nosuch = json!({ "organization": "acme", "team": "nosuch" });
    let said = command.core.list("quay_team_member", nosuch).await.unwrap_err();
    says(&world, &said, &["There is no team acme/nosuch"]);
}
