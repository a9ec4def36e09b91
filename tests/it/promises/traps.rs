//! Traps of Quay: what it does in silence, or fails at, and what its provider makes of it. Each trap was seen at a real Quay, or stands in
//! its source, and has a test here that fails if the provider steps into it; what concerns an area more than others is in a file of its own.

mod administrators;
mod amounts;
mod cleared;
mod gone;
mod mirrors;
mod parallel;
mod people;
mod refused;
mod robots;

use registry_simulator::{Action, Fault, Options};
use serde_json::{Value as Json, json};

use super::{acme, edit, held, read, string, world};
use crate::bad_input::{says, token};
use crate::core::text;
use crate::world::{Command, Service, Through, World, merged};

fn app() -> (&'static str, Json) {
    ("quay_repository", json!({ "namespace": "acme", "name": "app" }))
}

fn ci() -> (&'static str, Json) {
    ("quay_robot", json!({ "namespace": "acme", "name": "ci" }))
}

/// What is said by a plan and an apply, which change nothing.
async fn refused(world: &World, kind: &str, config: Json, words: &[&str]) {
    let before = held(world);
    let said = world.command().await.core.run(kind, None, config).await.diagnostics;
    says(world, &said, words);
    assert_eq!(held(world), before, "{kind}");
}

/// Quay would turn the user into an organization.
#[tokio::test]
async fn a_user_whose_ownership_is_taken_stays_a_user() {
    let world = world(&[]).await;
    let before = held(&world);
    let said = world.command().await.core.invoke("quay_take_ownership", json!({ "organization": "bob" })).await;
    says(&world, &said.unwrap_err(), &["bob is a user, not an organization", "Nothing was changed"]);
    assert_eq!(held(&world), before);
}

/// Quay takes a change to nothing with success, and leaves the quota as it is.
#[tokio::test]
async fn a_quota_that_could_be_ignored_is_refused_and_one_that_is_ignored_is_an_error() {
    let world = world(&[acme()]).await;
    let quota = |more: Json| merged(json!({ "organization": "acme" }), more);
    let at = |percent: i64| json!({ "limit": "1 GiB", "limits": [{ "type": "Reject", "threshold_percent": percent }] });
    for nothing in [json!({ "limit": "0 GiB" }), json!({ "limit_bytes": 0 }), at(0), at(101)] {
        let said = world.command().await.plan("quay_org_quota", None, quota(nothing.clone())).await;
        assert!(said.is_err(), "{nothing}");
    }
    let made = world.command().await.core.run("quay_org_quota", None, quota(json!({ "limit_bytes": 1000 }))).await;
    let made = made.unwrap();
    let ignored =
        json!({ "id": 1, "limit_bytes": 1000.0, "limit": "1000 Bytes", "default_config": false, "limits": [] });
    world.simulator.fault(Fault::once("PUT", "*quota*", Action::answer(200, &ignored.to_string())));
    let said =
        world.command().await.apply("quay_org_quota", Some(&made), Some(quota(json!({ "limit_bytes": 2000 })))).await;
    says(&world, &said.diagnostics, &["organization acme was not changed", "1000 bytes in place of 2000"]);
    assert!(said.instance.is_some(), "it stays in the state");
}

/// No moment is without a limit, and the limit keeps its id; that it was changed is looked at.
#[tokio::test]
async fn a_limit_of_a_quota_is_changed_in_place() {
    const LIMIT: &str = "/api/v1/organization/{orgname}/quota/{quota_id}/limit";
    let world = world(&[acme()]).await;
    let at = |limits: &[(&str, i64)]| {
        let limits: Vec<Json> = limits.iter().map(|(t, p)| json!({ "type": t, "threshold_percent": p })).collect();
        json!({ "organization": "acme", "limit": "1 GiB", "limits": limits })
    };
    let of_acme = || world.simulator.dump()["quay"]["organizations"]["acme"]["quota"]["limits"].clone();
    let command = world.command().await;
    let made = command.core.run("quay_org_quota", None, at(&[("Warning", 50), ("Reject", 90)])).await.unwrap();
    let ids: Vec<Json> = of_acme().as_array().into_iter().flatten().map(|limit| limit["id"].clone()).collect();
    world.simulator.reset_requests();
    let wanted = at(&[("Warning", 60), ("Warning", 90)]);
    let made = command.apply("quay_org_quota", Some(&made), Some(wanted.clone())).await.unwrap();
    let sent = world.simulator.requests();
    let one = format!("{LIMIT}/{{limit_id}}");
    assert_eq!((sent.of("PUT", &one), sent.of("POST", LIMIT), sent.of("DELETE", &one)), (2, 0, 0));
    let now: Vec<Json> = of_acme().as_array().into_iter().flatten().map(|limit| limit["id"].clone()).collect();
    assert_eq!(now, ids);
    command.is_settled(&made, wanted).await.unwrap();
    let ignored = json!({ "id": 1, "limit_bytes": 1_073_741_824, "limits": of_acme() });
    world.simulator.fault(Fault::once("PUT", "*limit/*", Action::answer(200, &ignored.to_string())));
    let said = command.apply("quay_org_quota", Some(&made), Some(at(&[("Warning", 70), ("Warning", 90)]))).await;
    says(&world, &said.diagnostics, &["A limit of the quota of organization acme was not changed"]);
}

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
    world.simulator.fault(Fault::once("GET", &path, Action::answer(200, &left.to_string())));
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

/// Quay refuses to cancel twice (400).
#[tokio::test]
async fn the_synchronization_of_an_organization_is_cancelled_once_and_no_error_the_second_time() {
    let mirror = json!({ "organization": "acme", "external_registry_type": "quay", "external_namespace": "library",
        "external_registry_url": "https://registry.example.com", "robot_username": "acme+ci", "sync_interval": 3600 });
    let world = world(&[acme(), ci(), ("quay_org_mirror", mirror)]).await;
    let command = world.command().await;
    let cancel = async || command.core.invoke("quay_cancel_org_mirror_sync", json!({ "organization": "acme" })).await;
    assert!(cancel().await.unwrap().concat().contains("is cancelled"));
    assert!(cancel().await.unwrap().concat().contains("was cancelled already"));
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

/// Quay answers 201 and drops the notes.
#[tokio::test]
async fn a_key_that_is_approved_keeps_its_approval() {
    let world = world(&[]).await;
    let command = world.command().await;
    let config = json!({ "service": "scanner", "notes": "by Terraform" });
    let made = command.core.run("quay_service_key", None, config).await.unwrap();
    let before = held(&world);
    let again = json!({ "kid": string(&made, "kid"), "notes": "once more" });
    let done = command.core.invoke("quay_approve_service_key", again).await.unwrap();
    assert!(done.concat().contains("was approved already"), "{done:?}");
    assert_eq!(held(&world), before);
}

/// Quay fails (500) for a name that is taken, and for an organization that is not there.
#[tokio::test]
async fn what_cannot_be_renamed_is_said() {
    let world = world(&[acme(), ("quay_organization", json!({ "name": "beta" }))]).await;
    let command = world.command().await;
    let before = held(&world);
    for (from, to, words) in [
        ("acme", "beta", ["The name beta is taken", "another organization"]),
        ("acme", "bob", ["The name bob is taken", "a user"]),
        ("nosuch", "gamma", ["There is no organization nosuch", "Check its name"]),
    ] {
        let config = json!({ "organization": from, "new_name": to });
        let said = command.core.invoke("quay_rename_organization", config).await.unwrap_err();
        says(&world, &said, &words);
    }
    assert_eq!(held(&world), before);
}

#[tokio::test]
async fn users_and_organizations_share_their_names_also_after_their_end() {
    let world = world(&[acme()]).await;
    let user = json!({ "username": "acme", "email": "acme@example.com" });
    refused(&world, "quay_user", user, &["acme is the name of an organization"]).await;
    refused(&world, "quay_organization", json!({ "name": "bob" }), &["bob is the name of a user"]).await;
    // The name of a user who is gone stays reserved, and is waited for.
    let mut options = Options::default();
    options.quay.collect_garbage_after = None;
    let world = World::with(Service::Quay, Through::Calls, options);
    let command = world.command().await;
    let config = json!({ "username": "dave", "email": "dave@example.com", "timeouts": { "create": "10h" } });
    let made = command.apply("quay_user", None, Some(config.clone())).await.unwrap();
    command.apply("quay_user", Some(&made), None).await;
    world.simulator.reset_requests();
    let asked = async {
        while world.simulator.requests().of_method("POST") < 3 {
            tokio::task::yield_now().await;
        }
        world.simulator.collect_garbage();
    };
    let (made, ()) = tokio::join!(command.apply("quay_user", None, Some(config)), asked);
    made.unwrap();
}

#[tokio::test]
async fn a_server_that_shows_nothing_to_strangers_is_used_all_the_same() {
    let world = world(&[acme(), ci()]).await;
    edit(&world, json!({ "quay": { "config": { "FEATURE_ANONYMOUS_ACCESS": false } } }));
    let command = world.command().await;
    let robot = command.core.import("quay_robot", "acme+ci", None).await.unwrap();
    assert!(command.refresh(&robot).await.unwrap().is_some());
    let nobody = world.command_with(json!({ "token": token(&world, "admin_expired") })).await;
    for kind in ["quay_organization", "quay_robot"] {
        let id = if kind == "quay_robot" { "acme+ci" } else { "acme" };
        let said = nobody.core.import(kind, id, None).await.unwrap_err();
        says(&world, &said, &["has expired", "`token`"]);
    }
}

#[tokio::test]
async fn a_server_that_forbids_robots_says_so() {
    let world = world(&[acme()]).await;
    edit(&world, json!({ "quay": { "config": { "ROBOTS_DISALLOW": true } } }));
    let before = held(&world);
    let said = world.command().await.core.run(ci().0, None, ci().1).await.diagnostics;
    says(&world, &said, &["Cannot create robot acme+ci", "Robot accounts have been disabled"]);
    assert_eq!(held(&world), before);
}

/// Quay shows an empty list of repositories for a name that is nobody's.
#[tokio::test]
async fn the_repositories_of_nobody_are_an_error() {
    let world = world(&[acme()]).await;
    let command = world.command().await;
    for kind in ["quay_repositories", "quay_mirror_health"] {
        let said = read(&command, kind, json!({ "namespace": "nosuch" })).await.unwrap_err();
        says(&world, &said, &["Unknown namespace", "nosuch"]);
    }
    read(&command, "quay_repositories", json!({ "namespace": "acme" })).await.unwrap();
}

/// Quay fails (500) for what its columns cannot hold, and takes blanks away.
#[tokio::test]
async fn what_quay_could_not_keep_as_it_is_is_refused_by_the_plan() {
    let world = world(&[acme(), app()]).await;
    let long = "x".repeat(256);
    let in_acme = |more: Json| merged(json!({ "organization": "acme" }), more);
    let before = held(&world);
    let cases = [
        ("quay_app_token", json!({ "title": long }), "title"),
        ("quay_oauth_application", in_acme(json!({ "name": long })), "name"),
        ("quay_oauth_application", in_acme(json!({ "name": "x", "redirect_uri": long })), "redirect_uri"),
        ("quay_robot", json!({ "namespace": "acme", "name": "ci", "description": long }), "description"),
        ("quay_service_key", json!({ "service": "scanner", "name": long }), "name"),
        ("quay_org_immutability_policy", in_acme(json!({ "tag_pattern": " ^v" })), "tag_pattern"),
        (
            "quay_org_auto_prune_policy",
            in_acme(json!({ "method": "number_of_tags", "value": "1", "tag_pattern": "^v " })),
            "tag_pattern",
        ),
    ];
    for (kind, config, attribute) in cases {
        let said = world.command().await.plan(kind, None, config).await.expect_err(kind);
        let at = |d: &terraform_framework::Diagnostic| {
            d.path.as_ref().is_some_and(|path| path.root_attribute() == Some(attribute))
        };
        assert!(said.0.iter().any(at), "{kind}: {}", text(&said));
    }
    assert_eq!(held(&world), before);
}

#[tokio::test]
async fn a_team_follows_groups_of_every_kind_of_directory() {
    for (directory, argument, service) in [
        ("OIDC", "oidc_group_name", "oidc"),
        ("Keystone", "keystone_group_id", "keystone"),
        ("LDAP", "ldap_group_dn", "ldap"),
    ] {
        let team = ("quay_team", json!({ "organization": "acme", "name": "devs", "role": "member" }));
        let world = world(&[acme(), team]).await;
        edit(&world, json!({ "quay": { "config": { "AUTHENTICATION_TYPE": directory } } }));
        let config = json!({ "organization": "acme", "team": "devs", argument: "devs" });
        let command: Command<'_> = world.command().await;
        let made = command.apply("quay_team_sync", None, Some(config.clone())).await.unwrap();
        assert_eq!(string(&made, "service"), service);
        assert_eq!(string(&made, argument), "devs");
        command.is_settled(&made, config).await.unwrap();
        let imported = command.core.import("quay_team_sync", "acme/devs", None).await.unwrap();
        assert_eq!(string(&imported, argument), "devs");
        let query = json!({ "organization": "acme" });
        assert_eq!(command.core.list("quay_team_sync", query).await.unwrap().len(), 1);
    }
}
