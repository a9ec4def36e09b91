//! How many requests Terraform's commands take: numbers that must not grow.

use futures::StreamExt;
use serde_json::{Map, Value as Json, json};
use terraform_framework::Path;
use terraform_framework::value::Value;

use crate::core::Instance;
use crate::world::{Service, Through, World};

/// As many as Terraform works on at a time.
const AT_A_TIME: usize = 10;

/// Refreshes all; each must be found as it was. Gives the number of requests.
async fn refresh(world: &World, instances: Vec<Instance>) -> u64 {
    let command = world.command().await;
    world.simulator.reset_requests();
    let one = async |instance: Instance| {
        let read = command.core.refresh(&instance).await.expect("it can be read").expect("it is there");
        assert_eq!(read.state, instance.state);
    };
    futures::stream::iter(instances).map(one).buffer_unordered(AT_A_TIME).collect::<Vec<()>>().await;
    world.simulator.requests().total
}

/// The same object under other names.
fn renamed(instance: &Instance, names: &[(&str, Value)]) -> Instance {
    let mut other = instance.clone();
    for (name, value) in names {
        other.state.set(&Path::attribute(name), value.clone());
        if let Some(identity) = &mut other.identity
            && identity.attribute(name).is_some()
        {
            identity.set(&Path::attribute(name), value.clone());
        }
    }
    other
}

/// A Quay with this many organizations and robots in each, and the robots' states.
async fn robots_of_quay(organizations: usize, each: usize) -> (World, Vec<Instance>) {
    let world = World::new(Service::Quay, Through::Calls);
    let command = world.command().await;
    command.core.run("quay_organization", None, json!({ "name": "org0" })).await.unwrap();
    let config = json!({ "namespace": "org0", "name": "robot0", "unstructured_metadata": "{\"a\":1}" });
    let made = command.core.run("quay_robot", None, config).await.unwrap();
    let dump = world.simulator.dump();
    let (organization, robot) = (&dump["quay"]["organizations"]["org0"], &dump["quay"]["robots"]["org0+robot0"]);
    let (mut all, mut robots, mut instances) = (Map::new(), Map::new(), Vec::new());
    for namespace in (0..organizations).map(|n| format!("org{n}")) {
        all.insert(namespace.clone(), organization.clone());
        for name in (0..each).map(|n| format!("robot{n}")) {
            let full = format!("{namespace}+{name}");
            let names = [("namespace", &namespace), ("name", &name), ("username", &full), ("id", &full)];
            instances.push(renamed(&made, &names.map(|(at, text)| (at, Value::from(text.as_str())))));
            robots.insert(full, robot.clone());
        }
    }
    world.simulator.edit(json!({ "quay": { "organizations": all, "robots": robots } })).expect("more of the same");
    (world, instances)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_of_1000_robots_of_one_quay_organization_takes_10_requests() {
    let (world, instances) = robots_of_quay(1, 1000).await;
    let requests = refresh(&world, instances).await;
    assert!(requests <= 10, "{requests}: {:?}", world.simulator.requests());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_of_1000_robots_of_50_quay_organizations_takes_160_requests() {
    let (world, instances) = robots_of_quay(50, 20).await;
    let requests = refresh(&world, instances).await;
    assert!(requests <= 160, "{requests}: {:?}", world.simulator.requests());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_of_1000_robots_of_harbor_takes_15_requests() {
    let world = World::new(Service::Harbor, Through::Calls);
    let command = world.command().await;
    let permissions =
        json!([{ "kind": "project", "namespace": "*", "access": [{ "resource": "repository", "action": "pull" }] }]);
    let config = json!({ "name": "robot0", "level": "system", "permissions": permissions });
    let made = command.core.run("harbor_robot", None, config).await.unwrap();
    let dump = world.simulator.dump();
    let first = made.state.attribute("robot_id").and_then(Value::as_i64).expect("a number");
    let row = &dump["harbor"]["robots"]["rows"][first.to_string()];
    let (mut rows, mut instances) = (Map::new(), Vec::new());
    for n in 0..1000 {
        let (id, name, full) = (first + n, format!("robot{n}"), format!("robot$robot{n}"));
        let mut row = row.clone();
        row["name"] = Json::from(name.as_str());
        rows.insert(id.to_string(), row);
        let names = [
            ("name", Value::from(name)),
            ("robot_id", Value::from(id)),
            ("full_name", Value::from(full.as_str())),
            ("id", Value::from(full)),
        ];
        instances.push(renamed(&made, &names));
    }
    world.simulator.edit(json!({ "harbor": { "robots": { "rows": rows } } })).expect("more of the same");
    let requests = refresh(&world, instances).await;
    assert!(requests <= 15, "{requests}: {:?}", world.simulator.requests());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn creating_1000_robots_takes_one_request_each_and_a_constant() {
    let world = World::new(Service::Quay, Through::Calls);
    let command = world.command().await;
    command.core.run("quay_organization", None, json!({ "name": "acme" })).await.unwrap();
    world.simulator.reset_requests();
    let one = async |n: usize| {
        let config = json!({ "namespace": "acme", "name": format!("robot{n}") });
        command.core.run("quay_robot", None, config).await.unwrap();
    };
    futures::stream::iter(0..1000).map(one).buffer_unordered(AT_A_TIME).collect::<Vec<()>>().await;
    let requests = world.simulator.requests();
    assert_eq!(requests.of_method("PUT"), 1000);
    assert!(requests.total <= 1000 + AT_A_TIME as u64, "{requests:?}");
}

/// What an organization of some size has: how much is imagined, that it is mixed is not.
struct Large {
    robots: usize,
    repositories: usize,
    teams: usize,
    default_permissions: usize,
}

const LARGE: Large = Large { robots: 1000, repositories: 500, teams: 50, default_permissions: 200 };

/// A Quay with a large organization, and the states of all that it has: first everything but the permissions in repositories, which
/// are three in each: of a user, a robot and a team.
async fn large() -> (World, Vec<Instance>, Vec<Instance>) {
    let world = World::new(Service::Quay, Through::Calls);
    let command = world.command().await;
    let make = async |(kind, config): (&'static str, Json)| command.core.run(kind, None, config).await.unwrap();
    let organization = make(("quay_organization", json!({ "name": "acme" }))).await;
    let named = |kind: &'static str, key: &'static str, name: String, more: Json| {
        (kind, crate::world::merged(json!({ key: "acme", "name": name }), more))
    };
    let robots = (0..LARGE.robots).map(|n| named("quay_robot", "namespace", format!("r{n:03}"), json!({})));
    let repositories =
        (0..LARGE.repositories).map(|n| named("quay_repository", "namespace", format!("app{n}"), json!({})));
    let teams =
        (0..LARGE.teams).map(|n| named("quay_team", "organization", format!("t{n:02}"), json!({ "role": "member" })));
    let defaults = (0..LARGE.default_permissions).map(|n| {
        let config = json!({ "organization": "acme", "robot": format!("acme+r{n:03}"), "role": "read" });
        ("quay_default_permission", config)
    });
    let permissions = (0..LARGE.repositories).flat_map(|n| {
        let holders = [
            json!({ "user": (["alice", "bob", "carol"][n % 3]) }),
            json!({ "robot": format!("acme+r{:03}", n * 2 % LARGE.robots) }),
            json!({ "team": format!("t{:02}", n % LARGE.teams) }),
        ];
        holders.map(|holder| {
            let config = json!({ "namespace": "acme", "repository": format!("app{n}"), "role": "write" });
            ("quay_repository_permission", crate::world::merged(config, holder))
        })
    });
    let all = async |these: Vec<(&'static str, Json)>| -> Vec<Instance> {
        futures::stream::iter(these).map(make).buffered(AT_A_TIME).collect().await
    };
    let mut things = vec![organization];
    things.extend(all(robots.chain(teams).collect()).await);
    // Before default permissions, which would give each new repository two hundred permissions.
    things.extend(all(repositories.collect()).await);
    things.extend(all(defaults.collect()).await);
    let permissions = all(permissions.collect()).await;
    (world, things, permissions)
}

/// Terraform walks its graph in no order that is known before.
fn mixed(mut instances: Vec<Instance>) -> Vec<Instance> {
    let number = |instance: &Instance| {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        format!("{:?}", instance.identity).hash(&mut hasher);
        hasher.finish()
    };
    instances.sort_by_key(number);
    instances
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_of_a_large_organization_takes_580_requests_and_60_without_permissions() {
    let (world, things, permissions) = large().await;
    assert_eq!((things.len(), permissions.len()), (1751, 1500));
    let requests = refresh(&world, mixed(things.clone())).await;
    assert!(requests <= 60, "{requests}: {:?}", world.simulator.requests());
    let requests = refresh(&world, mixed([things, permissions].concat())).await;
    assert!(requests <= 580, "{requests}: {:?}", world.simulator.requests());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn creating_1000_robots_of_harbor_takes_one_request_each_and_a_constant() {
    let world = World::new(Service::Harbor, Through::Calls);
    let command = world.command().await;
    world.simulator.reset_requests();
    let permissions =
        json!([{ "kind": "project", "namespace": "*", "access": [{ "resource": "repository", "action": "pull" }] }]);
    let one = async |n: usize| {
        let config = json!({ "name": format!("robot{n}"), "level": "system", "permissions": permissions });
        command.core.run("harbor_robot", None, config).await.unwrap();
    };
    futures::stream::iter(0..1000).map(one).buffer_unordered(AT_A_TIME).collect::<Vec<()>>().await;
    let requests = world.simulator.requests();
    assert_eq!(requests.of_method("POST"), 1000);
    assert!(requests.total <= 1000 + AT_A_TIME as u64, "{requests:?}");
}
