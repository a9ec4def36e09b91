//! Permissions of repositories and default permissions: who cannot get one is named.

use serde_json::{Value as Json, json};

use super::{acme, app, ci, refused, world};
use crate::bad_input::says;
use crate::core::text;
use crate::world::merged;

/// Quay takes an organization for a user, and keeps a permission that nobody has.
#[tokio::test]
async fn who_cannot_have_a_permission_is_named() {
    let beta = [
        ("quay_organization", json!({ "name": "beta" })),
        ("quay_robot", json!({ "namespace": "beta", "name": "ci" })),
    ];
    let world = world(&[vec![acme(), app(), ci()], beta.to_vec()].concat()).await;
    let in_app = |more: Json| merged(json!({ "namespace": "acme", "repository": "app" }), more);
    let cases = [
        ("user", "beta", "There is no user named \"beta\""),
        ("user", "nosuch", "nosuch"),
        ("team", "nosuch", "nosuch"),
        ("robot", "acme+nosuch", "acme+nosuch"),
        ("robot", "beta+ci", "belongs to \"beta\""),
    ];
    for (holder, name, words) in cases {
        refused(&world, "quay_repository_permission", in_app(json!({ holder: name, "role": "read" })), &[words]).await;
        let all = in_app(json!({ "users": { "admin": "admin" }, format!("{holder}s"): { name: "read" } }));
        refused(&world, "quay_repository_permissions", all, &[words]).await;
    }
    // Nobody has a permission in the own namespace.
    let own = json!({ "namespace": "admin", "repository": "app", "user": "admin", "role": "read" });
    refused(&world, "quay_repository_permission", own, &["Owner of the repository"]).await;
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
