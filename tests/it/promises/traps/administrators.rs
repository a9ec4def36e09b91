//! Traps of servers and their administrators: a registry that is read-only, tokens that are silently nobody's, addresses that are taken, and
//! what only looks like a success.

use registry_simulator::{Action as Does, Fault};
use serde_json::json;

use super::{acme, app, ci, refused};
use crate::bad_input::{says, token};
use crate::core::text;
use crate::promises::{edit, held, read, string, world};
use crate::world::table::cases;
use crate::world::{Service, Through, World};

/// Quay answers 405, as where a route is missing: nothing is gone, no feature is off.
#[tokio::test]
async fn a_registry_that_is_read_only_says_so_and_loses_nothing() {
    let mut wrong = Vec::new();
    for case in cases().iter().filter(|case| case.service() == Service::Quay) {
        let world = World::new(Service::Quay, Through::Calls);
        world.prepare(case).await;
        let config = world.configuration(&case.config);
        let made =
            world.command().await.storing(case.stores).apply(case.resource, None, Some(config.clone())).await.unwrap();
        edit(&world, json!({ "quay": { "config": { "REGISTRY_STATE": "readonly" } } }));
        let before = held(&world);
        let command = world.command().await.storing(case.stores);
        if let Err(why) = command.is_settled(&made, config).await {
            wrong.push(format!("{}: {why}", case.name()));
        }
        // What a token's own user has set stays there in any case.
        let gone = command.core.destroy(&made).await;
        if case.resource != "quay_user_settings" {
            let said = text(&gone.diagnostics);
            if !said.contains("read-only") || said.contains("FEATURE_") || gone.instance.is_none() {
                wrong.push(format!("{}: the destruction says: {said}", case.name()));
            }
        }
        if held(&world) != before {
            wrong.push(format!("{}: something was changed", case.name()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is public, Quay shows to a bad token as it shows it to everybody: nothing of that is believed.
#[tokio::test]
async fn what_is_shown_to_everybody_is_not_taken_from_a_bad_token() {
    let public = ("quay_repository", json!({ "namespace": "acme", "name": "app", "visibility": "public" }));
    let world = world(&[
        acme(),
        public,
        ("quay_repository", json!({ "namespace": "acme", "name": "other", "visibility": "public" })),
    ])
    .await;
    let found = world.command().await.core.import("quay_repository", "acme/app", None).await.unwrap();
    for bad in ["of-nobody-at-all".to_owned(), token(&world, "admin_expired")] {
        let command = world.command_with(json!({ "token": bad })).await;
        let at_once = futures::future::join_all((0..4).map(|_| command.core.refresh(&found))).await;
        for said in at_once {
            says(&world, &said.expect_err("it is nobody's"), &["the token is wrong, has expired or was revoked"]);
        }
        let reads = [
            ("quay_organization", json!({ "name": "acme" })),
            ("quay_repository", json!({ "namespace": "acme", "name": "app" })),
            ("quay_repositories", json!({ "namespace": "acme" })),
        ];
        for (kind, asked) in reads {
            let said = read(&command, kind, asked).await.expect_err(kind);
            says(&world, &said, &["the token is wrong, has expired or was revoked"]);
        }
        // Gone behind its back, it is not said to be gone either.
        edit(&world, json!({ "quay": { "repositories": { "acme/other": null } } }));
        let others = command.core.list("quay_repository", json!({ "namespace": "acme" })).await;
        says(&world, &others.unwrap_err(), &["the token is wrong"]);
    }
}

/// Addresses are unique between users, and between a user and a new organization; not between organizations, and not when they change.
#[tokio::test]
async fn an_address_that_is_taken_is_not_a_name_that_is() {
    let world = world(&[("quay_organization", json!({ "name": "beta", "email": "team@example.com" }))]).await;
    let command = world.command().await;
    let bob = world.simulator.dump()["quay"]["users"]["bob"]["email"].as_str().unwrap_or_default().to_owned();
    let taken = json!({ "name": "acme", "email": bob });
    let said = command.core.run("quay_organization", None, taken.clone()).await;
    says(&world, &said.diagnostics, &["Email has already been used", "organization acme"]);
    let all = text(&said.diagnostics);
    assert!(!all.contains("terraform import"), "{all}");
    assert!(said.instance.is_none());
    let at = |d: &terraform_framework::Diagnostic| {
        d.path.as_ref().is_some_and(|path| path.root_attribute() == Some("email"))
    };
    assert!(said.diagnostics.0.iter().any(at), "{all}");
    let user = json!({ "username": "dave", "email": bob });
    let said = command.core.run("quay_user", None, user).await;
    says(&world, &said.diagnostics, &["Every user has an e-mail address of its own"]);
    assert!(!text(&said.diagnostics).contains("terraform import"));
    // That of another organization may be used.
    let shared = json!({ "name": "acme", "email": "team@example.com" });
    let made = command.core.run("quay_organization", None, shared.clone()).await.unwrap();
    command.is_settled(&made, shared).await.unwrap();
}

/// Quay's next page may be ignored by a server, or lost: it is not asked for without end.
#[tokio::test]
async fn a_list_whose_next_page_is_the_first_one_ends() {
    let world = world(&[acme(), app()]).await;
    let page = json!({ "repositories": [{ "namespace": "acme", "name": "app", "description": "", "is_public": false, "kind": "image",
        "state": "NORMAL", "is_starred": false }], "next_page": "gAAAAA-the-same-again" });
    world.simulator.fault(Fault::once("GET", "/api/v1/repository", Does::answer(200, &page.to_string())).times(50));
    let command = world.command().await;
    let listed = command.core.list("quay_repository", json!({ "namespace": "acme" })).await;
    assert!(listed.is_err() || listed.is_ok_and(|found| found.len() <= 2));
    assert!(world.simulator.requests().of_method("GET") < 50, "it ended by itself");
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

/// A registry that mirrors others takes no repositories of its own, nor a cache.
#[tokio::test]
async fn what_an_organization_that_is_a_mirror_refuses_is_said() {
    let mirror = json!({ "organization": "acme", "external_registry_type": "quay", "external_namespace": "library",
        "external_registry_url": "https://registry.example.com", "robot_username": "acme+ci", "sync_interval": 3600 });
    let world = world(&[acme(), ci(), ("quay_org_mirror", mirror.clone())]).await;
    refused(&world, "quay_repository", app().1, &["Cannot create repository acme/app", "400", "mirror"]).await;
    let cache = json!({ "organization": "acme", "upstream_registry": "quay.io" });
    refused(&world, "quay_org_proxy_cache", cache, &["the proxy cache of organization acme", "400", "mirror"]).await;
    // A second one is answered by 400, not by 409.
    refused(&world, "quay_org_mirror", mirror, &["exists already", "terraform import quay_org_mirror.NAME 'acme'"])
        .await;
}
