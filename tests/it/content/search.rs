//! Finding users, repositories and everything.

use container_registries::framework::value::Value;
use serde_json::{Value as Json, json};

use crate::bad_input::says;
use crate::promises::{acme, edit, own_account::own, read, world};
use crate::world::{Command, World};

fn texts(found: &Value, list: &str, name: &str) -> Vec<String> {
    let items = found.attribute(list).and_then(Value::as_list).expect("a list");
    items.iter().map(|item| item.attribute(name).and_then(Value::as_str).expect("a text").to_owned()).collect()
}

fn truncated(found: &Value) -> bool {
    found.attribute("truncated") == Some(&Value::Bool(true))
}

async fn refused(world: &World, command: &Command<'_>, name: &str, asked: Json, words: &[&str]) {
    says(world, &read(command, name, asked).await.unwrap_err(), words);
}

#[tokio::test]
async fn a_user_is_found_and_an_organization_is_none() {
    let world = world(&[acme()]).await;
    let command = world.command().await;
    let shown = async |command: &Command<'_>, name: &str| {
        let found = read(command, "quay_user", json!({ "username": name })).await.unwrap();
        found.attribute("super_user").cloned()
    };
    assert_eq!(shown(&command, "admin").await, Some(Value::Bool(true)));
    assert_eq!(shown(&command, "bob").await, Some(Value::Bool(false)));
    assert_eq!(shown(&world.command_with(own("alice", &world)).await, "bob").await, Some(Value::Null));
    for name in ["acme", "nosuch"] {
        refused(&world, &command, "quay_user", json!({ "username": name }), &["There is no user"]).await;
    }
}

#[tokio::test]
async fn names_are_completed_and_a_cut_is_said() {
    let robot = |name: &str| ("quay_robot", json!({ "namespace": "acme", "name": name }));
    let team = ("quay_team", json!({ "organization": "acme", "name": "bots", "role": "member" }));
    let world = world(&[acme(), robot("bobbin"), robot("ci"), team]).await;
    let command = world.command().await;
    let asked = json!({ "prefix": "bo", "namespace": "acme", "include_teams": true });
    let found = read(&command, "quay_entities", asked).await.unwrap();
    let mut names = texts(&found, "entities", "name");
    names.sort();
    assert_eq!(
        (names, truncated(&found)),
        (vec!["acme+bobbin".to_owned(), "bob".to_owned(), "bots".to_owned()], false)
    );
    assert!(texts(&found, "entities", "kind").contains(&"robot".to_owned()));
    let nobody = read(&command, "quay_entities", json!({ "prefix": "zz" })).await.unwrap();
    assert!(texts(&nobody, "entities", "name").is_empty() && !truncated(&nobody));
    let asked = json!({ "prefix": "zz", "namespace": "nosuch" });
    refused(&world, &command, "quay_entities", asked, &["Unknown namespace"]).await;
    let users: serde_json::Map<String, Json> =
        (0..12).map(|n| (format!("many{n}"), world.simulator.dump()["quay"]["users"]["bob"].clone())).collect();
    edit(&world, json!({ "quay": { "users": users } }));
    let many = read(&command, "quay_entities", json!({ "prefix": "many" })).await.unwrap();
    assert_eq!((texts(&many, "entities", "name").len(), truncated(&many)), (10, true));
}

/// Users of these names.
fn known(world: &World, names: impl IntoIterator<Item = String>) {
    let bob = &world.simulator.dump()["quay"]["users"]["bob"];
    let users: serde_json::Map<String, Json> = names.into_iter().map(|name| (name, bob.clone())).collect();
    edit(world, json!({ "quay": { "users": users } }));
}

#[tokio::test]
async fn one_less_is_shown_where_a_name_fits_exactly_and_the_cut_is_said() {
    let world = world(&[acme()]).await;
    let command = world.command().await;
    let shown = async |prefix: &str, namespace: Json| {
        let asked = json!({ "prefix": prefix, "namespace": namespace });
        let found = read(&command, "quay_entities", asked).await.unwrap();
        (texts(&found, "entities", "name").len(), truncated(&found))
    };
    known(&world, (1..=8).map(|n| format!("dev{n}")));
    assert_eq!(shown("dev", Json::Null).await, (8, false));
    known(&world, ["dev".to_owned(), "dev9".to_owned()]);
    for prefix in ["dev", "De v"] {
        assert_eq!(shown(prefix, Json::Null).await, (9, true));
    }
    // With the exact name a robot account is found that only begins so.
    known(&world, (1..=9).map(|n| format!("ops{n}")));
    assert_eq!(shown("ops", Json::Null).await, (9, false));
    command.core.run("quay_robot", None, json!({ "namespace": "acme", "name": "opsbot" })).await.unwrap();
    assert_eq!(shown("ops", json!("acme")).await, (9, true));
}

#[tokio::test]
async fn a_cut_among_the_users_of_the_directory_is_said_although_some_of_them_are_known() {
    let world = world(&[acme()]).await;
    let command = world.command().await;
    let directory: Vec<String> = (10..30).map(|n| format!("dev{n}")).collect();
    edit(&world, json!({ "quay": { "directory_users": directory[..9], "config": { "AUTHENTICATION_TYPE": "LDAP" } } }));
    known(&world, directory[..4].to_vec());
    let shown = async || {
        let found = read(&command, "quay_entities", json!({ "prefix": "dev" })).await.unwrap();
        let kinds = texts(&found, "entities", "kind");
        let count = |kind: &str| kinds.iter().filter(|known| *known == kind).count();
        (count("user"), count("external"), truncated(&found))
    };
    assert_eq!(shown().await, (4, 5, false));
    edit(&world, json!({ "quay": { "directory_users": directory } }));
    assert_eq!(shown().await, (4, 6, true));
}

#[tokio::test]
async fn a_search_for_repositories_goes_to_the_end_or_to_its_limit() {
    let world = world(&[acme()]).await;
    let repository = |n: usize| {
        json!({ "number": 1000 + n, "description": "d", "is_public": n == 0, "state": "NORMAL", "status_token": "", "users": {},
            "teams": {} })
    };
    let fill = |count: usize| {
        let many: serde_json::Map<String, Json> = (0..count).map(|n| (format!("acme/app{n}"), repository(n))).collect();
        edit(&world, json!({ "quay": { "repositories": many } }));
    };
    let command = world.command().await;
    let found = async |more: Json| {
        let mut asked = json!({ "query": "app" });
        asked.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        let found = read(&command, "quay_repository_search", asked).await.unwrap();
        (texts(&found, "repositories", "name").len(), truncated(&found))
    };
    assert_eq!(found(json!({})).await, (0, false));
    fill(25);
    assert_eq!(found(json!({})).await, (25, false));
    assert_eq!(found(json!({ "limit": 25 })).await, (25, false));
    assert_eq!(found(json!({ "limit": 24 })).await, (24, true));
    // Quay shows ten pages, and then the tenth again.
    fill(120);
    assert_eq!(found(json!({ "limit": 1000 })).await, (100, true));
    let alice = world.command_with(own("alice", &world)).await;
    let public = read(&alice, "quay_repository_search", json!({ "query": "acme/app" })).await.unwrap();
    assert_eq!(texts(&public, "repositories", "name"), ["app0"]);
}

#[tokio::test]
async fn everything_is_searched_and_a_cut_is_said() {
    let repository = |name: &str| ("quay_repository", json!({ "namespace": "acme", "name": name }));
    let world = world(&[acme(), repository("acorn"), repository("other")]).await;
    let command = world.command().await;
    let found = read(&command, "quay_search", json!({ "query": "ac" })).await.unwrap();
    assert_eq!(texts(&found, "results", "name"), ["acorn", "acme"]);
    assert_eq!(texts(&found, "results", "kind"), ["repository", "organization"]);
    assert!(texts(&found, "results", "url")[0].ends_with("/repository/acme/acorn") && !truncated(&found));
    let nothing = read(&command, "quay_search", json!({ "query": "zzz" })).await.unwrap();
    assert!(texts(&nothing, "results", "name").is_empty() && !truncated(&nothing));
}

#[tokio::test]
async fn a_search_for_everything_shows_five_of_each_sort_and_says_so() {
    let repository = |name: &'static str| ("quay_repository", json!({ "namespace": "acme", "name": name }));
    let four = ["pay1", "pay2", "pay3", "pay4"].map(repository);
    let world = world(&[&[acme()], &four[..]].concat()).await;
    let command = world.command().await;
    let found = async |query: &str| {
        let found = read(&command, "quay_search", json!({ "query": query })).await.unwrap();
        (texts(&found, "results", "name").len(), truncated(&found))
    };
    assert_eq!(found("pay").await, (4, false));
    for name in ["pay5", "pay6"] {
        command.core.run("quay_repository", None, repository(name).1).await.unwrap();
        assert_eq!(found("pay").await, (5, true));
    }
    // Each sort is counted by itself.
    for name in ["robot1", "robot2", "robot3", "robot4"] {
        command.core.run("quay_robot", None, json!({ "namespace": "acme", "name": name })).await.unwrap();
    }
    assert_eq!(found("robot").await, (4, false));
    command.core.run("quay_robot", None, json!({ "namespace": "acme", "name": "robot5" })).await.unwrap();
    assert_eq!(found("robot").await, (5, true));
}

#[tokio::test]
async fn a_user_of_the_directory_becomes_known() {
    let world = world(&[acme()]).await;
    let command = world.command().await;
    let link = async |name: &str| command.core.invoke("quay_link_directory_user", json!({ "username": name })).await;
    edit(&world, json!({ "quay": { "directory_users": ["grace"], "config": { "AUTHENTICATION_TYPE": "Database" } } }));
    says(&world, &link("grace").await.unwrap_err(), &["no directory"]);
    edit(&world, json!({ "quay": { "config": { "AUTHENTICATION_TYPE": "LDAP" } } }));
    says(&world, &link("nosuch").await.unwrap_err(), &["Username not found"]);
    let outside = read(&command, "quay_entities", json!({ "prefix": "gra" })).await.unwrap();
    assert_eq!(texts(&outside, "entities", "kind"), ["external"]);
    link("grace").await.unwrap();
    let known = read(&command, "quay_entities", json!({ "prefix": "gra" })).await.unwrap();
    assert_eq!(texts(&known, "entities", "kind"), ["user"]);
}

#[tokio::test]
async fn a_user_of_the_directory_may_have_a_name_that_quay_does_not_take() {
    let world = world(&[acme()]).await;
    let command = world.command().await;
    let names = ["Alice.Smith", "alice@corp.example", "alice smith", "Ö"];
    edit(&world, json!({ "quay": { "directory_users": names, "config": { "AUTHENTICATION_TYPE": "LDAP" } } }));
    let outside = read(&command, "quay_entities", json!({ "prefix": "ali" })).await.unwrap();
    // Somebody is called alice here already.
    assert_eq!(texts(&outside, "entities", "name")[1..], names[..3]);
    let link = async |name: &str| command.core.invoke("quay_link_directory_user", json!({ "username": name })).await;
    for (name, made) in [
        ("Alice.Smith", "alice_smith"),
        ("alice@corp.example", "alice_corp_example"),
        // Now somebody else is called so.
        ("alice smith", "alice_smith0"),
        ("Ö", "00"),
    ] {
        for _ in 0..2 {
            assert!(link(name).await.unwrap().concat().contains(&format!("known to Quay as {made}.")), "{name}");
        }
        let user = world.simulator.dump()["quay"]["users"][made].clone();
        assert_eq!(user["directory_name"], name);
    }
    let inside = read(&command, "quay_entities", json!({ "prefix": "ali" })).await.unwrap();
    assert!(!texts(&inside, "entities", "kind").contains(&"external".to_owned()));
    for name in ["", "..", "a/b", "a\nb", &"a".repeat(256)] {
        says(&world, &link(name).await.unwrap_err(), &["username"]);
    }
}
