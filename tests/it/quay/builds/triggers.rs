//! Build triggers: how they are set up, switched, used and lost, and what is told of them.

use registry_simulator::{Action as Does, Fault};
use serde_json::{Value as Json, json};
use terraform_framework::value::Value;

use super::{archive, edit, invoked, list, of_app, read, string, world};
use crate::core::text;
use crate::world::table::quay::builds::{ACTIVE, FIRST, active, begun, reporting};

#[tokio::test]
async fn a_trigger_builds_a_branch_a_tag_or_what_is_newest() {
    let world = world(active()).await;
    for (more, tag) in [(json!({}), "main"), (json!({ "branch": "main" }), "main"), (json!({ "tag": "v1" }), "v1")] {
        let mut config = of_app(json!({ "trigger_id": ACTIVE }));
        config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let told = invoked(&world, "quay_start_build_trigger", config).await.unwrap();
        assert!(told[0].contains(tag), "{told:?}");
    }
    for (more, words) in [
        (json!({ "trigger_id": ACTIVE, "commit": "abcdef0" }), "takes no commit"),
        (json!({ "trigger_id": ACTIVE, "branch": "none" }), "Could not find branch"),
        (json!({ "trigger_id": "none" }), "There is no build trigger none"),
    ] {
        let said = invoked(&world, "quay_start_build_trigger", of_app(more)).await.unwrap_err();
        assert!(said.contains(words), "{said}");
    }
    edit(&world, begun());
    let said = invoked(&world, "quay_start_build_trigger", of_app(json!({ "trigger_id": FIRST }))).await.unwrap_err();
    assert!(said.contains("is not set up"), "{said}");
}

#[tokio::test]
async fn triggers_and_what_their_service_holds_are_read() {
    let world = world(json!({})).await;
    let found = read(&world, "quay_build_triggers", of_app(json!({}))).await.unwrap();
    assert!(list(&found, "triggers").is_empty());
    edit(&world, active());
    let found = read(&world, "quay_build_triggers", of_app(json!({}))).await.unwrap();
    assert_eq!(string(&list(&found, "triggers")[0], "repository_url"), Some("https://github.com/team/app"));
    let of_source = of_app(json!({ "trigger_id": ACTIVE, "source_namespace": "team", "build_source": "team/app" }));
    let found = read(&world, "quay_build_sources", of_source).await.unwrap();
    assert_eq!(string(&list(&found, "sources")[0], "full_name"), Some("team/app"));
    let paths: Vec<_> = list(&found, "dockerfiles").iter().map(|file| string(file, "path").unwrap()).collect();
    assert_eq!(paths, ["/Dockerfile", "/web/Dockerfile"]);
    assert_eq!(list(&found, "refs").len(), 2);
    let analysis = found.attribute("analysis").unwrap();
    assert_eq!(string(analysis, "status"), Some("publicbase"));
    let nowhere = of_app(json!({ "trigger_id": ACTIVE, "source_namespace": "none" }));
    assert!(list(&read(&world, "quay_build_sources", nowhere).await.unwrap(), "sources").is_empty());
    edit(&world, begun());
    for (name, config, words) in [
        ("quay_build_sources", of_app(json!({ "trigger_id": FIRST })), "cannot be asked"),
        ("quay_build_sources", of_app(json!({ "trigger_id": "none" })), "There is no build trigger none"),
        ("quay_build_triggers", of_app(json!({ "trigger_id": "none" })), "There is no build trigger none"),
        (
            "quay_build_triggers",
            json!({ "namespace": "acme", "repository": "none" }),
            "There is no repository acme/none",
        ),
    ] {
        let said = read(&world, name, config).await.unwrap_err();
        assert!(said.contains(words), "{name}: {said}");
    }
}

#[tokio::test]
async fn triggers_are_listed_by_their_ids() {
    let world = world(begun()).await;
    let first = json!({ "quay": { "repositories": { "acme/app": { "triggers": { FIRST: { "number": 9 } } } } } });
    edit(&world, first);
    let found = read(&world, "quay_build_triggers", of_app(json!({}))).await.unwrap();
    let ids: Vec<_> = list(&found, "triggers").iter().map(|trigger| string(trigger, "trigger_id").unwrap()).collect();
    assert!(ids.len() == 2 && ids[0] == FIRST, "{ids:?}");
}

#[tokio::test]
async fn a_trigger_is_set_up_once() {
    let world = world(begun()).await;
    let command = world.command().await;
    let kind = "quay_build_trigger";
    let config = of_app(json!({ "trigger_id": FIRST, "build_source": "git@git.example.com:team/app.git" }));
    let made = command.core.run(kind, None, config.clone()).await.unwrap();
    assert!(made.state.attribute("ssh_public_key").and_then(Value::as_str).unwrap().starts_with("ssh-rsa "));
    assert_eq!(made.state.attribute("webhook_url"), Some(&Value::Null));
    command.is_settled(&made, config.clone()).await.unwrap();
    let again = command.apply(kind, None, Some(config.clone())).await;
    let said = text(&again.diagnostics);
    assert!(said.contains(&format!("terraform import quay_build_trigger.NAME 'acme/app/{FIRST}'")), "{said}");
    let mut other = config.clone();
    other["context"] = json!("/app");
    let said = text(&command.plan(kind, Some(&made), other).await.unwrap_err());
    assert!(said.contains("A build trigger cannot be set up again"), "{said}");
    assert!(said.contains("`context` is set to something else"), "{said}");
    let mut off = config.clone();
    off["enabled"] = json!(false);
    let off = command.apply(kind, Some(&made), Some(off)).await.unwrap();
    assert_eq!(off.state.attribute("disabled_reason").and_then(Value::as_str), Some("user_toggled"));
    assert!(!command.core.destroy(&off).await.diagnostics.has_errors());
    let gone = command.apply(kind, None, Some(config)).await;
    assert!(
        text(&gone.diagnostics).contains("Quay makes a build trigger only in a browser"),
        "{}",
        text(&gone.diagnostics)
    );
    command.end();
}

#[tokio::test]
async fn another_repositorys_trigger_is_not_taken_for_its_own() {
    let world = world(begun()).await;
    let command = world.command().await;
    command.core.run("quay_repository", None, json!({ "namespace": "acme", "name": "other" })).await.unwrap();
    let config = json!({ "namespace": "acme", "repository": "other", "trigger_id": FIRST, "build_source": "git@git.example.com:x.git" });
    let refused = command.apply("quay_build_trigger", None, Some(config)).await;
    assert!(text(&refused.diagnostics).contains("There is no build trigger"), "{}", text(&refused.diagnostics));
    command.end();
}

#[tokio::test]
async fn a_trigger_of_another_repository_is_not_shown_as_its_own() {
    let world = world(active()).await;
    let command = world.command().await;
    command.core.run("quay_repository", None, json!({ "namespace": "acme", "name": "other" })).await.unwrap();
    command.end();
    let config = json!({ "namespace": "acme", "repository": "other", "trigger_id": ACTIVE });
    let said = read(&world, "quay_build_triggers", config).await.unwrap_err();
    assert!(said.contains("There is no build trigger"), "{said}");
}

#[tokio::test]
async fn a_trigger_that_cannot_be_switched_off_is_not_lost() {
    let world = world(begun()).await;
    let kind = "quay_build_trigger";
    let config =
        of_app(json!({ "trigger_id": FIRST, "build_source": "git@git.example.com:team/app.git", "enabled": false }));
    world.simulator.fault(Fault::once("PUT", "*/trigger/*", Does::quay_crash()).times(u32::MAX));
    let command = world.command().await;
    let half = command.apply(kind, None, Some(config.clone())).await;
    let said = text(&half.diagnostics);
    assert!(half.instance.is_none(), "Terraform would delete it to make it anew");
    assert!(said.contains("Cannot switch off") && said.contains(&format!("NAME 'acme/app/{FIRST}'")), "{said}");
    world.simulator.clear_faults();
    let found = command.core.import(kind, &format!("acme/app/{FIRST}"), None).await.unwrap();
    let off = command.apply(kind, Some(&found), Some(config.clone())).await.unwrap();
    command.is_settled(&off, config).await.unwrap();
    command.end();
}

#[tokio::test]
async fn a_trigger_whose_robot_is_deleted_has_none() {
    let world = world(begun()).await;
    let command = world.command().await;
    let robot = command.core.run("quay_robot", None, json!({ "namespace": "acme", "name": "ci" })).await.unwrap();
    let kind = "quay_build_trigger";
    let config = of_app(
        json!({ "trigger_id": FIRST, "build_source": "git@git.example.com:team/app.git", "pull_robot": "acme+ci" }),
    );
    let made = command.core.run(kind, None, config.clone()).await.unwrap();
    assert!(!command.core.destroy(&robot).await.diagnostics.has_errors());
    command.end();
    let command = world.command().await;
    let found = command.refresh(&made).await.unwrap().unwrap();
    assert_eq!(found.state.attribute("pull_robot"), Some(&Value::Null));
    let said = text(&command.plan(kind, Some(&found), config.clone()).await.unwrap_err());
    assert!(said.contains("`pull_robot` is set to something else"), "{said}");
    let mut without = config;
    without["pull_robot"] = Json::Null;
    command.is_settled(&found, without).await.unwrap();
    command.end();
}

#[tokio::test]
async fn the_address_of_a_trigger_is_handed_on_and_not_stored() {
    let world = world(begun()).await;
    let command = world.command().await;
    let name = "quay_build_trigger_webhook";
    let config = of_app(json!({ "trigger_id": FIRST }));
    let early = command.core.open_and_close(name, config.clone()).await.unwrap();
    assert_eq!(early.attribute("webhook_url"), Some(&Value::Null));
    edit(&world, reporting());
    let opened = command.core.open_and_close(name, config).await.unwrap();
    assert!(string(&opened, "webhook_url").unwrap().ends_with(&format!("/webhooks/push/trigger/{FIRST}")));
    edit(&world, active());
    for (id, words) in [(ACTIVE, "has no address to report to"), ("none", "There is no build trigger none")] {
        let said = command.core.open_and_close(name, of_app(json!({ "trigger_id": id }))).await.unwrap_err();
        assert!(text(&said).contains(words), "{}", text(&said));
    }
    command.end();
}

#[tokio::test]
async fn the_builds_of_a_trigger_are_told_from_the_others() {
    let world = world(active()).await;
    let of_trigger = of_app(json!({ "trigger_id": ACTIVE }));
    let none = read(&world, "quay_builds", of_trigger.clone()).await.unwrap();
    assert!(list(&none, "builds").is_empty());
    invoked(&world, "quay_start_build", archive(json!({ "wait": false }))).await.unwrap();
    invoked(&world, "quay_start_build_trigger", of_trigger.clone()).await.unwrap();
    let all = read(&world, "quay_builds", of_app(json!({}))).await.unwrap();
    let triggers: Vec<_> = list(&all, "builds").iter().map(|build| string(build, "trigger_id")).collect();
    assert_eq!(triggers, [Some(ACTIVE), None]);
    let of_it = read(&world, "quay_builds", of_trigger).await.unwrap();
    let ids = |found: &Value| -> Vec<String> {
        list(found, "builds").iter().map(|build| string(build, "build_id").unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&of_it), ids(&all)[..1]);
}

#[tokio::test]
async fn builds_stay_when_their_trigger_is_deleted() {
    let world = world(active()).await;
    let started = of_app(json!({ "trigger_id": ACTIVE }));
    invoked(&world, "quay_start_build_trigger", started).await.unwrap();
    let command = world.command().await;
    let found = command.core.import("quay_build_trigger", &format!("acme/app/{ACTIVE}"), None).await.unwrap();
    assert!(!command.core.destroy(&found).await.diagnostics.has_errors());
    command.end();
    let found = read(&world, "quay_builds", of_app(json!({}))).await.unwrap();
    let build = &list(&found, "builds")[0];
    assert_eq!((build.attribute("trigger_id"), string(build, "phase")), (Some(&Value::Null), Some("complete")));
}

/// Somebody else sets it up between the look and the request: Quay says then that the settings do not suffice.
#[tokio::test]
async fn a_trigger_that_was_set_up_at_the_same_moment_is_there_already() {
    let world = world(begun()).await;
    let kind = "quay_build_trigger";
    let config = of_app(json!({ "trigger_id": FIRST, "build_source": "git@git.example.com:team/app.git" }));
    world.simulator.fault(Fault::once("GET", "*/trigger/", Does::Stale).skip(2).times(2));
    let first = world.command().await;
    first.apply(kind, None, Some(config.clone())).await.unwrap();
    first.end();
    let second = world.command().await;
    let refused = second.apply(kind, None, Some(config)).await;
    let said = text(&refused.diagnostics);
    assert!(said.contains(&format!("terraform import quay_build_trigger.NAME 'acme/app/{FIRST}'")), "{said}");
    assert!(refused.instance.is_none());
    second.end();
}

#[tokio::test]
async fn every_setting_of_a_trigger_is_read() {
    let world = world(active()).await;
    let of_trigger = of_app(json!({ "trigger_id": ACTIVE }));
    let found = read(&world, "quay_build_triggers", of_trigger.clone()).await.unwrap();
    let trigger = &list(&found, "triggers")[0];
    for name in ["default_tag_from_ref", "latest_for_default_branch"] {
        assert_eq!(trigger.attribute(name), Some(&Value::Bool(true)), "{name}, which is not said");
    }
    assert_eq!(trigger.attribute("branch_tag_regex"), Some(&Value::Null));
    let config =
        json!({ "default_tag_from_ref": false, "latest_for_default_branch": false, "branchtag_regex": "heads/main" });
    edit(&world, of_active(json!({ "config": config })));
    let found = read(&world, "quay_build_triggers", of_trigger).await.unwrap();
    let trigger = &list(&found, "triggers")[0];
    for name in ["default_tag_from_ref", "latest_for_default_branch"] {
        assert_eq!(trigger.attribute(name), Some(&Value::Bool(false)), "{name}");
    }
    assert_eq!(string(trigger, "branch_tag_regex"), Some("heads/main"));
    // An empty one matches nothing, which is not the same as none.
    let config = json!({ "branchtag_regex": "", "build_source": "https://me:SECRET@git.example.com/app.git" });
    edit(&world, of_active(json!({ "config": config })));
    let found = read(&world, "quay_build_triggers", of_app(json!({ "trigger_id": ACTIVE }))).await.unwrap();
    let trigger = &list(&found, "triggers")[0];
    assert_eq!(string(trigger, "branch_tag_regex"), Some(""));
    assert_eq!(string(trigger, "build_source"), Some("https://git.example.com/app.git"));
    let command = world.command().await;
    let imported = command.core.import("quay_build_trigger", &format!("acme/app/{ACTIVE}"), None).await.unwrap();
    assert_eq!(imported.state.attribute("branch_tag_regex").and_then(Value::as_str), Some(""));
    let same = json!({ "trigger_id": ACTIVE, "build_source": "https://me:SECRET@git.example.com/app.git", "branch_tag_regex": "",
        "default_tag_from_ref": false, "latest_for_default_branch": false });
    command.is_settled(&imported, of_app(same)).await.unwrap();
    command.end();
}

/// A patch to the trigger that is set up.
fn of_active(content: Json) -> Json {
    json!({ "quay": { "repositories": { "acme/app": { "triggers": { ACTIVE: content } } } } })
}

#[tokio::test]
async fn what_cannot_be_set_up_is_refused_by_the_plan() {
    let world = world(active()).await;
    let command = world.command().await;
    let kind = "quay_build_trigger";
    let of = |id: &str| of_app(json!({ "trigger_id": id, "build_source": "team/app" }));
    let planned = |id: &'static str| command.plan(kind, None, of(id));
    let said = text(&planned("none").await.unwrap_err());
    assert!(said.contains("There is no build trigger none"), "{said}");
    let said = text(&planned(ACTIVE).await.unwrap_err());
    assert!(said.contains(&format!("terraform import quay_build_trigger.NAME 'acme/app/{ACTIVE}'")), "{said}");
    // What cannot be seen is left to the apply.
    world.simulator.fault(Fault::once("GET", "*/trigger/", Does::quay_crash()).times(u32::MAX));
    planned("none").await.unwrap();
    command.end();
}

#[tokio::test]
async fn a_trigger_that_quay_switched_off_since_the_plan_is_switched_on_again() {
    let world = world(active()).await;
    let command = world.command().await;
    let kind = "quay_build_trigger";
    let found = command.core.import(kind, &format!("acme/app/{ACTIVE}"), None).await.unwrap();
    let config = of_app(json!({ "trigger_id": ACTIVE, "build_source": "team/app", "store_webhook_url": true }));
    let plan = command.plan(kind, Some(&found), config).await.unwrap();
    edit(&world, of_active(json!({ "enabled": false, "disabled_reason": "successive_build_failures" })));
    let applied = command.core.apply(plan).await.unwrap();
    assert_eq!(applied.state.attribute("enabled"), Some(&Value::Bool(true)));
    let pointer = format!("/quay/repositories/acme~1app/triggers/{ACTIVE}/enabled");
    assert_ne!(world.simulator.dump().pointer(&pointer), Some(&json!(false)));
    command.end();
}

#[tokio::test]
async fn settings_that_nobody_can_want_are_warned_of() {
    let world = world(begun()).await;
    let command = world.command().await;
    let kind = "quay_build_trigger";
    let said = async |more: Json| {
        let mut config = of_app(json!({ "trigger_id": FIRST, "build_source": "git@git.example.com:app.git" }));
        config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let value = crate::core::config(command.core.schema(kind), config);
        text(&command.core.validate(kind, &value).await)
    };
    assert_eq!(said(json!({ "branch_tag_regex": "heads/(main|release-.*)" })).await, "");
    let regex = said(json!({ "branch_tag_regex": "main" })).await;
    assert!(regex.contains("No branch and no tag is built"), "{regex}");
    let regex = said(json!({ "branch_tag_regex": "" })).await;
    assert!(regex.contains("No branch and no tag is built"), "{regex}");
    // Where it is set up so already it stays; none is set up so.
    let flawed = of_app(
        json!({ "trigger_id": FIRST, "build_source": "git@git.example.com:app.git", "branch_tag_regex": "heads/(main" }),
    );
    let planned = text(&command.plan(kind, None, flawed).await.unwrap_err());
    assert!(planned.contains("a parenthesis is not closed"), "{planned}");
    let source = said(json!({ "build_source": "https://me:SECRET@git.example.com/app.git" })).await;
    assert!(source.contains("A login in the address") && !source.contains("SECRET"), "{source}");
    command.end();
}

#[tokio::test]
async fn a_robot_of_another_namespace_is_refused_in_the_plan() {
    let world = world(begun()).await;
    let command = world.command().await;
    let kind = "quay_build_trigger";
    let mut config = of_app(
        json!({ "trigger_id": FIRST, "build_source": "git@git.example.com:team/app.git", "pull_robot": "other+ci" }),
    );
    let said = text(&command.plan(kind, None, config.clone()).await.unwrap_err());
    assert!(said.contains("another namespace") && said.contains("other+ci"), "{said}");
    config["pull_robot"] = json!("acme+ci");
    command.plan(kind, None, config).await.unwrap();
    command.end();
}

/// Quay takes every user for an administrator of the own namespace.
#[tokio::test]
async fn a_robot_of_the_users_own_namespace_pulls() {
    let world = world(json!({})).await;
    let command = world.command().await;
    for (kind, config) in [
        ("quay_repository", json!({ "namespace": "admin", "name": "app" })),
        ("quay_robot", json!({ "namespace": "admin", "name": "ci" })),
    ] {
        command.core.run(kind, None, config).await.unwrap();
    }
    let mut own = begun();
    let triggers = own["quay"]["repositories"]["acme/app"].take();
    edit(&world, json!({ "quay": { "repositories": { "admin/app": triggers } } }));
    let config = json!({ "namespace": "admin", "repository": "app", "trigger_id": FIRST,
        "build_source": "git@git.example.com:team/app.git", "pull_robot": "admin+ci" });
    command.core.run("quay_build_trigger", None, config).await.unwrap();
    command.end();
}

/// Quay asks the source's service for minutes before it notes that a trigger is set up, and would make keys and webhooks once more.
#[tokio::test]
async fn a_trigger_is_never_activated_twice() {
    let config = of_app(json!({ "trigger_id": FIRST, "build_source": "git@git.example.com:team/app.git" }));
    let kind = "quay_build_trigger";
    for status in [502, 503, 504] {
        let world = world(begun()).await;
        let command = world.command().await;
        world.simulator.reset_requests();
        world.simulator.fault(Fault::once("POST", "*/activate", Does::Late { status, after: 3 }));
        let made = command.apply(kind, None, Some(config.clone())).await.unwrap();
        assert_eq!(world.simulator.requests().of_method("POST"), 1, "after {status}");
        command.is_settled(&made, config.clone()).await.unwrap();
        command.end();
    }
    let world = world(begun()).await;
    let command = world.command().await;
    world.simulator.reset_requests();
    world.simulator.fault(Fault::once("POST", "*/activate", Does::Late { status: 504, after: 6 }));
    let applied = command.apply(kind, None, Some(config.clone())).await;
    let said = text(&applied.diagnostics);
    assert!(said.contains("was not sent again") && said.contains("import the object"), "{said}");
    assert!(applied.instance.is_none());
    assert_eq!(world.simulator.requests().of_method("POST"), 1);
    // The next apply finds it.
    let said = text(&command.apply(kind, None, Some(config)).await.diagnostics);
    assert!(said.contains(&format!("terraform import quay_build_trigger.NAME 'acme/app/{FIRST}'")), "{said}");
    assert_eq!(world.simulator.requests().of_method("POST"), 1);
    command.end();
}
