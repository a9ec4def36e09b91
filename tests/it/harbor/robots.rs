//! Robots: what they may not do, answers that are about another one, and terms that are over.

mod prefixes;
mod temporary;

use registry_simulator::{Action as Does, Fault};
use serde_json::json;
use terraform_framework::Diagnostics;
use terraform_framework::value::Value;

use super::robots::prefixes::robot;
use super::{
    CURRENT, administers, alice, fails, harbor, id_of, id_of_robot, lists, login_of, may, project, pull, release,
    robot_of, robot_of_system, robot_shown,
};
use crate::bad_input::{says, tells_all};
use crate::core::{Instance, Plan, text};
use crate::world::inspect::{attributes, edit, held, read, string};
use crate::world::{Command, Service, Through, World, merged};

/// Says what went wrong with each of all that can be asked for, with the project acme and these resources in it.
async fn all_that_is_refused(command: &Command<'_>, made: &[Instance]) -> Vec<(String, Option<Diagnostics>)> {
    let pull = || json!([may("*", &[("repository", "pull")])]);
    let mut said = Vec::new();
    for one in made {
        said.push((format!("reading {}", one.type_name), command.core.refresh(one).await.err()));
        let gone = command.core.destroy(one).await.diagnostics;
        said.push((format!("destroying {}", one.type_name), Some(gone)));
    }
    for (kind, config) in [project("new", false), robot_of("acme", "new"), robot_of_system("new", pull())] {
        said.push((format!("creating {kind}"), Some(command.core.run(kind, None, config).await.diagnostics)));
    }
    let data = [
        ("harbor_project", json!({ "name": "acme" })),
        ("harbor_projects", json!({})),
        ("harbor_robot", json!({ "name": "ci", "project": "acme" })),
        ("harbor_robots", json!({})),
    ];
    for (kind, config) in data {
        said.push((format!("the data of {kind}"), read(command, kind, config).await.err()));
    }
    for kind in ["harbor_project", "harbor_robot"] {
        said.push((format!("the list of {kind}"), command.core.list(kind, json!({})).await.err()));
    }
    let opened = command.core.open_and_close("harbor_temporary_robot", json!({ "permissions": pull() })).await;
    said.push(("opening".to_owned(), opened.err()));
    let invoked = command.core.invoke("harbor_refresh_robot_secret", json!({ "name": "caller" })).await;
    said.push(("an action".to_owned(), invoked.err()));
    said
}

/// Whichever request it was that was refused, as soon as it is known, or plain from the name, that the credentials are a robot's.
#[tokio::test]
async fn every_refusal_of_a_robot_tells_what_no_robot_may_do() {
    const WORDS: [&str; 4] =
        ["403", "those of a robot account", "No robot may change robots of the system", "`project:update`"];
    for prefix in ["robot$", "bot-"] {
        let everything = json!([may("/", &[("project", "list")]), may("*", &[("project", "read")])]);
        let (world, _) = harbor(&[]).await;
        edit(&world, json!({ "harbor": { "configuration": { "robot_name_prefix": prefix } } }));
        let command = world.command().await;
        let mut made = Vec::new();
        for (kind, config) in [project("acme", false), robot_of("acme", "ci"), robot_of_system("caller", everything)] {
            made.push(command.core.run(kind, None, config).await.unwrap());
        }
        let command = world.command_with(login_of(&world, &made[2])).await;
        world.simulator.reset_requests();
        if prefix == "bot-" {
            // Nothing in this name tells it: the server has to have been asked.
            command.core.list("harbor_project", json!({})).await.unwrap();
        }
        for path in ["projects*", "robots*", "quotas*", "retentions*", "permissions", "systeminfo", "configurations"] {
            fails(&world, "*", &format!("/api/v2.0/{path}"), 403, "FORBIDDEN", "the robot's name");
        }
        for (what, said) in all_that_is_refused(&command, &made).await {
            let all = said.map(|said| text(&said)).unwrap_or_default();
            assert!(WORDS.iter().all(|words| all.contains(words)), "{prefix}: {what} says only:\n{all}");
        }
        assert_eq!(world.simulator.requests().of("GET", CURRENT), 1, "{prefix}: asked once");
    }
}

/// Nothing is asked to understand the refusal of what is asked to understand refusals.
#[tokio::test]
async fn who_may_not_even_ask_for_themselves_are_told_so() {
    let (world, made) = harbor(&[project("acme", false)]).await;
    fails(&world, "GET", "/api/v2.0/*", 403, "FORBIDDEN", "forbidden");
    let command = world.command().await;
    let said = read(&command, "harbor_projects", json!({})).await.expect_err("it is refused");
    tells_all(&world, &said, &["403", "list projects"]);
    let said = read(&command, "harbor_project", json!({ "name": "acme" })).await.expect_err("it is refused");
    tells_all(&world, &said, &["403", "read whose the credentials are"]);
    tells_all(&world, &command.core.refresh(&made[0]).await.expect_err("it is refused"), &["403", "read project acme"]);
}

/// As if the query were lost on the way: of the system's robots there is another one.
#[tokio::test]
async fn another_robot_is_never_taken_for_the_one_that_was_asked_for() {
    let all = [project("acme", false), robot_of_system("my-ci", pull()), robot_of("acme", "cd")];
    let (world, made) = harbor(&all).await;
    let twins = [robot_shown(&made[1], "system", "*"), robot_shown(&made[2], "project", "acme")];
    for (twin, asked) in [(&twins[0], json!({ "name": "ci" })), (&twins[1], json!({ "name": "ci", "project": "acme" }))]
    {
        world.simulator.clear_faults();
        lists(&world, "/api/v2.0/robots", &json!([twin]));
        let before = world.shape();
        world.simulator.reset_requests();
        let command = world.command().await;
        let words = ["GET /api/v2.0/robots", "the answer is about another object"];
        let said = command.core.invoke("harbor_refresh_robot_secret", asked.clone()).await.expect_err("another robot");
        tells_all(&world, &said, &words);
        tells_all(&world, &read(&command, "harbor_robot", asked.clone()).await.expect_err("another robot"), &words);
        let full_name = if asked["project"].is_null() { "robot$ci" } else { "robot$acme+ci" };
        let said = command.core.import("harbor_robot", full_name, None).await.expect_err("another robot");
        tells_all(&world, &said, &words);
        // A creation whose answer was lost adopts nobody else's, however alike they are.
        world.simulator.fault(Fault::once("POST", "/api/v2.0/robots", Does::CutBefore).times(u32::MAX));
        let config = match asked["project"].as_str() {
            Some(project) => robot_of(project, "ci").1,
            None => robot_of_system("ci", pull()).1,
        };
        let lost = command.core.run("harbor_robot", None, config).await;
        assert!(lost.instance.is_none(), "{:?}", lost.instance);
        says(&world, &lost.diagnostics, &["Cannot create robot", "A look at the server afterwards failed"]);
        assert_eq!(world.simulator.requests().of_method("PATCH"), 0);
        assert_eq!(world.shape(), before);
    }
}

/// A creation that is answered with another robot: what was made is found, and nothing else is taken.
#[tokio::test]
async fn a_creation_takes_no_other_robots_answer() {
    for (prefix, other) in
        [("robot$", "robot$acme+ci"), ("robot$", "robot$my-ci"), ("bot-", "bot-my-ci"), ("bot-", "robot$ci")]
    {
        let (world, _) = harbor(&[]).await;
        edit(&world, json!({ "harbor": { "configuration": { "robot_name_prefix": prefix } } }));
        let answer = json!({ "id": 99, "name": other, "secret": "Secret-of-another-1", "expires_at": -1 });
        world.witness.learn_secret("Secret-of-another-1");
        let answer =
            Does::ReplaceAfter { status: None, content_type: "application/json".to_owned(), body: answer.to_string() };
        world.simulator.fault(Fault::once("POST", "/api/v2.0/robots", answer));
        let made = world.command().await.core.run("harbor_robot", None, robot_of_system("ci", pull()).1).await.unwrap();
        assert_eq!(string(&made, "full_name"), format!("{prefix}ci"), "{other}");
        assert_eq!(id_of_robot(&made), 1, "{other}");
        assert_ne!(string(&made, "generated_secret"), "Secret-of-another-1");
    }
}

/// The administrator of a project does not see the prefix, and no part of it is in her name.
#[tokio::test]
async fn a_robot_of_a_project_is_told_by_its_project_where_the_prefix_is_not_known() {
    let (world, made) = harbor(&[project("acme", false), project("my-acme", false)]).await;
    edit(&world, json!({ "harbor": { "configuration": { "robot_name_prefix": "bot-" } } }));
    let login = alice(&world);
    for project in &made {
        administers(&world, id_of(project));
    }
    administers(&world, id_of(&made[0]));
    let config = |name: &str| merged(robot_of("acme", name).1, json!({ "store_secret": true }));
    let command = world.command_with(login).await;
    world.simulator.reset_requests();
    let ci = command.core.run("harbor_robot", None, config("ci")).await.unwrap();
    let cd = command.core.run("harbor_robot", None, config("cd")).await.unwrap();
    assert_eq!(
        (string(&ci, "full_name"), string(&cd, "full_name")),
        ("bot-acme+ci".to_owned(), "bot-acme+cd".to_owned())
    );
    let requests = world.simulator.requests();
    assert_eq!(requests.of_method("PATCH"), 0, "the secrets of the answers are kept");
    assert_eq!(requests.of("GET", "/api/v2.0/robots"), 1, "the first one tells the prefix");
    // One of another project, whose name ends alike.
    let answer = json!({ "id": 99, "name": "bot-my-acme+new", "secret": "Secret-of-another-1", "expires_at": -1 });
    world.witness.learn_secret("Secret-of-another-1");
    let answer =
        Does::ReplaceAfter { status: None, content_type: "application/json".to_owned(), body: answer.to_string() };
    world.simulator.fault(Fault::once("POST", "/api/v2.0/robots", answer.clone()));
    let command = world.command_with(alice(&world)).await;
    let new = command.core.run("harbor_robot", None, config("new")).await.unwrap();
    assert_eq!((string(&new, "full_name"), id_of_robot(&new)), ("bot-acme+new".to_owned(), 3));
    assert_ne!(string(&new, "generated_secret"), "Secret-of-another-1");
}

/// On all projects `project:update` of a robot stands for all that can be updated below a project, its robots too.
#[tokio::test]
async fn a_robot_that_may_changes_robots_of_projects() {
    let own = ["create", "read", "list", "delete"].map(|action| ("robot", action));
    let own = [&own[..], &[("project", "read"), ("repository", "pull")]].concat();
    let secret = "Chosen-Secret-1";
    for (more, may_change) in [(vec![("project", "update")], true), (Vec::new(), false)] {
        let permissions = json!([may("/", &[("project", "list")]), may("*", &[&own[..], &more].concat())]);
        let (world, made) = harbor(&[project("acme", false), robot_of_system("caller", permissions)]).await;
        world.witness.learn_secret(secret);
        let login = login_of(&world, &made[1]);
        let command = world.command_with(login).await;
        let config = merged(robot_of("acme", "ci").1, json!({ "secret": secret, "disable": true }));
        // What it may is Harbor's to say: the plan refuses neither.
        let plan = command.core.plan("harbor_robot", None, config.clone()).await.unwrap();
        let applied = command.core.apply(plan).await;
        if !may_change {
            let words = ["403", "change robot robot$acme+ci", "project:update on all projects"];
            tells_all(&world, &applied.diagnostics, &words);
            continue;
        }
        let made = applied.unwrap();
        assert_eq!(made.state.attribute("disable"), Some(&Value::Bool(true)));
        let action = json!({ "name": "ci", "project": "acme", "secret": secret });
        command.core.invoke("harbor_refresh_robot_secret", action).await.unwrap();
        // Of the system none may.
        let config = merged(robot_of_system("new", pull()).1, json!({ "disable": true }));
        let said = command.core.plan("harbor_robot", None, config).await.expect_err("no robot can");
        says(&world, &said, &["A robot cannot make a robot with a chosen secret, or a disabled one"]);
    }
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
async fn what_robots_can_be_granted_is_told_to_robots_too() {
    for (version, system, project) in
        [("2.10.0", 51, 55), ("2.11.2", 53, 59), ("2.12.4", 70, 70), ("2.15.2", 70, 70), ("2.9.5", 0, 0)]
    {
        let world = release(version);
        // The administrator is told by the server, the robot by the table of its release.
        let login = robot(&world, "bot-", json!([may("*", &[("repository", "pull")])])).await;
        let told = read(&world.command().await, "harbor_robot_permissions", json!({})).await.unwrap();
        let known = read(&world.command_with(login).await, "harbor_robot_permissions", json!({})).await.unwrap();
        assert_eq!(told, known, "{version}");
        assert_eq!(known.attribute("version"), Some(&Value::from(version)));
        let count = |name: &str| match known.attribute(name) {
            Some(Value::Set(pairs)) => pairs.iter().count(),
            // Nothing was checked then.
            Some(Value::Null) => 0,
            other => panic!("{other:?}"),
        };
        assert_eq!((count("system"), count("project")), (system, project), "{version}");
    }
}

#[tokio::test]
async fn a_duration_that_would_already_be_over_is_refused_at_plan_and_at_apply() {
    let world = World::new(Service::Harbor, Through::Calls);
    let config = |days: i64| {
        let permissions = [may("*", &[("repository", "pull")])];
        json!({ "name": "ci", "level": "system", "duration": days, "permissions": permissions })
    };
    let words = ["The robot's life would already be over", "with 5 days it would expire at once"];
    let made = world.command().await.apply("harbor_robot", None, Some(config(30))).await.unwrap();
    let planned: Plan = world.command().await.plan("harbor_robot", Some(&made), config(5)).await.unwrap();
    // It turns out to be older than the state says.
    edit(
        &world,
        json!({ "harbor": { "robots": { "rows": { "1": { "creation_time": "2020-01-01T00:00:00.000Z" } } } } }),
    );
    let before = held(&world);
    let said = world.command().await.core.apply(planned).await;
    says(&world, &said.diagnostics, &words);
    let command = world.command().await;
    let seen = command.refresh(&made).await.unwrap().unwrap();
    let said = command.plan("harbor_robot", Some(&seen), config(5)).await.expect_err("it is over");
    says(&world, &said, &words);
    assert!(said.0.iter().any(|d| d.path.as_ref().is_some_and(|p| p.root_attribute() == Some("duration"))));
    assert_eq!(held(&world), before);
    // For ever is never over.
    command.plan("harbor_robot", Some(&seen), config(-1)).await.unwrap();
}
