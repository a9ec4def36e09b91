//! Answers that are about something else than what was asked for, and answers of something in front of Harbor. Whoever acts on them changes
//! what belongs to others.

use registry_simulator::{Action as Does, Fault};
use serde_json::{Value as Json, json};
use terraform_framework::value::Value;

use super::{
    CURRENT, administers, alice, edit, fails, harbor, id_of, login_of, may, policy, project, robot_of, robot_of_system,
    string,
};
use crate::bad_input::{says, tells_all};
use crate::core::{Instance, text};
use crate::promises::read;
use crate::world::{World, merged};

/// From now on a list is what it is without its filter.
fn lists(world: &World, path: &str, items: &Json) {
    world.simulator.fault(Fault::once("GET", path, Does::answer(200, &items.to_string())).times(u32::MAX));
}

fn number(robot: &Instance) -> i64 {
    robot.state.attribute("robot_id").and_then(Value::as_i64).expect("a number")
}

/// A robot as lists show it.
fn shown(robot: &Instance, level: &str, namespace: &str) -> Json {
    let block = may(namespace, &[("repository", "pull")]);
    json!({ "id": number(robot), "name": string(robot, "full_name"), "level": level, "duration": -1, "editable": true,
        "disable": false, "expires_at": -1, "permissions": [block], "creation_time": string(robot, "creation_time") })
}

fn pull() -> Json {
    json!([may("*", &[("repository", "pull")])])
}

/// As if the query were lost on the way: of the system's robots there is another one.
#[tokio::test]
async fn another_robot_is_never_taken_for_the_one_that_was_asked_for() {
    let all = [project("acme", false), robot_of_system("my-ci", pull()), robot_of("acme", "cd")];
    let (world, made) = harbor(&all).await;
    let twins = [shown(&made[1], "system", "*"), shown(&made[2], "project", "acme")];
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
        assert_eq!(number(&made), 1, "{other}");
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
    assert_eq!((string(&new, "full_name"), number(&new)), ("bot-acme+new".to_owned(), 3));
    assert_ne!(string(&new, "generated_secret"), "Secret-of-another-1");
}

#[tokio::test]
async fn the_limit_of_another_project_is_not_changed() {
    let (world, made) = harbor(&[project("acme", false), project("other", false)]).await;
    let other = json!({ "id": 2, "ref": { "id": id_of(&made[1]), "name": "other" }, "hard": { "storage": -1 } });
    lists(&world, "/api/v2.0/quotas", &json!([other]));
    let before = world.shape();
    world.simulator.reset_requests();
    let command = world.command().await;
    let said = command.core.refresh(&made[0]).await.expect_err("another project's limit");
    tells_all(&world, &said, &["GET /api/v2.0/quotas", "the answer is about another object"]);
    let config = json!({ "name": "acme", "public": false, "storage_limit": "10 GiB" });
    let plan = command.core.plan("harbor_project", Some(&made[0]), config).await.unwrap();
    let applied = command.core.apply(plan).await;
    tells_all(&world, &applied.diagnostics, &["GET /api/v2.0/quotas", "the answer is about another object"]);
    assert_eq!(world.simulator.requests().of_method("PUT"), 0);
    assert_eq!(world.shape(), before);
}

/// A login page, or a proxy's 412, knows nobody.
#[tokio::test]
async fn only_a_user_or_harbors_own_refusal_proves_a_login() {
    let (world, _) = harbor(&[project("public", true), project("private", false)]).await;
    let answer = |status, content_type: &str, body: &str| Does::Answer {
        status,
        content_type: content_type.to_owned(),
        body: body.to_owned(),
        headers: Vec::new(),
    };
    for does in [
        answer(200, "application/json", r#"{"message":"sign in"}"#),
        answer(200, "application/json", "{}"),
        answer(200, "text/html", "<html>Sign in</html>"),
        answer(412, "text/html", "<html>Precondition Failed</html>"),
        answer(412, "application/json", r#"{"errors":[{"code":"UNKNOWN","message":"no"}]}"#),
    ] {
        world.simulator.clear_faults();
        world.simulator.fault(Fault::once("GET", CURRENT, does.clone()).times(u32::MAX));
        let command = world.command_with(json!({ "max_retries": 0 })).await;
        let said = command.core.list("harbor_project", json!({})).await.expect_err("nothing is proven");
        tells_all(&world, &said, &["read whose the credentials are"]);
    }
    // The deletion that a proxy refuses is no conflict with what the project holds.
    world.simulator.clear_faults();
    let made = world.command().await.core.run("harbor_project", None, json!({ "name": "acme" })).await.unwrap();
    world.simulator.fault(Fault::once(
        "DELETE",
        "/api/v2.0/projects/acme",
        answer(412, "text/html", "<html>No</html>"),
    ));
    let left = world.command().await.core.destroy(&made).await;
    assert!(left.instance.is_some(), "it stays in the state");
    tells_all(&world, &left.diagnostics, &["did not come from a Harbor"]);
}

/// Harbor words a failure of its database as it words that there is no such policy.
#[tokio::test]
async fn a_failure_that_passes_does_not_say_that_there_is_no_policy() {
    for (cron, goes) in [(json!({ "cron": "" }), true), (json!({}), false)] {
        let (world, made) = harbor(&[project("acme", false)]).await;
        policy(&world, id_of(&made[0]), json!({ "kind": "Schedule", "settings": cron }));
        let body = json!({ "errors": [{ "code": "UNKNOWN", "message": "internal server error" }] }).to_string();
        world.simulator.fault(Fault::once("GET", "/api/v2.0/retentions/*", Does::answer(500, &body)));
        world.simulator.reset_requests();
        let gone = world.command().await.core.destroy(&made[0]).await;
        assert_eq!(gone.instance.is_none(), goes, "{}", text(&gone.diagnostics));
        assert_eq!(world.simulator.requests().of_method("DELETE"), u64::from(goes));
        // One that lasts is known by what else fails: the project cannot be read either.
        let (world, made) = harbor(&[project("acme", false)]).await;
        policy(&world, id_of(&made[0]), json!({ "kind": "Schedule", "settings": {} }));
        fails(&world, "GET", "/api/v2.0/retentions/*", 500, "UNKNOWN", "internal server error");
        world
            .simulator
            .fault(Fault::once("GET", "/api/v2.0/projects/*", Does::answer(500, &body)).skip(1).times(u32::MAX));
        world.simulator.reset_requests();
        let gone = world.command().await.core.destroy(&made[0]).await;
        assert!(gone.instance.is_some(), "it stays in the state");
        says(&world, &gone.diagnostics, &["read project acme", "Project acme was not deleted"]);
        assert_eq!(world.simulator.requests().of_method("DELETE"), 0);
    }
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
