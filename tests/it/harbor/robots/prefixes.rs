//! Harbor with a robot's credentials, and with other prefixes before its robots' names.

use serde_json::{Value as Json, json};
use terraform_framework::value::Value;

use crate::bad_input::{says, tells_all};
use crate::core::text;
use crate::harbor::may;
use crate::world::inspect::{edit, read, string};
use crate::world::{Service, Through, World, merged};

/// Prefixes that administrators choose: the usual one, without a `$`, going on behind it, and none.
const PREFIXES: [&str; 4] = ["robot$", "bot-", "robot$prod-", ""];
const CURRENT: &str = "/api/v2.0/users/current";

/// Makes the robot `caller` under this prefix, and gives the settings with which it logs in.
pub(crate) async fn robot(world: &World, prefix: &str, permissions: Json) -> Json {
    edit(world, json!({ "harbor": { "configuration": { "robot_name_prefix": prefix } } }));
    let config = json!({ "name": "caller", "level": "system", "store_secret": true, "permissions": permissions });
    let made = world.command().await.core.run("harbor_robot", None, config).await.unwrap();
    world.witness.learn(&world.simulator.dump());
    assert_eq!(string(&made, "full_name"), format!("{prefix}caller"));
    json!({ "username": string(&made, "full_name"), "password": string(&made, "generated_secret") })
}

fn all_of_robots() -> Json {
    let all = ["create", "read", "list", "delete"].map(|action| ("robot", action));
    let system = [&all[..], &[("project", "list")]].concat();
    json!([may("/", &system), may("*", &[&all[..], &[("repository", "pull"), ("project", "read")]].concat())])
}

#[tokio::test]
async fn a_robot_has_the_full_name_that_is_read_whatever_the_prefix_is() {
    for prefix in PREFIXES {
        let world = World::new(Service::Harbor, Through::Calls);
        let login = robot(&world, prefix, all_of_robots()).await;
        let admin = world.command().await;
        admin.core.run("harbor_project", None, json!({ "name": "acme" })).await.unwrap();
        for settings in [json!({}), login] {
            let command = world.command_with(settings.clone()).await;
            let may = |place| json!([may(place, &[("repository", "pull")])]);
            let robots = [
                ("prod-ci", json!({ "name": "prod-ci", "level": "system", "permissions": may("*") })),
                ("acme+ci", json!({ "name": "ci", "level": "project", "project": "acme", "permissions": may("acme") })),
            ];
            for (stored, config) in robots {
                let made = command.apply("harbor_robot", None, Some(config.clone())).await.unwrap();
                assert_eq!(string(&made, "full_name"), format!("{prefix}{stored}"));
                command.is_settled(&made, config.clone()).await.unwrap();
                let number = made.state.attribute("robot_id").and_then(Value::as_i64).unwrap().to_string();
                for id in [string(&made, "full_name"), number] {
                    let command = world.command_with(settings.clone()).await;
                    let imported = command.core.import("harbor_robot", &id, None).await;
                    let imported = imported.unwrap_or_else(|said| panic!("{prefix:?} {id}: {}", text(&said)));
                    assert_eq!(string(&imported, "name"), config["name"].as_str().unwrap(), "{prefix:?} {id}");
                    assert_eq!(imported.state.attribute("full_name"), made.state.attribute("full_name"));
                }
                let again = world.command_with(settings.clone()).await.apply("harbor_robot", None, Some(config)).await;
                let import = format!("terraform import harbor_robot.NAME '{prefix}{stored}'");
                says(&world, &again.diagnostics, &["exists already", &import]);
                if stored == "prod-ci" {
                    let command = world.command_with(settings.clone()).await;
                    let listed = read(&command, "harbor_robots", json!({})).await.unwrap();
                    let Some(Value::List(listed)) = listed.attribute("robots") else { panic!("no list: {listed:?}") };
                    let names: Vec<_> = listed.iter().map(|r| r.attribute("name").and_then(Value::as_str)).collect();
                    assert_eq!(names, [Some("caller"), Some("prod-ci")], "{prefix:?}");
                }
                let gone = command.apply("harbor_robot", Some(&made), None).await;
                assert!(!gone.diagnostics.has_errors(), "{}", text(&gone.diagnostics));
            }
        }
    }
}

#[tokio::test]
async fn what_a_robot_cannot_do_is_said_whatever_its_prefix_is() {
    for prefix in PREFIXES {
        let world = World::new(Service::Harbor, Through::Calls);
        let login = robot(&world, prefix, all_of_robots()).await;
        let command = world.command_with(login.clone()).await;
        let config = json!({ "name": "ci", "level": "system", "permissions": [may("*", &[("repository", "pull")])] });
        world.simulator.reset_requests();
        let made = command.apply("harbor_robot", None, Some(config.clone())).await.unwrap();
        command.is_settled(&made, config.clone()).await.unwrap();
        assert_eq!(world.simulator.requests().of("GET", CURRENT), 0, "nobody had to know whose the credentials are");
        // At plan time where nothing is there yet.
        for refused in [json!({ "disable": true }), json!({ "secret": "Chosen-Secret-1" })] {
            let attribute = refused.as_object().unwrap().keys().next().unwrap().clone();
            let config = merged(config.clone(), merged(refused, json!({ "name": "new" })));
            let said = command.plan("harbor_robot", None, config).await.expect_err("no robot can");
            says(&world, &said, &["A robot cannot make a robot with a chosen secret, or a disabled one"]);
            assert!(said.0.iter().any(|d| d.path.as_ref().is_some_and(|p| p.root_attribute() == Some(&attribute))));
        }
        // And when it is refused.
        let other = merged(config, json!({ "description": "d" }));
        for _ in 0..2 {
            let said = command.apply("harbor_robot", Some(&made), Some(other.clone())).await;
            let words = ["403", "those of a robot account", "No robot may change robots of the system"];
            tells_all(&world, &said.diagnostics, &words);
        }
        assert_eq!(world.simulator.requests().of("GET", CURRENT), 1, "asked once");
        // A user who may not is told nothing of robots' limits.
        let user = json!({ "username": "alice", "password": "Passw0rd-of-alice" });
        edit(&world, json!({ "harbor": { "users": { "rows": { "50": user.clone() } } } }));
        let said = world.command_with(user).await.apply("harbor_robot", None, Some(other)).await;
        tells_all(&world, &said.diagnostics, &["403", "robot:create"]);
        assert!(!text(&said.diagnostics).contains("No robot may"), "{}", text(&said.diagnostics));
    }
}

#[tokio::test]
async fn a_robot_that_cannot_log_in_is_told_what_may_be_wrong() {
    for prefix in PREFIXES {
        let world = World::new(Service::Harbor, Through::Calls);
        let login = robot(&world, prefix, json!([may("*", &[("project", "read")])])).await;
        let project = world.command().await.core.run("harbor_project", None, json!({ "name": "acme" })).await.unwrap();
        edit(&world, json!({ "harbor": { "robots": { "rows": { "1": { "disabled": true } } } } }));
        let said = world.command_with(login).await.core.refresh(&project).await.expect_err("it is disabled");
        tells_all(&world, &said, &["401", "it is disabled or has expired", "with its prefix", "`password`"]);
    }
}

#[tokio::test]
async fn where_logins_are_by_oidc_the_administrator_and_robots_can_use_the_api() {
    let world = World::new(Service::Harbor, Through::Calls);
    let login = robot(&world, "robot$", json!([may("*", &[("project", "read")])])).await;
    let config = json!({ "name": "acme", "public": false });
    let project = world.command().await.core.run("harbor_project", None, config).await.unwrap();
    let alice = json!({ "username": "alice", "password": "Passw0rd-of-alice" });
    let member = json!({ "project_id": 2, "user_id": 50, "role_id": 1 });
    edit(
        &world,
        json!({ "harbor": { "users": { "rows": { "50": alice.clone() } }, "members": { "rows": { "50": member } } } }),
    );
    let reads = async |settings: &Json| {
        let command = world.command_with(settings.clone()).await;
        read(&command, "harbor_project", json!({ "name": "acme" })).await
    };
    let all = [json!({}), login, alice.clone()];
    for settings in &all {
        assert!(reads(settings).await.is_ok());
    }
    edit(&world, json!({ "harbor": { "configuration": { "auth_mode": "oidc_auth" } } }));
    for settings in &all[..2] {
        assert!(reads(settings).await.is_ok());
    }
    // What alice has for the command line opens some addresses, and not this API's others.
    let said = world.command_with(alice).await.core.refresh(&project).await.expect_err("not with a password");
    tells_all(&world, &said, &["401", "logs in by OIDC, only the local administrator and robots"]);
}
