//! What data sources give, asked in all ways.

use serde_json::json;
use terraform_framework::value::Value;

use super::{may, number, read, string};
use crate::core::text;
use crate::world::{Service, Through, World};

/// The attributes as JSON.
fn attributes(value: &Value, names: &[&str]) -> Vec<String> {
    names.iter().map(|name| format!("{:?}", value.attribute(name).expect("an attribute"))).collect()
}

fn shown<const N: usize>(values: [Value; N]) -> Vec<String> {
    values.iter().map(|value| format!("{value:?}")).collect()
}

#[tokio::test]
async fn credentials_by_id_and_by_login_are_the_same() {
    let world = World::new(Service::Saagie, Through::Calls);
    let command = world.command().await;
    let project = world.simulator.credentials().saagie_project_id.clone();
    let kind = "saagie_docker_credentials";
    for registry in [json!("quay.example.com"), json!(null)] {
        let login =
            json!({ "project_id": project, "registry": registry, "username": "u", "password": "Passw0rd-of-u" });
        let made = command.core.run(kind, None, login).await.unwrap();
        let id = string(&made, "credentials_id");
        let by_id = read(&command, kind, json!({ "project_id": project, "credentials_id": id })).await.unwrap();
        let asked = json!({ "project_id": project, "registry": registry, "username": "u" });
        assert_eq!(by_id, read(&command, kind, asked).await.unwrap());
        let names = ["credentials_id", "registry", "username", "last_update", "jobs"];
        assert_eq!(attributes(&by_id, &names), attributes(&made.state, &names));
    }
    let nowhere = json!({ "project_id": project, "credentials_id": "5e923c6e-910b-4bc9-ab9e-e8ddf3415e80" });
    let said = read(&command, kind, nowhere).await.expect_err("there are none");
    assert!(text(&said).contains("5e923c6e-910b-4bc9-ab9e-e8ddf3415e80"), "{}", text(&said));
}

#[tokio::test]
async fn a_project_by_number_and_by_name_is_the_same() {
    let world = World::new(Service::Harbor, Through::Calls);
    let command = world.command().await;
    // A name that could be a number.
    let config = json!({ "name": "1", "public": true, "storage_limit": "10 GiB" });
    let made = command.core.run("harbor_project", None, config).await.unwrap();
    let id = number(&made, "project_id");
    assert_ne!(id, 1);
    let by_id = read(&command, "harbor_project", json!({ "project_id": id })).await.unwrap();
    assert_eq!(by_id, read(&command, "harbor_project", json!({ "name": "1" })).await.unwrap());
    let names = ["name", "project_id", "public", "registry_id", "storage_limit", "owner", "created"];
    assert_eq!(attributes(&by_id, &names), attributes(&made.state, &names));
    let expected = ["10 GiB".into(), "admin".into(), Value::from(0)];
    assert_eq!(attributes(&by_id, &["storage_limit", "owner", "repository_count"]), shown(expected));
    let said = read(&command, "harbor_project", json!({ "project_id": 99 })).await.expect_err("there is none");
    assert!(text(&said).contains("Project 99 does not exist"), "{}", text(&said));
}

#[tokio::test]
async fn a_robot_of_a_project_is_not_one_of_the_system() {
    let world = World::new(Service::Harbor, Through::Calls);
    let command = world.command().await;
    command.core.run("harbor_project", None, json!({ "name": "acme" })).await.unwrap();
    let pull = |place: &str| json!([may(place, &[("repository", "pull")])]);
    let own = json!({ "name": "ci", "level": "project", "project": "acme", "description": "of acme", "duration": 30,
        "permissions": pull("acme") });
    let own = command.core.run("harbor_robot", None, own).await.unwrap();
    let system = json!({ "name": "ci", "level": "system", "disable": true, "permissions": pull("*") });
    let system = command.core.run("harbor_robot", None, system).await.unwrap();
    let names = ["name", "full_name", "robot_id", "level", "description", "duration", "disable", "expires_at"];
    let names = [&names[..], &["creation_time", "permissions"]].concat();
    let found = read(&command, "harbor_robot", json!({ "name": "ci", "project": "acme" })).await.unwrap();
    assert_eq!(attributes(&found, &names), attributes(&own.state, &names));
    assert_eq!(string(&own, "full_name"), "robot$acme+ci");
    let found = read(&command, "harbor_robot", json!({ "name": "ci" })).await.unwrap();
    assert_eq!(attributes(&found, &names), attributes(&system.state, &names));
    for asked in [json!({ "name": "cd", "project": "acme" }), json!({ "name": "ci", "project": "library" })] {
        let said = read(&command, "harbor_robot", asked).await.expect_err("there is none");
        assert!(text(&said).contains("does not exist"), "{}", text(&said));
    }
}

#[tokio::test]
async fn a_team_shows_members_and_who_was_invited() {
    let world = World::new(Service::Quay, Through::Calls);
    let command = world.command().await;
    command.core.run("quay_organization", None, json!({ "name": "acme" })).await.unwrap();
    command.core.run("quay_robot", None, json!({ "namespace": "acme", "name": "ci" })).await.unwrap();
    let team = json!({ "organization": "acme", "name": "devs", "role": "creator", "description": "They develop." });
    command.core.run("quay_team", None, team).await.unwrap();
    let members = json!({ "organization": "acme", "team": "devs", "members": ["admin", "alice", "acme+ci"] });
    command.core.run("quay_team_members", None, members).await.unwrap();
    let found = read(&command, "quay_team", json!({ "organization": "acme", "name": "devs" })).await.unwrap();
    let Some(Value::List(members)) = found.attribute("members") else { panic!("no members in {found:?}") };
    let member = |value: &Value| attributes(value, &["name", "is_robot", "invited"]);
    let expected =
        |name: &str, is_robot: bool, invited: bool| shown([name.into(), Value::Bool(is_robot), Value::Bool(invited)]);
    let all: Vec<_> = members.iter().map(member).collect();
    // Alice is of no team of the organization yet.
    assert_eq!(
        all,
        [expected("acme+ci", true, false), expected("admin", false, false), expected("alice", false, true)]
    );
    assert_eq!(attributes(&found, &["role", "description"]), shown(["creator".into(), "They develop.".into()]));
}
