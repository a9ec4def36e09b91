//! Organizations and proxy caches: names and addresses that are taken, what servers do not offer, and what is refused.

use registry_simulator::{Action as Does, Fault, Options};
use serde_json::{Value as Json, json};
use terraform_framework::Path;

use super::releases::{acme_with_address, of_release};
use super::{acme, app, devs, refused, world};
use crate::bad_input::says;
use crate::core::{Action, Instance, UNKNOWN, text};
use crate::world::inspect::{apply, edit, held};
use crate::world::{Service, Through, World, merged};

#[tokio::test]
async fn a_tag_expiration_that_the_server_does_not_offer_is_refused_with_the_choices() {
    let world = World::new(Service::Quay, Through::Calls);
    let config = json!({ "name": "acme", "tag_expiration_s": 12_345 });
    let refused = world.command().await.core.run("quay_organization", None, config.clone()).await;
    assert!(refused.instance.is_none());
    let said = text(&refused.diagnostics);
    assert!(said.contains("12345") && said.contains("86400 (1d)") && said.contains("TAG_EXPIRATION_OPTIONS"), "{said}");
    let at = |d: &terraform_framework::Diagnostic| d.path == Some(Path::attribute("tag_expiration_s"));
    assert!(refused.diagnostics.0.iter().any(at), "{said}");
    assert_eq!(world.simulator.dump()["quay"]["organizations"], json!({}), "nothing was sent");
    // The server's own choices count, not a list of ours.
    world.simulator.edit(json!({ "quay": { "config": { "TAG_EXPIRATION_OPTIONS": ["12345s"] } } })).unwrap();
    world.command().await.core.run("quay_organization", None, config).await.unwrap();
}

fn email(instance: &Instance) -> Option<&str> {
    instance.state.attribute("email").and_then(|email| email.as_str())
}

#[tokio::test]
async fn an_organization_without_an_address_has_none_on_old_servers_either() {
    let world = of_release("3.17", &["FEATURE_MAILING"], &[]).await;
    let command = world.command().await;
    for name in ["acme", "other"] {
        let none = json!({ "name": name });
        let some = merged(none.clone(), json!({ "email": format!("{name}@example.com") }));
        let mut made = None;
        for (config, address) in [
            (&none, ""),
            (&some, some["email"].as_str().unwrap()),
            (&none, ""),
            (&some, some["email"].as_str().unwrap()),
        ] {
            let applied = command.apply("quay_organization", made.as_ref(), Some(config.clone())).await;
            assert!(!applied.diagnostics.has_errors(), "{name}: {}", text(&applied.diagnostics));
            let instance = applied.instance.unwrap();
            assert_eq!(email(&instance), Some(address));
            command.is_settled(&instance, config.clone()).await.unwrap();
            made = Some(instance);
        }
        // It stays without one for the next one of these.
        let last = command.apply("quay_organization", made.as_ref(), Some(none.clone())).await.unwrap();
        let imported = command.core.import("quay_organization", name, None).await.unwrap();
        assert_eq!((email(&last), email(&imported)), (Some(""), Some("")));
    }
    let listed = command.core.read_data("quay_organizations", json!({})).await.unwrap();
    assert!(!format!("{listed:?}").contains("-4"), "what stands for an address is shown nowhere: {listed:?}");
}

#[tokio::test]
async fn an_old_server_that_demands_an_address_is_explained() {
    let world = of_release("3.17", &[], &[]).await;
    let said = world.command().await.apply("quay_organization", None, Some(json!({ "name": "acme" }))).await;
    says(&world, &said.diagnostics, &["Email address is required", "Before Quay 3.18", "FEATURE_MAILING"]);
    assert!(said.instance.is_none());
}

#[tokio::test]
async fn a_proxy_cache_that_is_validated_can_be_changed() {
    let world = of_release("3.18", &[], &[acme_with_address()]).await;
    let kind = "quay_org_proxy_cache";
    let cache = |more: Json| {
        merged(
            json!({ "organization": "acme", "upstream_registry": "registry.example.com", "validate_when_planned": true }),
            more,
        )
    };
    let command = world.command().await;
    let made = command.apply(kind, None, Some(cache(json!({})))).await.unwrap();
    for more in [json!({ "expiration_s": 60 }), json!({ "upstream_registry": "registry.example.com/library" })] {
        let plan = command.plan(kind, Some(&made), cache(more)).await.unwrap();
        assert_eq!(plan.action, Action::Update);
    }
}

#[tokio::test]
async fn an_upstream_is_validated_only_when_it_is_wished_and_the_plan_stays_the_same() {
    let world = world(&[acme()]).await;
    let kind = "quay_org_proxy_cache";
    let config = |registry: &str, password: &str, validated: bool| {
        json!({ "organization": "acme", "upstream_registry": registry, "upstream_registry_username": "puller",
            "upstream_registry_password_wo": password, "upstream_registry_password_wo_version": 1,
            "validate_when_planned": validated })
    };
    let right = "not-a-secret-in-an-example";
    let command = world.command().await;
    let planned = |config: Json| command.plan(kind, None, config);
    let good = planned(config("registry.example.com/library", right, true)).await.unwrap();
    assert_eq!(good.action, Action::Create);
    let refused = text(&planned(config("registry.example.com", "wrong-password", true)).await.unwrap_err());
    assert!(refused.contains("upstream_registry") && refused.contains("Failed login"), "{refused}");
    assert!(!refused.contains("wrong-password"));
    assert!(planned(config("registry.example.com", "wrong-password", false)).await.is_ok());
    // An organization that is not there yet, and values that are not known, are no failures.
    let mut early = config("registry.example.com", "wrong-password", true);
    early["organization"] = json!("acme2");
    assert!(planned(early).await.is_ok());
    assert!(planned(config(UNKNOWN, "wrong-password", true)).await.is_ok());
}

#[tokio::test]
async fn an_organization_is_one_proxy_cache_at_most() {
    let world = world(&[acme()]).await;
    let kind = "quay_org_proxy_cache";
    let config = json!({ "organization": "acme", "upstream_registry": "quay.io" });
    apply(&world, kind, None, config.clone()).await.unwrap();
    let refused = apply(&world, kind, None, config).await.unwrap_err();
    assert!(refused.contains("terraform import quay_org_proxy_cache.NAME 'acme'"), "{refused}");
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

/// Quay would turn the user into an organization.
#[tokio::test]
async fn a_user_whose_ownership_is_taken_stays_a_user() {
    let world = world(&[]).await;
    let before = held(&world);
    let said = world.command().await.core.invoke("quay_take_ownership", json!({ "organization": "bob" })).await;
    says(&world, &said.unwrap_err(), &["bob is a user, not an organization", "Nothing was changed"]);
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

/// Who is no member, Quay removes with success; what is done is said.
#[tokio::test]
async fn who_is_in_no_team_is_removed_from_an_organization_without_an_error() {
    let world = world(&[acme(), devs()]).await;
    let asked = json!({ "organization": "acme", "username": "bob" });
    let told = world.command().await.core.invoke("quay_remove_organization_member", asked).await.unwrap();
    assert!(told.concat().contains("bob (was in no team)"), "{told:?}");
}

/// Quay has no unique key for it, and looks only before it makes it.
#[tokio::test]
async fn an_organization_is_never_made_a_cache_twice() {
    let world = world(&[acme(), app()]).await;
    let command = world.command().await;
    let config = json!({ "organization": "acme", "upstream_registry": "docker.io" });
    world.simulator.fault(Fault::once("POST", "*/organization/acme/proxycache", Does::Late { status: 502, after: 3 }));
    world.simulator.reset_requests();
    let made = command.apply("quay_org_proxy_cache", None, Some(config.clone())).await.unwrap();
    let counted = world.simulator.requests();
    assert_eq!(counted.of_method("POST"), 1, "{counted:?}");
    command.is_settled(&made, config).await.unwrap();
    command.end();
}
