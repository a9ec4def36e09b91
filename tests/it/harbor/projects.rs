//! Projects: their deletion may end the server, robots go with them, and a refusal may stand for what is gone.

use registry_simulator::{Action as Does, Fault};
use serde_json::{Value as Json, json};
use terraform_framework::value::Value;

use super::{
    administers, alice, fails, harbor, id_of, lists, login_of, may, policy, project, pushed, release, robot_of,
    robot_of_system, wrong,
};
use crate::bad_input::{says, tells_all};
use crate::core::{Action, Instance, text};
use crate::world::inspect::{attributes, edit, held, number, read, shown, string};
use crate::world::{Service, Through, World, merged};

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
async fn settings_that_a_release_lacks_are_refused_at_plan_and_at_apply() {
    let proxy = |setting: Json| merged(json!({ "name": "acme", "registry_id": 1 }), setting);
    let cases = [
        ("2.10.3", "2.11.0", "auto_sbom_generation", json!({ "name": "acme", "auto_sbom_generation": true })),
        ("2.11.2", "2.12.0", "proxy_speed_kb", proxy(json!({ "proxy_speed_kb": 100 }))),
        ("2.14.4", "2.15.0", "max_upstream_conn", proxy(json!({ "max_upstream_conn": 3 }))),
        (
            "2.15.0",
            "2.15.2",
            "proxy_cache_local_on_not_found",
            proxy(json!({ "proxy_cache_local_on_not_found": true })),
        ),
    ];
    let registry = json!({ "harbor": { "registries": { "rows": { "1": { "name": "hub", "type": "docker-hub",
        "url": "https://hub.docker.com", "status": "healthy" } } } } });
    for (old, since, attribute, config) in cases {
        let words = [attribute, since, old, "would ignore it without a word"];
        let world = release(old);
        edit(&world, registry.clone());
        let said = world.command().await.plan("harbor_project", None, config.clone()).await.expect_err("too old");
        says(&world, &said, &words);
        assert!(said.0.iter().any(|d| d.path.as_ref().is_some_and(|p| p.root_attribute() == Some(attribute))));
        // Planned for the release that has it, applied on one that has not.
        edit(&world, json!({ "harbor": { "settings": { "version": since } } }));
        let plan = world.command().await.plan("harbor_project", None, config).await.unwrap();
        edit(&world, json!({ "harbor": { "settings": { "version": old } } }));
        let before = held(&world);
        let said = world.command().await.core.apply(plan).await;
        assert!(said.instance.is_none());
        says(&world, &said.diagnostics, &words);
        assert_eq!(held(&world), before);
    }
}
