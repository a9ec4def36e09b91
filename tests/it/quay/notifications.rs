//! Notifications: what they cannot be, and those of other repositories.

use registry_simulator::{Action as Does, Fault};
use serde_json::{Value as Json, json};
use terraform_framework::server::{ActionEvent, Encoded};
use tokio::sync::mpsc;

use super::releases::{acme_with_address, of_release, refused_by_plan};
use super::{acme, app, ci, refused, world};
use crate::bad_input::says;
use crate::core::config;
use crate::world::inspect::string;
use crate::world::merged;

/// A reset is looked at.
#[tokio::test]
async fn failures_that_are_not_forgotten_are_an_error() {
    let hook = json!({ "namespace": "acme", "repository": "app", "event": "repo_push", "webhook": { "url": "https://x.example.com" } });
    let world = world(&[acme(), app()]).await;
    let made = world.command().await.core.run("quay_repository_notification", None, hook).await.unwrap();
    let uuid = string(&made, "uuid");
    let left = json!({ "uuid": uuid, "title": "", "event": "repo_push", "method": "webhook", "config": {}, "event_config": {},
        "number_of_failures": 3 });
    let asked = json!({ "namespace": "acme", "repository": "app", "uuid": uuid });
    let path = format!("/api/v1/repository/acme/app/notification/{uuid}");
    world.simulator.fault(Fault::once("GET", &path, Does::answer(200, &left.to_string())));
    let invoke = async || world.command().await.core.invoke("quay_reset_notification_failures", asked.clone()).await;
    says(&world, &invoke().await.unwrap_err(), &["has 3 failures", "quay_test_notification"]);
    assert_eq!(invoke().await.unwrap().last().map(String::as_str), Some("They are forgotten."));
}

/// Quay answers 500 to all of it, but for the address that has not agreed.
#[tokio::test]
async fn what_a_notification_cannot_be_is_said() {
    let world = world(&[acme(), app(), ("quay_organization", json!({ "name": "beta" }))]).await;
    let with = |more: Json| merged(json!({ "namespace": "acme", "repository": "app", "event": "repo_push" }), more);
    let hook = json!({ "url": "https://hooks.example.com/quay" });
    let kind = "quay_repository_notification";
    let other = json!({ "quay_notification": { "kind": "org", "name": "beta" } });
    refused(&world, kind, with(other), &["Another organization", "\"acme\"", "\"beta\""]).await;
    let lost = json!({ "repository": "nosuch", "webhook": hook.clone() });
    refused(&world, kind, with(lost), &["There is no repository acme/nosuch"]).await;
    let stranger = json!({ "email": { "address": "ops@example.com" } });
    refused(&world, kind, with(stranger), &["not authorized to receive", "quay_authorize_notification_email"]).await;
    let days = json!({ "expiry_days": 3, "webhook": hook });
    refused(&world, kind, with(days), &["Argument of another event", "`expiry_days`", "`repo_push`"]).await;
}

/// A read of one notification of a repository finds those of all others.
#[tokio::test]
async fn a_notification_is_not_imported_into_another_repository() {
    let other = ("quay_repository", json!({ "namespace": "acme", "name": "other" }));
    let world = world(&[acme(), app(), other, ci()]).await;
    let command = world.command().await;
    let config = json!({ "namespace": "acme", "repository": "app", "event": "repo_push",
        "webhook": { "url": "https://hooks.example.com/quay" } });
    let made = command.core.run("quay_repository_notification", None, config).await.unwrap();
    let uuid = string(&made, "uuid");
    let kind = "quay_repository_notification";
    assert!(command.core.import(kind, &format!("acme/other/{uuid}"), None).await.is_err());
    command.core.import(kind, &format!("acme/app/{uuid}"), None).await.unwrap();
}

#[tokio::test]
async fn a_notification_of_another_repository_is_not_tried() {
    let world = world(&[acme(), app()]).await;
    let command = world.command().await;
    command.core.run("quay_repository", None, json!({ "namespace": "acme", "name": "other" })).await.unwrap();
    let other = json!({ "namespace": "acme", "repository": "other", "event": "repo_push",
        "webhook": { "url": "https://deploy.example.com/hooks/quay" } });
    let made = command.core.run("quay_repository_notification", None, other).await.unwrap();
    for name in ["quay_test_notification", "quay_reset_notification_failures"] {
        let schema = &command.core.schemas().actions[name];
        let asked = json!({ "namespace": "acme", "repository": "app", "uuid": string(&made, "uuid") });
        let asked = Encoded::of(&config(schema, asked), &schema.ty()).unwrap();
        let (sink, mut events) = mpsc::channel(16);
        command.core.serve().invoke_action(name, asked, sink).await;
        match events.recv().await.expect("it ends") {
            ActionEvent::Progress(told) => panic!("{name} tells: {told}"),
            ActionEvent::Completed(said) => {
                says(&world, &said, &["There is no notification", "of repository acme/app"])
            }
        }
    }
}

fn notification(event: &str, more: Json) -> Json {
    let base = json!({ "namespace": "acme", "repository": "app", "event": event });
    merged(merged(base, json!({ "webhook": { "url": "https://hooks.example.com/quay" } })), more)
}

#[tokio::test]
async fn events_that_a_release_does_not_know_are_named_with_the_one_that_brought_them() {
    let kind = "quay_repository_notification";
    let before = [acme_with_address(), app()];
    let world = of_release("3.17", &[], &before).await;
    refused_by_plan(&world, kind, None, notification("quota_error", json!({})), &["event", "`quota_error`", "3.18"])
        .await;
    // Of a server that has them the feature for organizations and users does not count.
    let world = of_release("3.18", &["FEATURE_QUOTA_NOTIFICATIONS"], &before).await;
    world.command().await.apply(kind, None, Some(notification("quota_error", json!({})))).await.unwrap();
    let world = of_release("3.11", &[], &before).await;
    let expiry = notification("repo_image_expiry", json!({ "expiry_days": 5 }));
    let said = world.command().await.apply(kind, None, Some(expiry.clone())).await;
    says(&world, &said.diagnostics, &["500", "`repo_image_expiry` came with 3.12"]);
    let world = of_release("3.12", &[], &before).await;
    world.command().await.apply(kind, None, Some(expiry)).await.unwrap();
}

#[tokio::test]
async fn notifications_by_e_mail_without_e_mail_are_refused_by_the_plan() {
    let world = of_release("3.18", &["FEATURE_MAILING"], &[acme_with_address(), app()]).await;
    let mail = notification("repo_push", json!({ "webhook": null, "email": { "address": "a@example.com" } }));
    let kind = "quay_repository_notification";
    refused_by_plan(&world, kind, None, mail, &["This Quay has no notifications by e-mail", "FEATURE_MAILING"]).await;
    world.command().await.apply(kind, None, Some(notification("repo_push", json!({})))).await.unwrap();
}
