//! States without a mirror, synchronizations of nothing, and the report on the health of mirrors.

use registry_simulator::Options;
use serde_json::{Value as Json, json};
use terraform_framework::value::Value;

use crate::bad_input::{says, token};
use crate::core::text;
use crate::quay::{acme, app, ci, refused, world};
use crate::world::inspect::{edit, held};
use crate::world::{Service, Through, World, merged};

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

/// Quay says 404 where nothing is going on, and stores half a login.
#[tokio::test]
async fn a_mirror_that_rests_is_not_cancelled_and_half_a_login_is_refused() {
    let mirror = json!({ "namespace": "acme", "repository": "app", "external_reference": "registry.example.com/team/app",
        "tags": ["latest"], "robot_username": "acme+ci", "sync_interval": 3600, "sync_start_date": "2026-12-01T00:00:00Z" });
    let world = world(&[acme(), app(), ci()]).await;
    let half = merged(mirror.clone(), json!({ "external_registry_password": "not-a-secret-in-an-example" }));
    refused(&world, "quay_repository_mirror", half, &["Arguments that belong together"]).await;
    let command = world.command().await;
    command.core.run("quay_repository_mirror", None, mirror).await.unwrap();
    let of_app = json!({ "namespace": "acme", "repository": "app" });
    let done = command.core.invoke("quay_cancel_repository_mirror_sync", of_app).await.unwrap();
    assert!(done.concat().contains("Nothing is being synchronized in repository acme/app"), "{done:?}");
}

/// A Quay without it takes the route for a repository's, which nobody but a superuser may know not to be there.
#[tokio::test]
async fn a_report_that_a_server_does_not_have_is_said_to_be_missing_to_everybody() {
    let mut options = Options::default();
    options.quay.release = "3.17".into();
    let world = World::with(Service::Quay, Through::Calls, options);
    for label in ["admin", "alice"] {
        let command = world.command_with(json!({ "token": token(&world, label) })).await;
        let said = command.core.read_data("quay_mirror_health", json!({ "namespace": "alice" })).await.unwrap_err();
        says(&world, &said, &["no mirror health report", "it came with 3.18"]);
    }
}

#[tokio::test]
async fn who_may_see_everything_and_which_workers_there_are_is_shown() {
    let world = world(&[acme(), app()]).await;
    let command = world.command().await;
    let read = command.core.read_data("quay_users", json!({})).await.unwrap();
    assert!(format!("{read:?}").contains("global_readonly_super_user"));
    let read = command.core.read_data("quay_mirror_health", json!({})).await.unwrap();
    let number = |name: &str| read.attribute(name).and_then(Value::as_i64);
    assert_eq!((number("workers_active"), number("workers_configured")), (Some(0), Some(0)));
}
