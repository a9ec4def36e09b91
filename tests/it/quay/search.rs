//! Finding users, repositories and everything.

use registry_simulator::NewImage;
use serde_json::{Value as Json, json};
use terraform_framework::value::Value;

use super::users::own_account::own;
use super::{acme, world};
use crate::bad_input::says;
use crate::world::inspect::{edit, read};
use crate::world::{Command, World, merged};

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
    // By kind, whatever order the server has.
    assert_eq!(texts(&found, "entities", "kind"), ["robot", "team", "user"]);
    assert_eq!(
        (texts(&found, "entities", "name"), truncated(&found)),
        (vec!["acme+bobbin".to_owned(), "bots".to_owned(), "bob".to_owned()], false)
    );
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

/// Repositories of acme, of which one is public.
fn filled(world: &World, name: &str, numbers: std::ops::Range<usize>, public: usize) {
    let repository = |n: usize| {
        json!({ "number": 1000 + n, "description": "d", "is_public": n == public, "state": "NORMAL", "status_token": "",
            "users": { "admin": "admin" }, "teams": {} })
    };
    let many: serde_json::Map<String, Json> = numbers.map(|n| (format!("acme/{name}{n}"), repository(n))).collect();
    edit(world, json!({ "quay": { "repositories": many } }));
}

async fn named(command: &Command<'_>, query: &str) -> Vec<String> {
    let found = read(command, "quay_repository_search", json!({ "query": query })).await.unwrap();
    let (owners, names) = (texts(&found, "repositories", "namespace"), texts(&found, "repositories", "name"));
    owners.iter().zip(names).map(|(owner, name)| format!("{owner}/{name}")).collect()
}

/// The server looks at 220 for the first page, and at 100 in a search for everything, and is silent about the rest.
#[tokio::test]
async fn a_search_misses_what_stands_behind_much_that_may_not_be_seen() {
    let world = world(&[acme()]).await;
    let alice = world.command_with(own("alice", &world)).await;
    let found = async || {
        let repositories = read(&alice, "quay_repository_search", json!({ "query": "app" })).await.unwrap();
        let all = read(&alice, "quay_search", json!({ "query": "app" })).await.unwrap();
        assert!(!truncated(&repositories) && !truncated(&all));
        (texts(&repositories, "repositories", "name").len(), texts(&all, "results", "name").len())
    };
    filled(&world, "app", 0..221, 99);
    assert_eq!(found().await, (1, 1));
    filled(&world, "app", 0..221, 100);
    assert_eq!(found().await, (1, 0));
    filled(&world, "app", 0..221, 220);
    assert_eq!(found().await, (0, 0));
    // Nor does it find what nobody has a permission for.
    edit(&world, json!({ "quay": { "repositories": { "acme/app0": { "is_public": true } } } }));
    assert_eq!(found().await, (1, 1));
    edit(&world, json!({ "quay": { "repositories": { "acme/app0": { "users": { "admin": null } } } } }));
    assert_eq!(found().await, (0, 0));
}

#[tokio::test]
async fn a_namespace_is_searched_by_its_whole_name_and_not_before_3_13() {
    let repository = |name: &str| ("quay_repository", json!({ "namespace": "acme", "name": name }));
    let world = world(&[acme(), repository("ledger"), repository("team/ledger")]).await;
    let command = world.command().await;
    let both = ["acme/ledger", "acme/team/ledger"];
    assert_eq!(named(&command, "ledge").await, both);
    assert_eq!(named(&command, "acme/ledge").await, both);
    assert_eq!(named(&command, "/ledge").await, both);
    assert_eq!(named(&command, "acme/").await, both);
    for nowhere in ["acm/ledge", "cme/ledger", "team/ledger"] {
        assert!(named(&command, nowhere).await.is_empty(), "{nowhere}");
    }
    edit(&world, json!({ "quay": { "release": "3.12" } }));
    assert_eq!(named(&command, "ledge").await, both);
    assert_eq!(named(&command, "team/ledger").await, both[1..]);
    assert!(named(&command, "acme/ledger").await.is_empty());
}

#[tokio::test]
async fn the_use_of_repositories_is_told_when_it_is_asked_for() {
    let repository = |name: &str| ("quay_repository", json!({ "namespace": "acme", "name": name }));
    let world = world(&[acme(), repository("quiet"), repository("quick")]).await;
    world.push(&[NewImage {
        repository: "acme/quick".into(),
        tags: vec!["v1".into()],
        content: "x".into(),
        ..NewImage::default()
    }]);
    let command = world.command().await;
    command
        .core
        .run("quay_starred_repository", None, json!({ "namespace": "acme", "repository": "quick" }))
        .await
        .unwrap();
    // What was done today is not counted yet, nor what was done longer than a week ago.
    let days = ["2026-11-12", "2026-11-15", "2026-11-18", "2026-11-19", "2026-11-20"];
    let logs = days.map(|day| {
        json!({ "kind": "push_repo", "time": format!("{day}T10:00:00Z"), "namespace": "acme", "repository": "quick",
            "performer": "admin", "metadata": {} })
    });
    let tag = json!({ "acme/quick": { "tags": { "v1": { "start_ms": 1_795_183_552_999_i64 } } } });
    edit(&world, json!({ "quay": { "logs": logs, "clock": "2026-11-20T12:00:00Z", "repositories": tag } }));
    let use_of = async |more: Json| {
        let asked = merged(json!({ "query": "qui" }), more);
        let found = read(&command, "quay_repository_search", asked).await.unwrap();
        let items = found.attribute("repositories").and_then(Value::as_list).expect("a list").to_vec();
        let told = |item: &Value| {
            ["name", "last_modified", "stars", "popularity"].map(|name| item.attribute(name).cloned().unwrap())
        };
        items.iter().map(told).collect::<Vec<_>>()
    };
    let (quick, quiet, null) = (Value::from("quick"), Value::from("quiet"), Value::Null);
    // The most popular comes first.
    assert_eq!(
        use_of(json!({ "include_usage": true })).await,
        [
            [quick.clone(), Value::from("2026-11-20T14:05:52Z"), Value::from(1), Value::from(3)],
            [quiet.clone(), null.clone(), Value::from(0), Value::from(0)],
        ]
    );
    let bare = |name: Value| [name, null.clone(), null.clone(), null.clone()];
    assert_eq!(use_of(json!({})).await, [bare(quick), bare(quiet)]);
}

#[tokio::test]
async fn a_search_for_repositories_goes_to_the_end_or_to_its_limit() {
    let world = world(&[acme()]).await;
    let fill = |count: usize| filled(&world, "app", 0..count, 0);
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
    let four = ["pay2", "pay4", "pay1", "pay3"].map(repository);
    let world = world(&[&[acme()], &four[..]].concat()).await;
    let command = world.command().await;
    let found = async |query: &str| {
        let found = read(&command, "quay_search", json!({ "query": query })).await.unwrap();
        (texts(&found, "results", "name").len(), truncated(&found))
    };
    assert_eq!(found("pay").await, (4, false));
    // Those that fit equally well by name, in whatever order they were made.
    let all = read(&command, "quay_search", json!({ "query": "pay" })).await.unwrap();
    assert_eq!(texts(&all, "results", "name"), ["pay1", "pay2", "pay3", "pay4"]);
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
    assert_eq!(texts(&outside, "entities", "name"), ["Alice.Smith", "alice smith", "alice@corp.example", "alice"]);
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
