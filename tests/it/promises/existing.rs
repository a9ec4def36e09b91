//! What exists is never treated as deleted: not because a deletion was answered with success, nor because somebody else is asked.

use registry_simulator::{Action as Does, Fault};
use serde_json::{Value as Json, json};

use crate::bad_input::says;
use crate::core::{Instance, text};
use crate::quay::{acme, world};
use crate::world::inspect::{edit, held, read};
use crate::world::table::PROJECT;
use crate::world::{Service, Through, World, merged};

fn user() -> Json {
    json!({ "username": "dave", "email": "dave@example.com", "enabled": false })
}

fn app() -> (&'static str, Json) {
    ("quay_repository", json!({ "namespace": "acme", "name": "app" }))
}

/// Quay answers 204 to the deletion of a disabled user, who stays.
#[tokio::test]
async fn a_disabled_user_is_deleted() {
    let world = world(&[]).await;
    let made = world.command().await.apply("quay_user", None, Some(user())).await.unwrap();
    let gone = world.command().await.apply("quay_user", Some(&made), None).await;
    assert!(gone.instance.is_none() && !gone.diagnostics.has_errors(), "{}", text(&gone.diagnostics));
    assert!(world.simulator.dump()["quay"]["users"].get("dave").is_none(), "the user stays");
}

#[tokio::test]
async fn a_user_who_stays_after_a_deletion_stays_in_the_state() {
    // Somebody else may have disabled a user whom the state has as enabled.
    for enabled in [true, false] {
        let world = world(&[]).await;
        let config = merged(user(), json!({ "enabled": enabled }));
        let made = world.command().await.apply("quay_user", None, Some(config)).await.unwrap();
        let nothing = Does::Answer { status: 204, content_type: String::new(), body: String::new(), headers: vec![] };
        world.simulator.fault(Fault::once("DELETE", "*/superuser/users/dave", nothing).times(u32::MAX));
        let kept = world.command().await.apply("quay_user", Some(&made), None).await;
        assert!(kept.instance.is_some(), "enabled {enabled}: nothing is in the state");
        says(&world, &kept.diagnostics, &["Cannot ", "dave"]);
        world.simulator.clear_faults();
        let gone = world.command().await.apply("quay_user", kept.instance.as_ref(), None).await;
        assert!(gone.instance.is_none() && !gone.diagnostics.has_errors(), "{}", text(&gone.diagnostics));
        assert!(world.simulator.dump()["quay"]["users"].get("dave").is_none(), "the user stays");
    }
}

/// Quay answers 400 there; of other policies, 404.
#[tokio::test]
async fn a_policy_below_an_organization_that_is_gone_is_gone() {
    for (kind, config, path) in [
        (
            "quay_org_immutability_policy",
            json!({ "organization": "acme", "tag_pattern": "^v" }),
            "*/organization/acme/*",
        ),
        (
            "quay_repository_immutability_policy",
            json!({ "namespace": "acme", "repository": "app", "tag_pattern": "^v" }),
            "*/repository/acme/app/*",
        ),
    ] {
        let world = world(&[acme(), app()]).await;
        let made = world.command().await.apply(kind, None, Some(config)).await.unwrap();
        edit(&world, json!({ "quay": { "organizations": { "acme": null }, "repositories": { "acme/app": null } } }));
        let refused = Does::answer(400, r#"{"message": "Username does not exist: acme"}"#);
        world.simulator.fault(Fault::once("DELETE", path, refused).times(u32::MAX));
        // Without the refresh that would have seen it.
        let gone = world.command().await.core.destroy(&made).await;
        assert!(gone.instance.is_none() && !gone.diagnostics.has_errors(), "{kind}: {}", text(&gone.diagnostics));
    }
}

/// The same words while the organization is there say nothing.
#[tokio::test]
async fn a_policy_of_an_organization_that_is_there_is_not_gone() {
    let world = world(&[acme()]).await;
    let config = json!({ "organization": "acme", "tag_pattern": "^v" });
    let made = world.command().await.apply("quay_org_immutability_policy", None, Some(config)).await.unwrap();
    let before = held(&world);
    let refused = Does::answer(400, r#"{"message": "Username does not exist: acme"}"#);
    world.simulator.fault(Fault::once("DELETE", "*/organization/acme/*", refused).times(u32::MAX));
    let kept = world.command().await.core.destroy(&made).await;
    assert!(kept.instance.is_some(), "nothing is in the state");
    says(&world, &kept.diagnostics, &["Cannot ", "Username does not exist: acme"]);
    assert_eq!(held(&world), before);
}

/// Whoever is second is answered as the first, but for `new_team`.
#[tokio::test]
async fn a_team_that_another_makes_at_the_same_moment_is_not_ours() {
    let world = world(&[acme()]).await;
    let config = json!({ "organization": "acme", "name": "devs", "role": "member" });
    let second = json!({ "name": "devs", "description": "", "can_view": true, "role": "member", "new_team": false,
        "avatar": { "name": "devs", "hash": "03f5", "color": "#ffbb78", "kind": "team" } });
    let second =
        Does::ReplaceAfter { status: None, content_type: "application/json".to_owned(), body: second.to_string() };
    world.simulator.fault(Fault::once("PUT", "*/organization/acme/team/devs", second));
    let applied = world.command().await.apply("quay_team", None, Some(config.clone())).await;
    assert!(applied.instance.is_none(), "it is in the state");
    says(&world, &applied.diagnostics, &["devs", "exists already", "import"]);
    assert!(!world.simulator.dump()["quay"]["organizations"]["acme"]["teams"]["devs"].is_null(), "it was taken away");
}

/// On the routes that are open to all, Harbor answers wrong credentials as it answers nobody's: with what is public.
#[tokio::test]
async fn what_harbor_shows_to_strangers_says_nothing_about_the_rest() {
    let world = World::new(Service::Harbor, Through::Calls);
    let command = world.command().await;
    let mut projects = Vec::new();
    for name in ["acme", "beta", "gamma"] {
        projects.push(command.core.run("harbor_project", None, json!({ "name": name })).await.unwrap());
    }
    command.end();
    let before = held(&world);
    let nothing = |body: &str| Does::Answer {
        status: 200,
        content_type: "application/json".to_owned(),
        body: body.to_owned(),
        headers: vec![("X-Total-Count".to_owned(), "0".to_owned())],
    };
    let open = [("/api/v2.0/projects", nothing("[]")), ("/api/v2.0/repositories", nothing("[]"))];
    for (path, answer) in open {
        world.simulator.fault(Fault::once("GET", path, answer).times(u32::MAX));
    }
    let unauthorized = r#"{"errors":[{"code":"UNAUTHORIZED","message":"unauthorized"}]}"#;
    let current = Does::answer(401, unauthorized);
    world.simulator.fault(Fault::once("GET", "/api/v2.0/users/current", current).times(u32::MAX));
    let command = world.command_with(json!({ "password": "Wrong-Password-1" })).await;
    for project in &projects {
        match command.core.refresh(project).await {
            Ok(None) => panic!("the refresh says that it is gone"),
            Ok(Some(_)) => panic!("nobody was shown it"),
            Err(said) => says(&world, &said, &["Cannot ", "credentials"]),
        }
        let kept = command.core.destroy(project).await;
        assert!(kept.instance.is_some() && kept.diagnostics.has_errors(), "it was not deleted");
    }
    // All at once, as Terraform does it, they may be read by a list.
    for read in futures::future::join_all(projects.iter().map(|project| command.core.refresh(project))).await {
        assert!(read.is_err(), "nobody was shown it, and it is not gone");
    }
    let said = read(&command, "harbor_projects", json!({})).await.expect_err("a list of strangers");
    says(&world, &said, &["Cannot ", "credentials"]);
    let said = command.core.list("harbor_project", json!({})).await.expect_err("a list of strangers");
    says(&world, &said, &["Cannot ", "credentials"]);
    world.simulator.clear_faults();
    assert_eq!(held(&world), before);
}

/// So many objects of a service.
async fn several(world: &World, numbers: std::ops::Range<usize>) -> Vec<Instance> {
    let command = world.command().await;
    let mut made = Vec::new();
    for number in numbers {
        let (kind, config) = match world.service {
            Service::Quay => ("quay_organization", json!({ "name": format!("acme{number}") })),
            Service::Harbor => ("harbor_project", json!({ "name": format!("acme{number}") })),
            Service::Saagie => (
                "saagie_docker_credentials",
                json!({ "project_id": PROJECT, "registry": format!("r{number}.example.com"), "username": "u",
                    "password": "Passw0rd-of-credentials" }),
            ),
        };
        made.push(command.core.run(kind, None, world.configuration(&config)).await.unwrap());
    }
    command.end();
    made
}

/// What is warned of when these are read, one after the other, in one process.
async fn warned(world: &World, instances: &[Instance]) -> Vec<String> {
    let command = world.command().await;
    let mut warnings = Vec::new();
    for instance in instances {
        let said = command.core.says_of(instance).await;
        assert!(!said.has_errors(), "{}", text(&said));
        warnings.extend((!said.0.is_empty()).then(|| text(&said)));
    }
    command.end();
    warnings
}

/// A staging server in `url` answers truly that nothing is there.
#[tokio::test]
async fn when_nothing_at_all_is_there_the_address_is_doubted() {
    for service in Service::ALL {
        let world = World::new(service, Through::Calls);
        let empty = world.simulator.dump();
        let instances = several(&world, 0..12).await;
        world.restore(&empty);
        let warnings = warned(&world, &instances).await;
        assert_eq!(warnings.len(), 1, "{service:?}: {warnings:?}");
        assert!(warnings[0].starts_with("Warning") && warnings[0].contains("`url`"), "{}", warnings[0]);
        assert!(warnings[0].contains(world.simulator.url()), "{}", warnings[0]);
        assert_eq!(warned(&world, &instances[..9]).await, Vec::<String>::new(), "{service:?}: nine say nothing yet");
    }
}

#[tokio::test]
async fn when_something_is_there_the_address_is_not_doubted() {
    for service in Service::ALL {
        for place in [0, 9] {
            let world = World::new(service, Through::Calls);
            let there = several(&world, 0..1).await.remove(0);
            let one = world.simulator.dump();
            let mut instances = several(&world, 1..14).await;
            world.restore(&one);
            instances.insert(place, there);
            let warnings = warned(&world, &instances).await;
            assert_eq!(warnings, Vec::<String>::new(), "{service:?}, the one that is there is number {place}");
        }
    }
}

/// What a refresh and a deletion say; neither may take anything for gone.
async fn undecided(world: &World, settings: &Json, made: &Instance) -> Vec<String> {
    let command = world.command_with(settings.clone()).await;
    let mut wrong = Vec::new();
    let mut hear = |what: &str, said: String| {
        let about_it = ["it does not exist", "has been deleted", "is gone"];
        if let Some(words) = about_it.iter().find(|words| said.contains(**words)) {
            wrong.push(format!("{what} speaks of the object ({words:?}): {said}"));
        }
        if !said.contains("`url`") {
            wrong.push(format!("{what} does not name `url`: {said}"));
        }
    };
    match command.core.refresh(made).await {
        Ok(None) => hear("the refresh", "it is gone".to_owned()),
        Ok(Some(_)) => hear("the refresh", "it was read".to_owned()),
        Err(said) => hear("the refresh", text(&said)),
    }
    let kept = command.core.destroy(made).await;
    match kept.instance {
        None => hear("the deletion", "it is gone".to_owned()),
        Some(_) => hear("the deletion", text(&kept.diagnostics)),
    }
    command.end();
    wrong
}

#[tokio::test]
async fn a_login_says_nothing_about_an_object() {
    let world = World::new(Service::Saagie, Through::Calls);
    let made = several(&world, 0..1).await.remove(0);
    let before = held(&world);
    let mut wrong = Vec::new();
    let bodies = [
        ("text/plain", "default backend - 404"),
        ("text/plain", ""),
        ("text/html", "<html><body>Not Found</body></html>"),
        ("application/json", r#"{"message":"no Route matched with those values"}"#),
        ("application/json", r#"{"status":404,"error":"Not Found"}"#),
        ("application/json", r#"{"data":{"dockerCredentials":null}}"#),
        ("application/json", r#"{"errors":[{"code":"NOT_FOUND","message":"path /x was not found"}]}"#),
    ];
    for status in [404, 410] {
        for (content_type, body) in bodies {
            let answer =
                Does::Answer { status, content_type: content_type.into(), body: body.into(), headers: Vec::new() };
            world.simulator.fault(Fault::once("POST", "*/authenticate", answer).times(u32::MAX));
            let found = undecided(&world, &json!({}), &made).await;
            wrong.extend(found.into_iter().map(|what| format!("{status} {body:?}: {what}")));
            world.simulator.clear_faults();
        }
    }
    assert_eq!(held(&world), before);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Another service answers at the address.
#[tokio::test]
async fn the_address_of_another_service_says_nothing_about_an_object() {
    let mut wrong = Vec::new();
    for service in Service::ALL {
        // What is its own is left out: that is refused at once.
        let paths: &[&str] = match service {
            Service::Quay => &["/api/v2.0", "/projects"],
            Service::Harbor => &["/api/v1", "/projects"],
            Service::Saagie => &["/api/v2.0", "/api/v1"],
        };
        for path in paths {
            let world = World::new(service, Through::Calls);
            let made = several(&world, 0..1).await.remove(0);
            let before = held(&world);
            let settings = json!({ "url": format!("{}{path}", world.simulator.url()) });
            let found = undecided(&world, &settings, &made).await;
            wrong.extend(found.into_iter().map(|what| format!("{service:?} at {path}: {what}")));
            assert_eq!(held(&world), before);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
