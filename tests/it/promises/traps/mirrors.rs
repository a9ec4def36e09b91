//! Traps of mirrors and caches: states without a mirror, synchronizations of nothing, and times that never end.

use serde_json::{Value as Json, json};

use super::{acme, app, ci};
use crate::bad_input::says;
use crate::core::text;
use crate::promises::{edit, held, world};
use crate::world::merged;

/// Quay takes the state MIRROR without a mirror.
#[tokio::test]
async fn a_repository_in_the_state_of_a_mirror_is_not_one() {
    let world = world(&[acme(), app()]).await;
    let command = world.command().await;
    let state = |state: &str, description: &str| merged(app().1, json!({ "state": state, "description": description }));
    let mut found = command.core.import("quay_repository", "acme/app", None).await.unwrap();
    // Its settings can be changed in each state.
    for config in [
        state("MIRROR", ""),
        state("MIRROR", "a"),
        state("READ_ONLY", "b"),
        state("READ_ONLY", "c"),
        state("NORMAL", ""),
    ] {
        found = command.apply("quay_repository", Some(&found), Some(config.clone())).await.unwrap();
        command.is_settled(&found, config.clone()).await.unwrap_or_else(|why| panic!("{config}: {why}"));
        let listed = command.core.list("quay_repository_mirror", json!({ "namespace": "acme" })).await.unwrap();
        assert_eq!(listed.len(), 0, "{config}");
        assert!(command.core.import("quay_repository_mirror", "acme/app", None).await.is_err(), "{config}");
    }
    // A state that is not configured is left to the server.
    let left = command.apply("quay_repository", Some(&found), Some(app().1)).await.unwrap();
    edit(&world, json!({ "quay": { "repositories": { "acme/app": { "state": "MIRROR" } } } }));
    world.command().await.is_settled(&left, app().1).await.unwrap();
}

/// Quay says 404, as of a repository that is not there.
#[tokio::test]
async fn what_is_no_mirror_is_not_synchronized() {
    let world = world(&[acme(), app(), ci()]).await;
    let (of_app, of_acme) = (json!({ "namespace": "acme", "repository": "app" }), json!({ "organization": "acme" }));
    let before = held(&world);
    for (action, asked) in [
        ("quay_sync_repository_mirror", of_app.clone()),
        ("quay_cancel_repository_mirror_sync", of_app),
        ("quay_sync_org_mirror", of_acme.clone()),
        ("quay_cancel_org_mirror_sync", of_acme.clone()),
        ("quay_verify_org_mirror", of_acme),
    ] {
        let said = world.command().await.core.invoke(action, asked).await.expect_err(action);
        says(&world, &said, &["mirror", "acme"]);
        assert!(!text(&said).contains("FEATURE_"), "{action}: {}", text(&said));
    }
    assert_eq!(held(&world), before);
}

/// Quay moves the start of an organization's mirror to the present when a synchronization is asked for, also before that start.
#[tokio::test]
async fn a_synchronization_that_is_started_is_no_drift() {
    let start = json!({ "sync_start_date": "2027-01-01T00:00:00Z" });
    let org = json!({ "organization": "beta", "external_registry_type": "quay", "external_namespace": "library",
        "external_registry_url": "https://registry.example.com", "robot_username": "beta+ci", "sync_interval": 3600 });
    let of_app = json!({ "namespace": "acme", "repository": "app", "external_reference": "registry.example.com/team/app",
        "tags": ["latest"], "robot_username": "acme+ci", "sync_interval": 3600 });
    let beta = [
        ("quay_organization", json!({ "name": "beta" })),
        ("quay_robot", json!({ "namespace": "beta", "name": "ci" })),
    ];
    let world = world(&[vec![acme(), app(), ci()], beta.to_vec()].concat()).await;
    let cases: [(&str, Json, &str, Json); 2] = [
        ("quay_org_mirror", merged(org, start.clone()), "quay_sync_org_mirror", json!({ "organization": "beta" })),
        (
            "quay_repository_mirror",
            merged(of_app, start),
            "quay_sync_repository_mirror",
            json!({ "namespace": "acme", "repository": "app" }),
        ),
    ];
    for (kind, config, action, asked) in cases {
        let command = world.command().await;
        let made = command.core.run(kind, None, config.clone()).await.unwrap();
        let before = held(&world);
        command.core.invoke(action, asked).await.unwrap();
        assert_ne!(held(&world), before, "{kind}");
        world.command().await.is_settled(&made, config).await.unwrap_or_else(|why| panic!("{kind}: {why}"));
    }
}

/// An image may be kept for ever (-1), and a cache answers with empty texts where there is none.
#[tokio::test]
async fn a_cache_that_never_expires_is_one() {
    let world = world(&[acme()]).await;
    let command = world.command().await;
    let kind = "quay_org_proxy_cache";
    assert!(command.core.import(kind, "acme", None).await.is_err(), "there is none");
    let config =
        json!({ "organization": "acme", "upstream_registry": "quay.io", "expiration_s": -1, "insecure": true });
    let made = command.core.run(kind, None, config.clone()).await.unwrap();
    command.is_settled(&made, config).await.unwrap();
    let changed = json!({ "organization": "acme", "upstream_registry": "quay.io/acme" });
    let made = command.core.run(kind, Some(&made), changed.clone()).await.unwrap();
    command.is_settled(&made, changed).await.unwrap();
    edit(&world, json!({ "quay": { "organizations": { "acme": { "proxy_cache": null } } } }));
    assert!(world.command().await.refresh(&made).await.unwrap().is_none());
}
