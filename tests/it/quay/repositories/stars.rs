//! Stars.

use serde_json::{Value as Json, json};

use crate::bad_input::says;
use crate::quay::users::own_account::own;
use crate::quay::{acme, world};
use crate::world::inspect::edit;

const KIND: &str = "quay_starred_repository";

fn repository(name: &str) -> (&'static str, Json) {
    ("quay_repository", json!({ "namespace": "acme", "name": name }))
}

fn star(name: &str) -> Json {
    json!({ "namespace": "acme", "repository": name })
}

#[tokio::test]
async fn a_star_needs_a_repository_and_is_its_users_alone() {
    let world = world(&[acme(), repository("app")]).await;
    let command = world.command().await;
    let said = command.core.run(KIND, None, star("nosuch")).await.diagnostics;
    says(&world, &said, &["There is no repository acme/nosuch"]);
    let made = command.core.run(KIND, None, star("app")).await.unwrap();
    drop(command);
    let stars = || world.simulator.dump()["quay"]["repositories"]["acme/app"]["stars"].clone();
    assert_eq!(stars(), json!(["admin"]));
    // Another user's token shows no star of the first one's: that says nothing.
    let said = world.command_with(own("alice", &world)).await.refresh(&made).await.unwrap_err();
    says(&world, &said, &["belongs to user admin"]);
    let gone = world.command_with(own("alice", &world)).await.apply(KIND, Some(&made), None).await;
    says(&world, &gone.diagnostics, &["belongs to user admin"]);
    assert_eq!(stars(), json!(["admin"]));
    let said = world.command().await.core.run(KIND, None, star("app")).await.diagnostics;
    says(&world, &said, &["exists already", "terraform import quay_starred_repository.NAME 'acme/app'"]);
    // The repository goes, and the star with it.
    edit(&world, json!({ "quay": { "repositories": { "acme/app": null } } }));
    assert!(world.command().await.refresh(&made).await.unwrap().is_none());
}

#[tokio::test]
async fn a_star_behind_the_first_page_is_there() {
    let world = world(&[acme()]).await;
    let repository = |n: usize| {
        json!({ "number": 1000 + n, "description": "", "is_public": false, "state": "NORMAL", "status_token": "", "users": {},
            "teams": {}, "stars": if n == 249 { json!([]) } else { json!(["admin"]) } })
    };
    let many: serde_json::Map<String, Json> = (0..250).map(|n| (format!("acme/app{n}"), repository(n))).collect();
    edit(&world, json!({ "quay": { "repositories": many } }));
    let command = world.command().await;
    let made = command.core.run(KIND, None, star("app249")).await.unwrap();
    assert!(world.command().await.refresh(&made).await.unwrap().is_some());
    // As many as are asked for.
    assert_eq!(command.core.list(KIND, json!({})).await.unwrap().len(), 100);
}
