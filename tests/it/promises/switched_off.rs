//! A Quay on which features are off: what is refused is said with the feature's name.

use serde_json::{Value as Json, json};
use terraform_framework::Diagnostics;
use terraform_framework::server::{ActionEvent, ClientCapabilities, Encoded};
use tokio::sync::mpsc;

use crate::bad_input::says;
use crate::core::{config, text};
use crate::quay::mirrors::org_mirrors::mirror;
use crate::quay::releases::of_release;
use crate::quay::{acme, ci, world};
use crate::world::inspect::{apply, edit, held};
use crate::world::{Command, Service, Through, World, merged};

/// A Quay without a feature.
fn without(feature: &str) -> World {
    let world = World::new(Service::Quay, Through::Calls);
    switch_off(&world, feature);
    world
}

fn switch_off(world: &World, feature: &str) {
    edit(world, json!({ "quay": { "config": { feature: false } } }));
}

fn switch_on(world: &World, feature: &str) {
    edit(world, json!({ "quay": { "config": { feature: true } } }));
}

async fn invoke(command: &Command<'_>, name: &str, asked: Json) -> Diagnostics {
    let schema = &command.core.schemas().actions[name];
    let asked = Encoded::of(&config(schema, asked), &schema.ty()).unwrap();
    let (sink, mut events) = mpsc::channel(16);
    command.core.serve().invoke_action(name, asked, sink).await;
    loop {
        if let ActionEvent::Completed(said) = events.recv().await.expect("it ends") {
            return said;
        }
    }
}

#[tokio::test]
async fn the_state_of_a_repository_without_mirrors() {
    let world = World::new(Service::Quay, Through::Calls);
    let command = world.command().await;
    command.core.run("quay_organization", None, json!({ "name": "acme" })).await.unwrap();
    let config = json!({ "namespace": "acme", "name": "app", "description": "d" });
    let frozen = merged(config.clone(), json!({ "state": "READ_ONLY" }));
    let words = ["Cannot change the state of repository acme/app", "FEATURE_REPO_MIRROR", "Leave `state` out"];
    // Planned while it could be done.
    let plan = command.plan("quay_repository", None, frozen.clone()).await.unwrap();
    switch_off(&world, "FEATURE_REPO_MIRROR");
    let said = command.core.apply(plan).await;
    says(&world, &said.diagnostics, &words);
    assert!(said.instance.is_some_and(|made| made.tainted), "it is there, and in the state");
    let path = said.diagnostics.0.iter().find_map(|d| d.path.as_ref()?.root_attribute().map(str::to_owned));
    assert_eq!(path.as_deref(), Some("state"));
    // In place, and nothing else of the repository was changed by it.
    let own = command.core.import("quay_repository", "acme/app", None).await.unwrap();
    let before = held(&world);
    switch_on(&world, "FEATURE_REPO_MIRROR");
    let plan = command.plan("quay_repository", Some(&own), frozen.clone()).await.unwrap();
    switch_off(&world, "FEATURE_REPO_MIRROR");
    let said = command.core.apply(plan).await;
    says(&world, &said.diagnostics, &words);
    assert_eq!(held(&world), before);
    // Now it is known when it is planned.
    let command = world.command().await;
    let refused = command.plan("quay_repository", Some(&own), frozen).await.expect_err("it is switched off");
    says(&world, &refused, &["FEATURE_REPO_MIRROR", "Leave `state` out"]);
    // Without it all is well.
    command.apply("quay_repository", said.instance.as_ref(), Some(config)).await.unwrap();
}

#[tokio::test]
async fn renaming_without_superusers() {
    let world = without("FEATURE_SUPER_USERS");
    let command = world.command().await;
    command.core.run("quay_organization", None, json!({ "name": "acme" })).await.unwrap();
    let before = held(&world);
    let asked = json!({ "organization": "acme", "new_name": "umbrella" });
    let said = invoke(&command, "quay_rename_organization", asked).await;
    says(&world, &said, &["Cannot rename organization acme to umbrella", "superusers", "FEATURE_SUPER_USERS"]);
    assert_eq!(held(&world), before);
}

#[tokio::test]
async fn the_expiration_of_tags_where_it_may_not_be_changed() {
    const FEATURE: &str = "FEATURE_CHANGE_TAG_EXPIRATION";
    let world = World::new(Service::Quay, Through::Calls);
    let command = world.command().await;
    let config = json!({ "name": "acme", "tag_expiration_s": 86_400 });
    let words = ["asked for 86400 seconds", "1209600", FEATURE, "leave `tag_expiration_s` out"];
    // Planned while it could be done.
    let plan = command.plan("quay_organization", None, config.clone()).await.unwrap();
    switch_off(&world, FEATURE);
    let said = command.core.apply(plan).await;
    says(&world, &said.diagnostics, &words);
    assert!(said.instance.is_some_and(|made| made.tainted), "it is there, and in the state");
    let own = command.core.import("quay_organization", "acme", None).await.unwrap();
    let plan = command.plan("quay_organization", Some(&own), config.clone()).await.unwrap();
    let said = command.core.apply(plan).await;
    says(&world, &said.diagnostics, &words);
    // Now it is known when it is planned, of a new organization too; what is there already may stay in the configuration.
    let command = world.command().await;
    for (prior, name) in [(Some(&own), "acme"), (None, "other")] {
        let refused = json!({ "name": name, "tag_expiration_s": 86_400 });
        let refused = command.plan("quay_organization", prior, refused).await.expect_err("it is switched off");
        says(&world, &refused, &[FEATURE, "Leave `tag_expiration_s` out"]);
    }
    let same = json!({ "name": "acme", "tag_expiration_s": 1_209_600, "invoice_email": true });
    command.apply("quay_organization", Some(&own), Some(same)).await.unwrap();
    command.apply("quay_organization", said.instance.as_ref(), Some(json!({ "name": "acme" }))).await.unwrap();
}

#[tokio::test]
async fn a_feature_that_is_switched_off_is_named() {
    let team = ("quay_team", json!({ "organization": "acme", "name": "devs", "role": "member" }));
    let world = world(&[acme(), team]).await;
    let of_team = |more: Json| crate::world::merged(json!({ "organization": "acme", "team": "devs" }), more);
    let cases = [
        ("quay_app_token", "FEATURE_APP_SPECIFIC_TOKENS", json!({ "title": "laptop" })),
        ("quay_team_sync", "FEATURE_TEAM_SYNCING", of_team(json!({ "ldap_group_dn": "cn=devs" }))),
        ("quay_team_invitation", "FEATURE_MAILING", of_team(json!({ "email": "x@example.com" }))),
    ];
    for (kind, feature, config) in cases {
        world.simulator.edit(json!({ "quay": { "config": { feature: false } } })).unwrap();
        let made = world.command().await.core.run(kind, None, config).await;
        let said = text(&made.diagnostics);
        assert!(made.instance.is_none() && said.contains(feature), "{kind}: {said}");
    }
}

#[tokio::test]
async fn a_server_without_a_feature_is_named_by_it() {
    let world = world(&[acme(), ci()]).await;
    world
        .simulator
        .edit(json!({ "quay": { "config": { "FEATURE_ORG_MIRROR": false, "FEATURE_PROXY_CACHE": false,
        "FEATURE_AUTO_PRUNE": false, "FEATURE_IMMUTABLE_TAGS": false } } }))
        .unwrap();
    let policy = json!({ "organization": "acme", "method": "number_of_tags", "value": "10" });
    let cases = [
        ("quay_org_mirror", mirror("acme+ci"), "FEATURE_ORG_MIRROR"),
        (
            "quay_org_proxy_cache",
            json!({ "organization": "acme", "upstream_registry": "quay.io" }),
            "FEATURE_PROXY_CACHE",
        ),
        ("quay_org_auto_prune_policy", policy, "FEATURE_AUTO_PRUNE"),
        (
            "quay_org_immutability_policy",
            json!({ "organization": "acme", "tag_pattern": "^v" }),
            "FEATURE_IMMUTABLE_TAGS",
        ),
    ];
    for (kind, config, feature) in cases {
        let refused = apply(&world, kind, None, config).await.unwrap_err();
        assert!(refused.contains(feature), "{kind}: {refused}");
    }
}

#[tokio::test]
async fn actions_that_a_server_does_not_have_are_refused_by_the_plan() {
    let of_acme = || json!({ "organization": "acme" });
    let of_app = || json!({ "namespace": "acme", "repository": "app" });
    let mail = || merged(of_app(), json!({ "email": "a@example.com" }));
    let uuid = json!({ "uuid": "d9b2d63d-a233-4123-847a-76838bf2413a" });
    let kid = json!({ "kid": "Kq3vXy0h8J2n4QpRs6TuVwXz1Ab3Cd5Ef7Gh9Jk0Lm2" });
    let cases = [
        ("quay_sync_org_mirror", of_acme(), "FEATURE_ORG_MIRROR", "3.17"),
        ("quay_cancel_org_mirror_sync", of_acme(), "FEATURE_ORG_MIRROR", "3.17"),
        ("quay_verify_org_mirror", of_acme(), "FEATURE_ORG_MIRROR", "3.17"),
        ("quay_sync_repository_mirror", of_app(), "FEATURE_REPO_MIRROR", ""),
        ("quay_cancel_repository_mirror_sync", of_app(), "FEATURE_REPO_MIRROR", ""),
        ("quay_take_ownership", of_acme(), "FEATURE_SUPER_USERS", ""),
        ("quay_rename_organization", merged(of_acme(), json!({ "new_name": "beta" })), "FEATURE_SUPER_USERS", ""),
        ("quay_calculate_registry_size", json!({}), "FEATURE_SUPER_USERS", ""),
        ("quay_approve_service_key", kid, "FEATURE_SUPER_USERS", ""),
        ("quay_send_recovery_email", json!({ "username": "alice" }), "FEATURE_MAILING", ""),
        ("quay_authorize_notification_email", mail(), "FEATURE_MAILING", ""),
        ("quay_test_notification", merged(of_acme(), uuid.clone()), "FEATURE_QUOTA_NOTIFICATIONS", "3.18"),
        ("quay_test_notification", uuid.clone(), "FEATURE_QUOTA_NOTIFICATIONS", "3.18"),
        ("quay_reset_notification_failures", uuid.clone(), "FEATURE_QUOTA_NOTIFICATIONS", "3.18"),
        // These are there on every server.
        ("quay_test_notification", merged(of_app(), uuid.clone()), "", ""),
        ("quay_reset_notification_failures", merged(of_app(), uuid), "", ""),
        ("quay_regenerate_robot_token", json!({ "username": "acme+ci" }), "", ""),
    ];
    let whole = of_release("3.18", &[], &[]).await;
    let old = of_release("3.9", &[], &[]).await;
    for (action, asked, feature, since) in cases {
        let planned = async |world: &World| {
            let command = world.command().await;
            let schema = &command.core.schemas().actions[action];
            let asked = Encoded::of(&config(schema, asked.clone()), &schema.ty()).unwrap();
            let before = world.shape();
            let (said, _) = command.core.serve().plan_action(action, asked, ClientCapabilities::default()).await;
            assert_eq!(world.shape(), before, "a plan changes nothing");
            said
        };
        let said = planned(&whole).await;
        assert!(said.is_empty(), "{action}: {}", text(&said));
        if !feature.is_empty() {
            let world = of_release("3.18", &[feature], &[]).await;
            says(&world, &planned(&world).await, &["This Quay has no", feature]);
        }
        let said = planned(&old).await;
        match since {
            "" => assert!(said.is_empty(), "{action}: {}", text(&said)),
            since => says(&old, &said, &["This Quay has no", since]),
        }
    }
}
