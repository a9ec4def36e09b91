//! Many objects of each kind are read by few requests: a table of all that Quay's API can list, and why the rest is not in it.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use crate::core::Instance;
use crate::world::{Service, Through, World, table};

/// So many are made of each kind.
const MANY: usize = 20;

/// Many resources of a kind.
struct Row {
    kind: &'static str,
    /// What must be there first.
    before: Vec<(&'static str, Json)>,
    /// The configuration of one of them.
    config: fn(usize) -> Json,
    /// Whether images are there.
    pushed: bool,
    /// What else is there, as a merge patch of the simulator's state.
    there: Json,
    /// Requests that a refresh of all of them takes.
    requests: u64,
}

/// Kinds of which no list answers several reads, and why.
const ALONE: &[(&str, &str)] = &[
    ("quay_org_mirror", "an organization has one"),
    ("quay_org_proxy_cache", "an organization has one"),
    ("quay_organization", "the list of all organizations lacks most of what it manages"),
    ("quay_repository_mirror", "a repository has one"),
    ("quay_repository_permissions", "a repository has one set"),
    ("quay_robot_federation", "a robot has one"),
    ("quay_team_members", "a team has one set"),
    ("quay_team_sync", "a team has one"),
    ("quay_user_settings", "there is one"),
];

fn row(kind: &'static str, requests: u64, config: fn(usize) -> Json) -> Row {
    Row { kind, before: Vec::new(), config, pushed: false, there: json!({}), requests }
}

impl Row {
    fn in_acme(self, before: impl IntoIterator<Item = (&'static str, Json)>) -> Self {
        let acme = ("quay_organization", json!({ "name": "acme" }));
        Self { before: std::iter::once(acme).chain(before).collect(), ..self }
    }

    fn after(self, before: impl IntoIterator<Item = (&'static str, Json)>) -> Self {
        Self { before: before.into_iter().collect(), ..self }
    }
}

fn app() -> (&'static str, Json) {
    ("quay_repository", json!({ "namespace": "acme", "name": "app" }))
}

fn devs() -> (&'static str, Json) {
    ("quay_team", json!({ "organization": "acme", "name": "devs", "role": "member" }))
}

fn board() -> (&'static str, Json) {
    ("quay_oauth_application", json!({ "organization": "acme", "name": "Board" }))
}

fn robots() -> impl Iterator<Item = (&'static str, Json)> {
    (0..MANY).map(|n| ("quay_robot", json!({ "namespace": "acme", "name": format!("r{n}") })))
}

fn users() -> impl Iterator<Item = (&'static str, Json)> {
    (0..MANY).map(|n| ("quay_user", user(n)))
}

fn organizations() -> impl Iterator<Item = (&'static str, Json)> {
    (0..MANY).map(|n| ("quay_organization", json!({ "name": format!("org{n}") })))
}

fn user(n: usize) -> Json {
    json!({ "username": format!("user{n}"), "email": format!("user{n}@example.com") })
}

fn table() -> Vec<Row> {
    [credentials(), namespaces(), access(), policies(), notifications(), administration(), images()]
        .into_iter()
        .flatten()
        .collect()
}

fn credentials() -> Vec<Row> {
    vec![
        // One of the three asks for the token's own user, whose robots have routes of their own.
        row("quay_robot", 3, |n| json!({ "namespace": "acme", "name": format!("r{n}"), "description": "d" })).in_acme([]),
        row("quay_robot", 3, |n| json!({ "namespace": "admin", "name": format!("r{n}") })),
        row("quay_app_token", 3, |n| json!({ "title": format!("t{n}"), "store_token": true })),
        row("quay_oauth_application", 2, |n| json!({ "organization": "acme", "name": format!("app {n}") })).in_acme([]),
        row("quay_oauth_application_token", 1, |n| {
            json!({ "organization": "acme", "client_id": "${client}", "name": format!("t{n}"), "scopes": ["repo:read"] })
        })
        .in_acme([board()]),
        row("quay_service_key", 2, |n| json!({ "service": "scanner", "name": format!("key {n}") })),
    ]
}

fn namespaces() -> Vec<Row> {
    vec![
        // One of the two asks for the token's own user.
        row("quay_starred_repository", 2, |n| json!({ "namespace": "acme", "repository": format!("app{n}") }))
            .in_acme((0..MANY).map(|n| ("quay_repository", json!({ "namespace": "acme", "name": format!("app{n}") })))),
        row("quay_repository", 2, |n| json!({ "namespace": "acme", "name": format!("app{n}"), "description": "d" }))
            .in_acme([]),
        row("quay_team", 1, |n| json!({ "organization": "acme", "name": format!("team{n}"), "role": "member" }))
            .in_acme([]),
        row("quay_org_quota", 2, |n| {
            json!({ "organization": format!("org{n}"), "limit": "10 GiB",
                "limits": [{ "type": "Warning", "threshold_percent": 50 }] })
        })
        .after(organizations()),
    ]
}

fn access() -> Vec<Row> {
    vec![
        row(
            "quay_default_permission",
            1,
            |n| json!({ "organization": "acme", "robot": format!("acme+r{n}"), "role": "read" }),
        )
        .in_acme(robots()),
        row(
            "quay_repository_permission",
            2,
            |n| json!({ "namespace": "acme", "repository": "app", "robot": format!("acme+r{n}"), "role": "read" }),
        )
        .in_acme(std::iter::once(app()).chain(robots())),
        row(
            "quay_team_member",
            2,
            |n| json!({ "organization": "acme", "team": "devs", "member": format!("acme+r{n}") }),
        )
        .in_acme(std::iter::once(devs()).chain(robots())),
        row(
            "quay_team_invitation",
            2,
            |n| json!({ "organization": "acme", "team": "devs", "email": format!("x{n}@example.com") }),
        )
        .in_acme([devs()]),
    ]
}

fn policies() -> Vec<Row> {
    vec![
        row("quay_org_auto_prune_policy", 2, |n| {
            json!({ "organization": "acme", "method": "number_of_tags", "value": "10", "tag_pattern": format!("^v{n}$") })
        })
        .in_acme([]),
        row("quay_repository_auto_prune_policy", 2, |n| {
            json!({ "namespace": "acme", "repository": "app", "method": "number_of_tags", "value": "10",
                "tag_pattern": format!("^v{n}$") })
        })
        .in_acme([app()]),
        row("quay_user_auto_prune_policy", 3, |n| {
            json!({ "user": "admin", "method": "number_of_tags", "value": "10", "tag_pattern": format!("^v{n}$") })
        }),
        row("quay_org_immutability_policy", 2, |n| json!({ "organization": "acme", "tag_pattern": format!("^v{n}$") }))
            .in_acme([]),
        row("quay_repository_immutability_policy", 2, |n| {
            json!({ "namespace": "acme", "repository": "app", "tag_pattern": format!("^v{n}$") })
        })
        .in_acme([app()]),
    ]
}

fn notifications() -> Vec<Row> {
    vec![
        row("quay_repository_notification", 1, |n| {
            json!({ "namespace": "acme", "repository": "app", "event": "repo_push", "title": format!("Push {n}"),
                "webhook": { "url": "https://deploy.example.com/hooks/quay" } })
        })
        .in_acme([app()]),
        row("quay_org_notification", 1, |n| {
            json!({ "organization": "acme", "event": "quota_warning", "email": { "address": format!("a{n}@example.com") } })
        })
        .in_acme([]),
        row("quay_user_notification", 2, |n| {
            json!({ "event": "quota_warning", "email": { "address": format!("a{n}@example.com") } })
        }),
    ]
}

fn administration() -> Vec<Row> {
    vec![
        row("quay_global_message", 1, |n| json!({ "content": format!("m{n}"), "severity": "warning" })),
        row("quay_user", 2, user),
        row("quay_user_quota", 2, |n| {
            json!({ "user": format!("user{n}"), "limit": "10 GiB",
                "limits": [{ "type": "Warning", "threshold_percent": 50 }] })
        })
        .after(users()),
    ]
}

fn images() -> Vec<Row> {
    let pushed = |row: Row| Row { pushed: true, ..row.in_acme([app()]) };
    // They are begun in a browser.
    let begun =
        |n: usize| (format!("trigger{n}"), json!({ "number": n, "service": "custom-git", "connected_user": "admin" }));
    let begun = Json::Object((0..MANY).map(begun).collect());
    let triggers = row(
        "quay_build_trigger",
        1,
        |n| json!({ "namespace": "acme", "repository": "app", "trigger_id": format!("trigger{n}"), "build_source": "git@example.com:a.git" }),
    );
    vec![
        Row {
            there: json!({ "quay": { "repositories": { "acme/app": { "triggers": begun } } } }),
            ..triggers.in_acme([app()])
        },
        pushed(row(
            "quay_tag",
            2,
            |n| json!({ "namespace": "acme", "repository": "app", "name": format!("v{n}"), "manifest_digest": "${image:first}" }),
        )),
        pushed(row("quay_manifest_label", 2, |n| {
            json!({ "namespace": "acme", "repository": "app", "manifest_digest": "${image:first}", "key": "team",
                "value": format!("{n}") })
        })),
    ]
}

async fn world(before: &[(&str, Json)]) -> World {
    let world = World::new(Service::Quay, Through::Calls);
    make(&world, before).await;
    world
}

async fn make(world: &World, resources: &[(&str, Json)]) -> Vec<Instance> {
    let command = world.command().await;
    let mut made = Vec::new();
    for (kind, config) in resources {
        made.push(command.core.run(kind, None, world.configuration(config)).await.unwrap());
    }
    command.end();
    made
}

/// Refreshes many at a time, as Terraform does, and counts the requests.
async fn refreshed(world: &World, settings: Json, instances: &[Instance]) -> u64 {
    let command = world.command_with(settings).await;
    world.simulator.reset_requests();
    let all = instances.iter().map(async |instance| {
        let read = command.core.refresh(instance).await.expect("it can be read").expect("it is there");
        assert_eq!(read.state, instance.state);
    });
    futures::future::join_all(all).await;
    world.simulator.requests().total
}

#[test]
fn every_kind_is_in_the_table_or_stands_alone() {
    let schema = Service::Quay.serve().schema().expect("a schema");
    let named = table().iter().map(|row| row.kind).chain(ALONE.iter().map(|(kind, _)| *kind)).collect::<BTreeSet<_>>();
    assert_eq!(named, schema.resources.keys().map(String::as_str).collect());
    assert!(table().iter().all(|row| row.requests <= 3 && ALONE.iter().all(|(kind, _)| *kind != row.kind)));
}

#[tokio::test]
async fn many_of_a_kind_are_read_by_few_requests() {
    let mut problems = Vec::new();
    for Row { kind, before, config, pushed, there, requests } in table() {
        let world = world(&before).await;
        world.simulator.edit(there).unwrap();
        world.push(&if pushed { table::images() } else { Vec::new() });
        let many: Vec<_> = (0..MANY).map(|n| (kind, config(n))).collect();
        let instances = make(&world, &many).await;
        let taken = refreshed(&world, json!({}), &instances).await;
        if taken != requests {
            problems.push(format!("{kind}: {taken}, not {requests}: {:?}", world.simulator.requests().routes));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

fn quotas() -> Vec<(&'static str, Json)> {
    (0..MANY).map(|n| ("quay_org_quota", json!({ "organization": format!("org{n}"), "limit": "10 GiB" }))).collect()
}

const ALL: &str = "/api/v1/superuser/organizations/";

#[tokio::test]
async fn quotas_of_organizations_that_are_read_anyway_take_no_request_more() {
    let world = world(&[]).await;
    let mut instances = make(&world, &organizations().collect::<Vec<_>>()).await;
    instances.extend(make(&world, &quotas()).await);
    assert_eq!(refreshed(&world, json!({}), &instances).await, MANY as u64);
    assert_eq!(world.simulator.requests().of("GET", ALL), 0);
    // The other way round the list is one more.
    instances.reverse();
    assert_eq!(refreshed(&world, json!({}), &instances).await, MANY as u64 + 1);
}

#[tokio::test]
async fn quotas_are_read_one_by_one_where_all_organizations_are_not_shown() {
    let world = world(&organizations().collect::<Vec<_>>()).await;
    let instances = make(&world, &quotas()).await;
    let dump = world.simulator.dump();
    let tokens = dump["quay"]["tokens"].as_object().unwrap();
    let weak = tokens.iter().find(|(_, token)| token["label"] == "admin_nosuper").unwrap().0.clone();
    assert_eq!(refreshed(&world, json!({ "token": weak }), &instances).await, MANY as u64 + 1);
    assert_eq!(world.simulator.requests().of("GET", ALL), 1, "it is refused once");

    let off = json!({ "quay": { "config": { "FEATURE_SUPER_USERS": false } } });
    world.simulator.edit(off).unwrap();
    let taken = refreshed(&world, json!({}), &instances).await;
    assert!(taken <= MANY as u64 + 1, "{taken}: {:?}", world.simulator.requests());
}

#[tokio::test]
async fn a_quota_that_is_gone_from_the_list_is_gone() {
    let world = world(&organizations().collect::<Vec<_>>()).await;
    let instances = make(&world, &quotas()).await;
    let without = json!([{ "op": "replace", "path": "/quay/organizations/org7/quota", "value": null }]);
    world.simulator.edit(without).unwrap();
    let command = world.command().await;
    for (n, instance) in instances.iter().enumerate() {
        let read = command.core.refresh(instance).await.expect("it can be read");
        assert_eq!(read.is_none(), n == 7, "{n}");
    }
}
