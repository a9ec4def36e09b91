//! What Harbor answers otherwise than one would expect, and what must not come of it: lists for nobody, projects whose deletion ends the
//! server, robots that go with a project, and a refusal for what is gone.

use registry_simulator::{Action as Does, Fault};
use serde_json::{Value as Json, json};
use terraform_framework::Diagnostics;
use terraform_framework::value::Value;

use crate::bad_input::{says, tells_all};
use crate::core::{Action, Instance, text};
use crate::promises::{edit, read};
use crate::world::{Command, Service, Through, World, merged};

mod others;

const CURRENT: &str = "/api/v2.0/users/current";

/// A Harbor with these resources, by type and configuration.
async fn harbor(resources: &[(&str, Json)]) -> (World, Vec<Instance>) {
    let world = World::new(Service::Harbor, Through::Calls);
    let command = world.command().await;
    let mut made = Vec::new();
    for (kind, config) in resources {
        made.push(command.core.run(kind, None, config.clone()).await.unwrap());
    }
    command.end();
    (world, made)
}

fn project(name: &str, public: bool) -> (&'static str, Json) {
    ("harbor_project", json!({ "name": name, "public": public }))
}

/// A robot that may do these things in one place: `/` for the system.
fn may(place: &str, pairs: &[(&str, &str)]) -> Json {
    let kind = if place == "/" { "system" } else { "project" };
    let access: Vec<Json> = pairs.iter().map(|(r, a)| json!({ "resource": r, "action": a })).collect();
    json!({ "kind": kind, "namespace": place, "access": access })
}

fn robot_of(project: &str, name: &str) -> (&'static str, Json) {
    let permissions = json!([may(project, &[("repository", "pull")])]);
    ("harbor_robot", json!({ "name": name, "level": "project", "project": project, "permissions": permissions }))
}

fn robot_of_system(name: &str, permissions: Json) -> (&'static str, Json) {
    ("harbor_robot", json!({ "name": name, "level": "system", "store_secret": true, "permissions": permissions }))
}

fn string(instance: &Instance, name: &str) -> String {
    instance.state.attribute(name).and_then(Value::as_str).expect("a text").to_owned()
}

fn id_of(project: &Instance) -> i64 {
    project.state.attribute("project_id").and_then(Value::as_i64).expect("a number")
}

/// The settings with which a robot logs in.
fn login_of(world: &World, robot: &Instance) -> Json {
    world.witness.learn(&world.simulator.dump());
    json!({ "username": string(robot, "full_name"), "password": string(robot, "generated_secret") })
}

/// A user who is no administrator, and the settings with which she logs in.
fn alice(world: &World) -> Json {
    let alice = json!({ "username": "alice", "password": "Passw0rd-of-alice" });
    edit(world, json!({ "harbor": { "users": { "rows": { "50": alice.clone() } } } }));
    alice
}

/// Makes her an administrator of a project.
fn administers(world: &World, project: i64) {
    let member = json!({ "project_id": project, "user_id": 50, "role_id": 1 });
    edit(world, json!({ "harbor": { "members": { "rows": { "50": member } } } }));
}

fn wrong(world: &World) -> Json {
    world.witness.learn_secret("Wrong-Passw0rd");
    json!({ "password": "Wrong-Passw0rd" })
}

fn fails(world: &World, method: &str, path: &str, status: u16, code: &str, message: &str) {
    let body = json!({ "errors": [{ "code": code, "message": message }] }).to_string();
    world.simulator.fault(Fault::once(method, path, Does::answer(status, &body)).times(u32::MAX));
}

/// All that is read by open routes, one after the other; what was said, where something was.
async fn open_reads(command: &Command<'_>) -> Vec<(&'static str, Option<Diagnostics>)> {
    vec![
        ("the list of projects", command.core.list("harbor_project", json!({})).await.err()),
        (
            "the list of public projects",
            command.core.list("harbor_project", json!({ "name_contains": "pub", "public": true })).await.err(),
        ),
        ("the data of projects", read(command, "harbor_projects", json!({})).await.err()),
        ("the data of a project", read(command, "harbor_project", json!({ "name": "public" })).await.err()),
        ("the data of a project by number", read(command, "harbor_project", json!({ "project_id": 1 })).await.err()),
    ]
}

/// Harbor answers wrong credentials there with 200, as nobody's, and shows what is public.
#[tokio::test]
async fn what_harbor_shows_to_nobody_is_not_all_that_there_is() {
    let may = json!([may("*", &[("repository", "pull")])]);
    let (world, made) =
        harbor(&[project("public", true), project("private", false), robot_of_system("caller", may)]).await;
    let login = login_of(&world, &made[2]);
    edit(&world, json!({ "harbor": { "robots": { "rows": { "1": { "disabled": true } } } } }));
    let nobody = json!({ "username": "nosuch", "password": "Wrong-Passw0rd" });
    for settings in [wrong(&world), nobody, login] {
        for at in 0..open_reads(&world.command().await).await.len() {
            // Each on its own: the first failure must not be what the others need.
            let command = world.command_with(settings.clone()).await;
            let (what, said) = open_reads(&command).await.swap_remove(at);
            let said = said.unwrap_or_else(|| panic!("{what} as {settings} is taken for whole"));
            tells_all(&world, &said, &["401", "does not accept the credentials", "`password`"]);
        }
    }
}

#[tokio::test]
async fn a_login_is_proven_once_and_only_when_it_has_to_be() {
    let system = [("project", "list"), ("quota", "list")];
    let permissions = json!([may("/", &system), may("*", &[("project", "read"), ("quota", "read")])]);
    let (world, made) =
        harbor(&[project("public", true), project("private", false), robot_of_system("caller", permissions)]).await;
    let login = login_of(&world, &made[2]);
    for settings in [json!({}), login] {
        let command = world.command_with(settings).await;
        world.simulator.reset_requests();
        command.refresh(&made[0]).await.unwrap().expect("it is there");
        assert_eq!(world.simulator.requests().of("GET", CURRENT), 0, "an object that is shown is what it is");
        let lists = (0..8).map(|_| command.core.list("harbor_project", json!({})));
        for listed in futures::future::join_all(lists).await {
            let listed = format!("{:?}", listed.unwrap());
            assert!(listed.contains("private") && listed.contains("public"), "{listed}");
        }
        for (what, said) in open_reads(&command).await {
            assert!(said.is_none(), "{what}: {}", text(&said.unwrap()));
        }
        assert_eq!(world.simulator.requests().of("GET", CURRENT), 1);
    }
}

/// Also where many reads become one list.
#[tokio::test]
async fn many_projects_are_refreshed_with_one_proof() {
    let names: Vec<String> = (0..6).map(|n| format!("p{n}")).collect();
    let resources: Vec<_> = names.iter().map(|name| project(name, true)).collect();
    let (world, made) = harbor(&resources).await;
    let command = world.command().await;
    world.simulator.reset_requests();
    for seen in futures::future::join_all(made.iter().map(|one| command.refresh(one))).await {
        assert!(seen.unwrap().is_some());
    }
    assert_eq!(world.simulator.requests().of("GET", CURRENT), 1);
    let command = world.command_with(wrong(&world)).await;
    for seen in futures::future::join_all(made.iter().map(|one| command.refresh(one))).await {
        tells_all(&world, &seen.expect_err("nobody sees it whole"), &["401", "`password`"]);
    }
}

#[tokio::test]
async fn a_proof_that_failed_is_tried_again() {
    let (world, _) = harbor(&[project("private", false)]).await;
    let command = world.command_with(json!({ "max_retries": 0 })).await;
    world.simulator.fault(Fault::once("GET", CURRENT, Does::answer(503, "")));
    let said = command.core.list("harbor_project", json!({})).await.expect_err("nothing is proven");
    tells_all(&world, &said, &["503", "read whose the credentials are"]);
    assert!(command.core.list("harbor_project", json!({})).await.is_ok());
}

/// Whatever stands in front of Harbor, or another release of it, may say so to nobody.
#[tokio::test]
async fn a_project_is_not_gone_before_the_login_is_proven() {
    let (world, made) = harbor(&[project("acme", false)]).await;
    fails(&world, "GET", "/api/v2.0/projects/acme", 404, "NOT_FOUND", "project acme not found");
    let command = world.command_with(wrong(&world)).await;
    let said = command.core.refresh(&made[0]).await.expect_err("nobody cannot know");
    tells_all(&world, &said, &["401", "does not accept the credentials"]);
    let gone = command.core.destroy(&made[0]).await;
    assert!(gone.instance.is_some(), "it stays in the state");
    tells_all(&world, &gone.diagnostics, &["401"]);
    let config = robot_of("acme", "ci").1;
    let said = command.core.run("harbor_robot", None, config).await.diagnostics;
    tells_all(&world, &said, &["401", "does not accept the credentials"]);
    assert!(world.command().await.core.refresh(&made[0]).await.is_ok_and(|seen| seen.is_none()));
}

/// A retention policy with this trigger, in a project.
fn policy(world: &World, project: i64, trigger: Json) {
    let policy =
        json!({ "algorithm": "or", "rules": [], "trigger": trigger, "scope": { "level": "project", "ref": project } });
    let row = json!({ "project_id": project, "policy": policy });
    let metadata = json!({ "metadata": { "retention_id": "58" } });
    edit(
        world,
        json!({ "harbor": { "retentions": { "rows": { "58": row } },
            "projects": { "rows": { project.to_string(): metadata } } } }),
    );
}

fn pushed(project: i64) -> Json {
    json!({ "harbor": { "repositories": { "rows": { "1": { "project_id": project, "name": "acme/app" } } } } })
}

/// What a deletion would end Harbor's process with, as its API takes it.
fn without_cron() -> [Json; 2] {
    [json!({ "kind": "Schedule" }), json!({ "kind": "Schedule", "settings": {} })]
}

const REFUSED: [&str; 4] =
    ["Project acme cannot be deleted safely", "retention policy (number 58)", "`cron`", "apply again"];

#[tokio::test]
async fn a_project_whose_deletion_ends_the_server_is_not_deleted() {
    for trigger in without_cron() {
        let (world, made) = harbor(&[("harbor_project", json!({ "name": "acme", "force_destroy": true }))]).await;
        let acme = &made[0];
        policy(&world, id_of(acme), trigger);
        edit(&world, pushed(id_of(acme)));
        world.simulator.reset_requests();
        let before = world.shape();
        let refused = world.command().await.apply("harbor_project", Some(acme), None).await;
        assert!(refused.instance.is_some(), "it stays in the state");
        says(&world, &refused.diagnostics, &REFUSED);
        assert_eq!(world.simulator.requests().of_method("DELETE"), 0, "not even its repositories");
        assert_eq!(world.shape(), before);
    }
}

#[tokio::test]
async fn a_project_with_another_policy_or_none_is_deleted() {
    let cron = |cron: &str| Some(json!({ "kind": "Schedule", "settings": { "cron": cron } }));
    for trigger in [cron(""), cron("0 0 0 * * *"), None] {
        let (world, made) = harbor(&[project("acme", false)]).await;
        let acme = &made[0];
        if let Some(trigger) = &trigger {
            policy(&world, id_of(acme), trigger.clone());
        }
        world.simulator.reset_requests();
        let gone = world.command().await.core.destroy(acme).await;
        assert!(gone.instance.is_none() && !gone.diagnostics.has_errors(), "{}", text(&gone.diagnostics));
        assert_eq!(world.simulator.requests().of_method("DELETE"), 1);
        assert_eq!(world.simulator.requests().of_method("GET"), 1 + u64::from(trigger.is_some()));
    }
    // Metadata may name a policy that is not there any more: Harbor answers 500 for it.
    let (world, made) = harbor(&[project("acme", false)]).await;
    let metadata = json!({ "metadata": { "retention_id": "58" } });
    edit(&world, json!({ "harbor": { "projects": { "rows": { id_of(&made[0]).to_string(): metadata } } } }));
    let gone = world.command().await.core.destroy(&made[0]).await;
    assert!(gone.instance.is_none() && !gone.diagnostics.has_errors(), "{}", text(&gone.diagnostics));
}

#[tokio::test]
async fn a_project_whose_policy_may_not_be_read_is_not_deleted() {
    let of_project = [("project", "read"), ("project", "delete")];
    let with_policies = [("project", "read"), ("project", "delete"), ("tag-retention", "read")];
    // On all projects `project` stands for all that is below a project.
    for (place, may_read, pairs) in
        [("acme", false, &of_project[..]), ("acme", true, &with_policies[..]), ("*", true, &of_project[..])]
    {
        let permissions = json!([may("/", &[("project", "list")]), may(place, pairs)]);
        let (world, made) = harbor(&[project("acme", false), robot_of_system("caller", permissions)]).await;
        let login = login_of(&world, &made[1]);
        policy(&world, id_of(&made[0]), json!({ "kind": "Schedule", "settings": { "cron": "" } }));
        world.simulator.reset_requests();
        let gone = world.command_with(login).await.core.destroy(&made[0]).await;
        assert_eq!(gone.instance.is_none(), may_read, "{}", text(&gone.diagnostics));
        assert_eq!(world.simulator.requests().of_method("DELETE"), u64::from(may_read));
        if !may_read {
            let words = ["403", "tag-retention:read", "Project acme was not deleted"];
            tells_all(&world, &gone.diagnostics, &words);
        }
    }
    // A server that fails otherwise than for a policy that is not there says nothing of the policy.
    let longer = json!({ "errors": [{ "code": "UNKNOWN", "message": "internal server error: too many clients" }] });
    let bodies = [(500, String::new()), (502, String::new()), (200, "<html>ok</html>".to_owned())];
    for (status, body) in bodies.into_iter().chain([(500, longer.to_string())]) {
        let (world, made) = harbor(&[project("acme", false)]).await;
        policy(&world, id_of(&made[0]), json!({ "kind": "Schedule", "settings": { "cron": "" } }));
        let answer = Does::Answer { status, content_type: "text/html".into(), body, headers: Vec::new() };
        world.simulator.fault(Fault::once("GET", "/api/v2.0/retentions/*", answer).times(u32::MAX));
        world.simulator.reset_requests();
        let gone = world.command_with(json!({ "max_retries": 0 })).await.core.destroy(&made[0]).await;
        assert!(gone.instance.is_some(), "it stays in the state after {status}");
        says(&world, &gone.diagnostics, &["read retention policy 58", "Project acme was not deleted"]);
        assert_eq!(world.simulator.requests().of_method("DELETE"), 0);
    }
}

/// A Harbor with a project and robots that have to do with it.
async fn with_robots() -> (World, Vec<Instance>, Json) {
    let pull = [("repository", "pull")];
    let in_both = json!([may("acme", &pull), may("other", &pull)]);
    let everywhere = json!([may("*", &pull)]);
    let all = [
        project("acme", false),
        project("other", false),
        robot_of("acme", "ci"),
        robot_of("acme", "cd"),
        robot_of("other", "elsewhere"),
        robot_of_system("reader", in_both),
        robot_of_system("everywhere", everywhere),
    ];
    let (world, made) = harbor(&all).await;
    let registry = json!({ "name": "hub", "type": "docker-hub", "url": "https://hub.docker.com", "status": "healthy" });
    edit(&world, json!({ "harbor": { "registries": { "rows": { "1": registry } } } }));
    // The same name, so that nothing that names it changes.
    let replaced = json!({ "name": "acme", "public": false, "registry_id": 1 });
    (world, made, replaced)
}

#[tokio::test]
async fn the_plan_of_a_replacement_names_the_robots_that_it_changes() {
    let (world, made, replaced) = with_robots().await;
    for config in [replaced, json!({ "name": "new-name", "public": false })] {
        let plan = world.command().await.plan("harbor_project", Some(&made[0]), config).await.unwrap();
        assert_eq!(plan.action, Action::Replace);
        let said = text(&plan.diagnostics);
        let words = [
            "Warning: Replacing project acme also changes robots",
            "robot$acme+cd, robot$acme+ci.",
            "robots of the system: robot$reader.",
            "replace_triggered_by",
        ];
        for words in words {
            assert!(said.contains(words), "{words:?} is not in {said}");
        }
        assert_eq!(said.matches("also changes robots").count(), 1, "said once: {said}");
        assert!(!said.contains("elsewhere") && !said.contains("everywhere"), "{said}");
    }
    // Nothing is said where nothing goes: of a change in place, of a new project, and of one without robots.
    let command = world.command().await;
    let quiet = [
        (Some(&made[0]), json!({ "name": "acme", "public": true })),
        (None, json!({ "name": "third" })),
        (Some(&made[1]), json!({ "name": "other", "public": true })),
    ];
    for (prior, config) in quiet {
        let plan = command.plan("harbor_project", prior, config).await.unwrap();
        assert!(plan.diagnostics.0.is_empty(), "{}", text(&plan.diagnostics));
    }
    let (world, made) = harbor(&[project("bare", false)]).await;
    let plan = world.command().await.plan("harbor_project", Some(&made[0]), json!({ "name": "barer" })).await.unwrap();
    assert_eq!((plan.action, plan.diagnostics.0.len()), (Action::Replace, 0), "{}", text(&plan.diagnostics));
}

/// An import, and a state that an older version wrote, know no more than the attributes.
#[tokio::test]
async fn the_plan_of_a_replacement_names_them_after_an_import_too() {
    let (world, _, replaced) = with_robots().await;
    let command = world.command().await;
    let imported = command.core.import("harbor_project", "acme", None).await.unwrap();
    let plan = command.plan("harbor_project", Some(&imported), replaced).await.unwrap();
    assert!(text(&plan.diagnostics).contains("robot$acme+ci"), "{}", text(&plan.diagnostics));
}

#[tokio::test]
async fn a_replacement_whose_robots_cannot_be_read_is_planned_all_the_same() {
    let (world, made, replaced) = with_robots().await;
    fails(&world, "GET", "/api/v2.0/robots", 403, "FORBIDDEN", "alice");
    let plan = world.command().await.plan("harbor_project", Some(&made[0]), replaced.clone()).await.unwrap();
    let said = text(&plan.diagnostics);
    assert_eq!((plan.action, said.matches("do not show which").count()), (Action::Replace, 2), "{said}");
    // Nor does a server that answers nothing at all keep the plan back.
    fails(&world, "GET", "*", 500, "UNKNOWN", "internal server error");
    let plan = world.command().await.plan("harbor_project", Some(&made[0]), replaced).await.unwrap();
    assert!(!plan.diagnostics.has_errors(), "{}", text(&plan.diagnostics));
}

#[tokio::test]
async fn a_replacement_that_would_end_the_server_is_refused_by_its_plan_and_by_its_apply() {
    let (world, made, replaced) = with_robots().await;
    let command = world.command().await;
    let plan = command.plan("harbor_project", Some(&made[0]), replaced.clone()).await.unwrap();
    policy(&world, id_of(&made[0]), json!({ "kind": "Schedule" }));
    let said = world.command().await.plan("harbor_project", Some(&made[0]), replaced).await.expect_err("it is refused");
    says(&world, &said, &REFUSED);
    world.simulator.reset_requests();
    let refused = command.core.apply(plan).await;
    assert!(refused.instance.is_some(), "it stays in the state");
    says(&world, &refused.diagnostics, &REFUSED);
    let requests = world.simulator.requests();
    assert_eq!((requests.of_method("DELETE"), requests.of_method("POST")), (0, 0));
}

/// Who is no administrator of the system gets the same answer for what is gone as for what is not allowed.
#[tokio::test]
async fn a_refusal_that_may_mean_that_it_is_gone_says_both_and_the_way_out() {
    const BOTH: [&str; 4] = [
        "403",
        "the credentials lack the permission project:read",
        "Or the project does not exist",
        "terraform state rm ADDRESS",
    ];
    let (world, made) = harbor(&[project("acme", false), project("hidden", false), robot_of("acme", "ci")]).await;
    let login = alice(&world);
    administers(&world, id_of(&made[0]));
    let acme = world.command_with(login.clone()).await.core.refresh(&made[0]).await.unwrap().expect("it is hers");
    let gone = world.command().await.core.destroy(&made[0]).await;
    assert!(gone.instance.is_none(), "{}", text(&gone.diagnostics));
    for project in [&acme, &made[1]] {
        let command = world.command_with(login.clone()).await;
        tells_all(&world, &command.core.refresh(project).await.expect_err("it may be there"), &BOTH);
        let left = command.core.destroy(project).await;
        assert!(left.instance.is_some(), "it stays in the state");
        tells_all(&world, &left.diagnostics, &BOTH);
        let config = merged(json!({ "public": true }), json!({ "name": string(project, "name") }));
        let plan = command.core.plan("harbor_project", Some(project), config).await.unwrap();
        let left = command.core.apply(plan).await;
        tells_all(&world, &left.diagnostics, &["403", "Or the project does not exist", "terraform state rm ADDRESS"]);
    }
    // A robot is looked for before the right is: it is seen to be gone, and a right that lacks is no sign of that.
    let command = world.command_with(login.clone()).await;
    assert!(command.core.refresh(&made[2]).await.unwrap().is_none());
    // Nor is there anything in a state about what is to be made.
    edit(&world, json!({ "harbor": { "configuration": { "project_creation_restriction": "adminonly" } } }));
    let said = command.core.run("harbor_project", None, json!({ "name": "mine" })).await.diagnostics;
    tells_all(&world, &said, &["403", "project:create"]);
    assert!(!text(&said).contains("state rm"), "{}", text(&said));
    // The administrator is told for certain.
    assert!(world.command().await.core.refresh(&acme).await.unwrap().is_none());
}

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
