//! Bad input, and the message that it gives: what was being done, on what, the request, the status, the server's own message, the likely
//! cause and what to do. Nothing of it removes anything from the state.

use std::io::{Read, Write};
use std::net::TcpListener;

use registry_simulator::{Action as Does, Fault, Options};
use serde_json::{Value as Json, json};
use terraform_framework::server::RawState;
use terraform_framework::{Diagnostics, Path};

use crate::core::{Core, Instance, text};
use crate::world::{Service, Through, World, merged};

/// Asserts that an error says all of this, and holds no secret of the world.
#[track_caller]
pub(crate) fn says(world: &World, said: &Diagnostics, words: &[&str]) {
    let all = text(said);
    assert!(said.has_errors(), "there is no error: {all}");
    for word in words {
        assert!(all.contains(word), "{word:?} is not said in:\n{all}");
    }
    world.witness.see("a diagnostic", all);
    assert_eq!(world.witness.leaks(), Vec::<String>::new());
}

/// The same of an error that an answer of the server, or its absence, led to.
#[track_caller]
pub(crate) fn tells_all(world: &World, said: &Diagnostics, words: &[&str]) {
    says(world, said, &["Cannot ", " /", "Likely cause: ", "What to do: "]);
    says(world, said, words);
}

/// A Quay with the organization acme and a robot of it.
async fn quay() -> (World, Instance) {
    let world = World::new(Service::Quay, Through::Calls);
    let command = world.command().await;
    command.core.run("quay_organization", None, json!({ "name": "acme" })).await.unwrap();
    let robot = command.core.run("quay_robot", None, json!({ "namespace": "acme", "name": "ci" })).await.unwrap();
    world.witness.learn(&world.simulator.dump());
    command.end();
    (world, robot)
}

/// The token that the simulator labels so.
pub(crate) fn token(world: &World, label: &str) -> String {
    let dump = world.simulator.dump();
    let tokens = dump["quay"]["tokens"].as_object().expect("tokens");
    let found = tokens.iter().find(|(_, token)| token["label"] == label);
    found.unwrap_or_else(|| panic!("no token {label}")).0.clone()
}

/// What refreshing and creating robots says with these settings; the refresh must not say that the robot is gone.
async fn with_settings(world: &World, robot: &Instance, settings: Json) -> (Diagnostics, Diagnostics) {
    let command = world.command_with(settings).await;
    let read = command.core.refresh(robot).await.expect_err("it cannot be read");
    let made = command.core.run("quay_robot", None, json!({ "namespace": "acme", "name": "new" })).await;
    assert!(made.instance.is_none(), "nothing was made");
    (read, made.diagnostics)
}

#[tokio::test]
async fn what_no_server_takes_is_refused_at_plan_time_on_its_attribute() {
    let robot = |changes| merged(json!({ "namespace": "acme", "name": "ci" }), changes);
    let permission =
        |changes| merged(json!({ "namespace": "acme", "repository": "app", "user": "alice", "role": "read" }), changes);
    let login = |changes| {
        let project = "5e923c6e-910b-4bc9-ab9e-e8ddf3415e80";
        merged(json!({ "project_id": project, "username": "u", "password": "p" }), changes)
    };
    let access =
        json!([{ "kind": "project", "namespace": "*", "access": [{ "resource": "repository", "action": "pull" }] }]);
    let harbor = |changes| merged(json!({ "name": "ci", "level": "system", "permissions": access }), changes);
    let cases: Vec<(Service, &str, Json, &str, &[&str])> = vec![
        (Service::Quay, "quay_robot", robot(json!({ "name": "CI" })), "name", &["\"CI\"", "lower-case letters"]),
        (Service::Quay, "quay_robot", robot(json!({ "name": "a" })), "name", &["2 to 255"]),
        (Service::Quay, "quay_robot", robot(json!({ "namespace": "acme/app" })), "namespace", &["\"acme/app\""]),
        (
            Service::Quay,
            "quay_robot",
            robot(json!({ "unstructured_metadata": "[]" })),
            "unstructured_metadata",
            &["JSON object"],
        ),
        (Service::Quay, "quay_organization", json!({ "name": "Acme!" }), "name", &["\"Acme!\"", "lower-case letters"]),
        (Service::Quay, "quay_organization", json!({ "name": "acme", "email": "no" }), "email", &["\"no\""]),
        (Service::Quay, "quay_repository", json!({ "namespace": "acme", "name": "a//b" }), "name", &["\"a//b\""]),
        (
            Service::Quay,
            "quay_repository",
            json!({ "namespace": "acme", "name": "app", "visibility": "secret" }),
            "visibility",
            &["public", "private"],
        ),
        (
            Service::Quay,
            "quay_team",
            json!({ "organization": "acme", "name": "devs", "role": "boss" }),
            "role",
            &["member", "creator", "admin"],
        ),
        (
            Service::Quay,
            "quay_repository_permission",
            permission(json!({ "role": "owner" })),
            "role",
            &["read", "write", "admin"],
        ),
        (
            Service::Quay,
            "quay_repository_permission",
            permission(json!({ "user": null, "robot": "other+ci" })),
            "robot",
            &["belongs to \"other\"", "\"acme\""],
        ),
        (
            Service::Quay,
            "quay_repository_permissions",
            json!({ "namespace": "acme", "repository": "app", "robots": { "other+ci": "read" } }),
            "robots",
            &["belongs to \"other\""],
        ),
        (
            Service::Quay,
            "quay_org_quota",
            json!({ "organization": "acme", "limit": "10 bananas" }),
            "limit",
            &["10 bananas"],
        ),
        (Service::Saagie, "saagie_docker_credentials", login(json!({ "project_id": "1" })), "project_id", &["UUID"]),
        (
            Service::Saagie,
            "saagie_docker_credentials",
            login(json!({ "password": null })),
            "",
            &["Set exactly one of", "`password`", "`password_wo`"],
        ),
        (Service::Harbor, "harbor_project", json!({ "name": "Acme" }), "name", &["\"Acme\""]),
        (Service::Harbor, "harbor_robot", harbor(json!({ "level": "project" })), "project", &["needs the name"]),
        (Service::Harbor, "harbor_robot", harbor(json!({ "secret": "short" })), "secret", &["8 to 128"]),
    ];
    for (service, type_name, config, attribute, words) in cases {
        let core = Core::unconfigured(service.serve());
        let value = crate::core::config(core.schema(type_name), config.clone());
        let said = core.validate(type_name, &value).await;
        let all = text(&said);
        let at = said.0.iter().any(|d| d.path.as_ref().is_some_and(|p| p.root_attribute() == Some(attribute)));
        assert!(said.has_errors() && (at || attribute.is_empty()), "{type_name} {config}: not at {attribute}: {all}");
        assert!(words.iter().all(|word| all.contains(word)), "{type_name} {config}: {words:?} not in {all}");
        assert!(!all.contains("short"), "a secret is not repeated: {all}");
    }
}

#[tokio::test]
async fn a_wrong_address() {
    let (world, robot) = quay().await;
    for (url, words) in [
        ("quay.example.com", ["`url`", "https://registry.example.com"]),
        ("ftp://quay.example.com", ["`url`", "must begin with https://"]),
        ("https://me:pass@quay.example.com", ["`url`", "must not hold a user name"]),
        ("https://quay.example.com/api/v1/", ["Leave out /api/v1", "the provider adds it"]),
    ] {
        let command = world.unconfigured().await;
        let block = merged(Service::Quay.block(&world.simulator), json!({ "url": url }));
        says(&world, &command.core.configure(block).await, &words);
    }
    // A port that was free a moment ago.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (read, made) = with_settings(&world, &robot, json!({ "url": format!("http://{closed}") })).await;
    for said in [read, made] {
        tells_all(&world, &said, &["the server cannot be reached", "/api/v1/", "Check `url`"]);
    }
    let below = format!("{}/registry", world.simulator.url());
    let (read, made) = with_settings(&world, &robot, json!({ "url": below })).await;
    for said in [read, made] {
        tells_all(&world, &said, &["404", "/registry/api/v1/", "`url` is not the address of a Quay"]);
    }
}

#[tokio::test]
async fn a_wrong_expired_or_weak_token() {
    let (world, robot) = quay().await;
    let (read, made) = with_settings(&world, &robot, json!({ "token": "of-nobody-at-all" })).await;
    world.witness.learn_secret("of-nobody-at-all");
    for said in [&read, &made] {
        tells_all(&world, said, &["the token is wrong, has expired or was revoked", "`token`", "QUAY_TOKEN"]);
    }
    tells_all(&world, &made, &["/api/v1/organization/acme/robots/new"]);
    let (read, made) = with_settings(&world, &robot, json!({ "token": token(&world, "admin_expired") })).await;
    for said in [read, made] {
        tells_all(&world, &said, &["has expired", "`token`"]);
    }
    let (read, made) = with_settings(&world, &robot, json!({ "token": token(&world, "admin_reporead") })).await;
    for said in [read, made] {
        tells_all(&world, &said, &["403", "org:admin", "robot"]);
    }
    let (read, made) = with_settings(&world, &robot, json!({ "token": token(&world, "carol") })).await;
    for said in [read, made] {
        tells_all(&world, &said, &["403", "acme"]);
    }
}

/// Quay shows a bad token what it shows nobody: no repository, where none is public.
#[tokio::test]
async fn an_empty_list_is_not_taken_from_a_bad_token() {
    let (world, _) = quay().await;
    let private = json!({ "namespace": "acme", "name": "app", "visibility": "private" });
    let command = world.command().await;
    command.core.run("quay_repository", None, private).await.unwrap();
    let asked = json!({ "namespace": "acme" });
    let ask = async |token: &str| {
        let command = world.command_with(json!({ "token": token })).await;
        let read = command.core.read_data("quay_repositories", asked.clone()).await;
        (read, command.core.list("quay_repository", asked.clone()).await)
    };
    world.witness.learn_secret("of-nobody-at-all");
    let (read, listed) = ask("of-nobody-at-all").await;
    for said in [read.unwrap_err(), listed.unwrap_err()] {
        tells_all(&world, &said, &["the token is wrong, has expired or was revoked"]);
    }
    // One that may not see the robots is no bad token.
    for (label, all) in [("admin_reporead", 1), ("carol", 0)] {
        let (read, listed) = ask(&token(&world, label)).await;
        read.unwrap();
        assert_eq!(listed.unwrap().len(), all, "{label}");
    }
}

#[tokio::test]
async fn each_resource_of_quay_stays_in_state_when_the_token_is_no_good() {
    for case in crate::world::table::cases().into_iter().filter(|case| case.service() == Service::Quay) {
        let world = World::new(Service::Quay, Through::Calls);
        world.prepare(&case).await;
        let config = world.configuration(&case.config);
        let made = world.command().await.apply(case.resource, None, Some(config)).await.unwrap();
        for token in ["of-nobody-at-all".to_owned(), token(&world, "admin_expired"), token(&world, "carol")] {
            let command = world.command_with(json!({ "token": token })).await;
            let read = command.core.refresh(&made).await;
            let read = read.map(|read| read.expect("it is not gone").state);
            // A server may show it all the same.
            assert!(read.is_err() || read == Ok(made.state.clone()), "{}", case.name());
        }
    }
}

#[tokio::test]
async fn a_wrong_password_of_harbor_and_saagie() {
    for case in crate::world::table::cases().into_iter().filter(|case| case.service() != Service::Quay) {
        let world = World::new(case.service(), Through::Calls);
        world.prepare(&case).await;
        let config = world.configuration(&case.config);
        let made = world.command().await.apply(case.resource, None, Some(config.clone())).await.unwrap();
        world.witness.leaks();
        let command = world.command_with(json!({ "password": "Wrong-Passw0rd" })).await;
        world.witness.learn_secret("Wrong-Passw0rd");
        let said = command.core.refresh(&made).await.expect_err("it cannot be read");
        tells_all(&world, &said, &["401", "does not accept the credentials", "`password`"]);
    }
}

/// A server that answers everything in the same way, until the process ends.
fn answers(status: &'static str, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 65_536];
            // One read takes a whole request of these tests.
            let _ = stream.read(&mut request);
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
        }
    });
    url
}

#[tokio::test]
async fn a_server_that_is_something_else() {
    let (world, robot) = quay().await;
    const PAGE: &str =
        "<!DOCTYPE html><html><head><title>Welcome to nginx!</title></head><body>It works.</body></html>";
    for (status, words) in [("200 OK", "cannot be understood"), ("404 Not Found", "did not come from")] {
        let (read, made) = with_settings(&world, &robot, json!({ "url": answers(status, PAGE) })).await;
        for said in [read, made] {
            let code = &status[..3];
            tells_all(&world, &said, &[words, code, "`url` is not the address of a Quay", "Check `url`"][..3]);
            says(&world, &said, &["url"]);
        }
    }
    let empty = answers("200 OK", "");
    let (read, made) = with_settings(&world, &robot, json!({ "url": empty })).await;
    for said in [read, made] {
        tells_all(&world, &said, &["cannot be understood", "200"]);
    }
    // A redirect to a login page is not followed: the token would go along.
    let login = answers("302 Found", "<html>Log in</html>");
    let (read, _) = with_settings(&world, &robot, json!({ "url": login })).await;
    tells_all(&world, &read, &["302", "`url` is not the address of a Quay"]);
}

#[tokio::test]
async fn a_quay_where_the_feature_is_off() {
    for feature in ["FEATURE_QUOTA_MANAGEMENT", "FEATURE_EDIT_QUOTA", "FEATURE_SUPER_USERS"] {
        let (world, _) = quay().await;
        let mut off = json!({ "quay": { "config": {} } });
        off["quay"]["config"][feature] = Json::Bool(false);
        world.simulator.edit(off).unwrap();
        let command = world.command().await;
        let config = json!({ "organization": "acme", "limit": "10 GiB" });
        let made = command.core.run("quay_org_quota", None, config).await;
        assert!(made.instance.is_none());
        // The plan says it already.
        says(
            &world,
            &made.diagnostics,
            &["This Quay has no storage quotas", "switched on by FEATURE_QUOTA_MANAGEMENT"],
        );
        says(&world, &made.diagnostics, &[feature]);
    }
}

#[tokio::test]
async fn another_users_namespace_is_an_error_and_never_gone() {
    let (world, _) = quay().await;
    let command = world.command().await;
    let own = command.core.run("quay_robot", None, json!({ "namespace": "admin", "name": "ci" })).await.unwrap();
    for label in ["alice", "admin_orgadmin", "admin_userread", "admin_super"] {
        let other = world.command_with(json!({ "token": token(&world, label) })).await;
        let said = other.core.refresh(&own).await.expect_err("it is another user's, or the token cannot tell");
        says(&world, &said, &["admin", "robot"]);
    }
    let made = command.core.run("quay_robot", None, json!({ "namespace": "alice", "name": "ci" })).await;
    assert!(made.instance.is_none());
    says(&world, &made.diagnostics, &["alice", "robot"]);
}

#[tokio::test]
async fn permissions_that_this_harbor_does_not_accept() {
    let world = World::new(Service::Harbor, Through::Calls);
    let command = world.command().await;
    let may = |resource: &str, action: &str| {
        let access = json!([{ "resource": resource, "action": action }]);
        json!({ "name": "ci", "level": "system", "permissions": [{ "kind": "project", "namespace": "*", "access": access }] })
    };
    for (resource, action) in [("repository", "fly"), ("bananas", "pull")] {
        let said = command.core.run("harbor_robot", None, may(resource, action)).await;
        assert!(said.instance.is_none());
        says(&world, &said.diagnostics, &[resource, action, "Harbor"]);
    }
    // Without a table the server itself refuses.
    world.simulator.fault(Fault::once("GET", "/api/v2.0/permissions", Does::answer(403, "{}")).times(u32::MAX));
    let other = world.command().await;
    let said = other.core.run("harbor_robot", None, may("repository", "fly")).await;
    assert!(said.instance.is_none());
    says(&world, &said.diagnostics, &["fly"]);
}

#[tokio::test]
async fn a_state_from_a_newer_version() {
    for service in Service::ALL {
        let core = Core::unconfigured(service.serve());
        for (type_name, schema) in &core.schemas().resources {
            let state = RawState { json: b"{\"from\":\"the future\"}".to_vec(), flatmap: false };
            let (_, said) = core.serve().upgrade_state(type_name, schema.version + 1, state).await;
            let all = text(&said);
            let newer = (schema.version + 1).to_string();
            for word in [type_name, newer.as_str(), "newer"] {
                assert!(said.has_errors() && all.contains(word), "{type_name}: {word} is not in {all}");
            }
        }
    }
}

#[tokio::test]
async fn an_import_id_of_the_wrong_form() {
    for case in crate::world::table::cases() {
        let world = World::new(case.service(), Through::Calls);
        let command = world.command().await;
        for id in [" ", "what/is/this/even/supposed/to+be ?"] {
            // Harbor's robots have names of any form.
            if case.resource == "harbor_robot" && id != " " {
                continue;
            }
            let said = command.core.import(case.resource, id, None).await.expect_err("it is no id");
            says(&world, &said, &[]);
            assert!(said.0.iter().all(|d| !d.summary.is_empty() && !d.detail.is_empty()));
        }
    }
    let core = Core::unconfigured(Service::Quay.serve());
    let said = core.import("quay_robot", "acme", None).await.expect_err("it is no id");
    let all = text(&said);
    assert!(all.contains("\"acme\"") && all.contains("`<namespace>+<name>`"), "{all}");
}

#[tokio::test]
async fn a_missing_password_of_saagie() {
    let world = World::new(Service::Saagie, Through::Calls);
    let mut block = Service::Saagie.block(&world.simulator);
    block.as_object_mut().unwrap().remove("password");
    let said = world.unconfigured().await.core.configure(block).await;
    says(&world, &said, &["`password`", "SAAGIE_PASSWORD"]);

    // An imported one has no password; changing its name needs one.
    let command = world.command().await;
    let project = world.simulator.credentials().saagie_project_id.clone();
    let config = json!({ "project_id": project, "username": "u", "password": "Passw0rd-of-u" });
    let made = command.core.run("saagie_docker_credentials", None, config.clone()).await.unwrap();
    let id = made.state.attribute("id").and_then(|id| id.as_str()).unwrap().to_owned();
    let imported = command.core.import("saagie_docker_credentials", &id, None).await.unwrap();
    let gone = merged(config, json!({ "password": null, "username": "other" }));
    let said = command.core.plan("saagie_docker_credentials", Some(&imported), gone).await.expect_err("no password");
    says(&world, &said, &["password"]);
    assert!(said.0.iter().any(|d| d.path != Some(Path::root())));
}

/// What the public material on Saagie and Harbor leaves open: every answer that is possible is understood.
#[tokio::test]
async fn what_is_inferred_of_servers_may_be_either_way() {
    use registry_simulator::saagie::Unknown;
    let mut all = vec![Options::default()];
    for (unknown, refused_login_status, deletes_used) in [(Unknown::Error, 400, true), (Unknown::Null, 403, false)] {
        let mut options = Options::default();
        (options.saagie.unknown, options.saagie.refused_login_status) = (unknown, refused_login_status);
        options.saagie.deletes_used = deletes_used;
        all.push(options);
    }
    for flag in 0..3 {
        let mut options = Options::default();
        let harbor = &mut options.harbor;
        *[&mut harbor.session_cookie, &mut harbor.lock_failed_logins, &mut harbor.omit_empty_lists][flag] = true;
        all.push(options);
    }
    for options in all {
        for case in crate::world::table::cases().into_iter().filter(|case| case.service() != Service::Quay) {
            let world = World::with(case.service(), Through::Calls, options.clone());
            world.prepare(&case).await;
            let config = world.configuration(&case.config);
            let empty = world.simulator.dump();
            let made = world.command().await.apply(case.resource, None, Some(config.clone())).await.unwrap();
            world.command().await.is_settled(&made, config.clone()).await.unwrap();
            if !case.changed.is_null() {
                let changed = world.configuration(&case.changed);
                let made =
                    world.command().await.apply(case.resource, Some(&made), Some(changed.clone())).await.unwrap();
                world.command().await.is_settled(&made, changed).await.unwrap();
            }
            // Deleted behind Terraform's back: seen, and no obstacle to a destruction.
            world.restore(&empty);
            assert_eq!(
                world.command().await.core.refresh(&made).await.unwrap().map(|i| i.state),
                None,
                "{}",
                case.name()
            );
            world.command().await.core.destroy(&made).await.diagnostics.has_errors().then(|| panic!("{}", case.name()));
            if case.service() == Service::Saagie {
                let command = world.command_with(json!({ "password": "Wrong-Passw0rd" })).await;
                let said = command.core.refresh(&made).await.expect_err("the login is refused");
                // The states above were asked to hold the password.
                world.witness.leaks();
                tells_all(&world, &said, &["does not accept the credentials", "`password`"]);
            }
        }
    }
}
