//! Usage logs of all places: an organization, a repository, the token's own user, the whole registry.

use serde_json::{Value as Json, json};
use terraform_framework::value::Value;

use crate::bad_input::says;
use crate::quay::app_images::{invoke, items};
use crate::quay::users::own_account::own;
use crate::quay::{acme, world};
use crate::world::inspect::{edit, read};
use crate::world::{Command, World, merged};

const LOGS: &str = "quay_usage_logs";
const COUNTS: &str = "quay_usage_log_counts";

/// What was done on a day at noon.
fn entry(kind: &str, day: &str, namespace: &Json, repository: &Json, performer: &Json) -> Json {
    json!({ "kind": kind, "time": format!("{day}T12:00:00Z"), "namespace": namespace, "repository": repository,
        "performer": performer, "metadata": { "build_uuid": "1" } })
}

async fn logged(entries: Json) -> World {
    let app = ("quay_repository", json!({ "namespace": "acme", "name": "app" }));
    let robot = ("quay_robot", json!({ "namespace": "acme", "name": "ci" }));
    let world = world(&[acme(), app, robot]).await;
    edit(&world, json!({ "quay": { "logs": entries, "clock": "2026-11-20T12:00:00Z" } }));
    world
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.attribute(name).and_then(Value::as_str).map(str::to_owned)
}

/// What is told of each entry: its kind, its namespace, its repository and who did it.
async fn told(command: &Command<'_>, asked: Json) -> Vec<[Option<String>; 4]> {
    let found = read(command, LOGS, asked).await.unwrap();
    let who = |entry: &Value| entry.attribute("performer").and_then(|found| text(found, "name"));
    let tell = |entry: &Value| [text(entry, "kind"), text(entry, "namespace"), text(entry, "repository"), who(entry)];
    items(&found, "entries").iter().map(tell).collect()
}

/// Days and how often something was done on them.
async fn counted(command: &Command<'_>, asked: Json) -> (Vec<(String, String, i64)>, Option<i64>) {
    let found = read(command, COUNTS, asked).await.unwrap();
    let one = |count: &Value| {
        let number = count.attribute("count").and_then(Value::as_i64).expect("a number");
        (text(count, "date").expect("a day"), text(count, "kind").expect("a kind"), number)
    };
    (items(&found, "counts").iter().map(one).collect(), found.attribute("total").and_then(Value::as_i64))
}

#[tokio::test]
async fn each_place_has_its_own_logs() {
    let (day, none) = ("2026-11-20", Json::Null);
    let world = logged(json!([
        entry("service_key_create", day, &json!("admin"), &none, &json!("admin")),
        entry("create_repo", day, &json!("acme"), &json!("app"), &json!("acme+ci")),
        entry("org_create", day, &json!("acme"), &none, &none),
        entry("of_a_newer_quay", day, &json!("admin"), &none, &json!("bob")),
    ]))
    .await;
    let command = world.command().await;
    let some = |text: &str| Some(text.to_owned());
    let newer = [some("of_a_newer_quay"), some("admin"), None, some("bob")];
    let created = [some("org_create"), some("acme"), None, None];
    let pushed = [some("create_repo"), some("acme"), some("app"), some("acme+ci")];
    let key = [some("service_key_create"), some("admin"), None, some("admin")];
    let since = |more: Json| merged(json!({ "start": "2026-11-20" }), more);
    // Their own user, by default and by name.
    for asked in [json!({}), json!({ "namespace": "admin" })] {
        assert_eq!(told(&command, since(asked)).await, std::slice::from_ref(&newer));
    }
    let organization = since(json!({ "namespace": "acme" }));
    assert_eq!(
        told(&command, organization.clone()).await,
        [created.clone(), {
            // Of an organization an entry says only what its kind says.
            let mut pushed = pushed.clone();
            pushed[2] = None;
            pushed
        }]
    );
    let repository = since(json!({ "namespace": "acme", "repository": "app" }));
    assert_eq!(told(&command, repository.clone()).await, std::slice::from_ref(&pushed));
    let registry = since(json!({ "whole_registry": true }));
    let all = told(&command, registry.clone()).await;
    assert_eq!((all.len(), &all[0], &all[3]), (4, &newer, &key));
    // By a robot account.
    let by_robot = json!({ "performer": "acme+ci" });
    for asked in [organization, repository, registry] {
        let found = read(&command, LOGS, merged(asked, by_robot.clone())).await.unwrap();
        let performer = items(&found, "entries")[0].attribute("performer").cloned().expect("a performer");
        assert_eq!((items(&found, "entries").len(), text(&performer, "name")), (1, some("acme+ci")));
        assert_eq!(performer.attribute("is_robot"), Some(&Value::Bool(true)));
    }
    // Nothing was done before.
    let before = json!({ "start": "2026-11-01", "end": "2026-11-02" });
    for asked in [json!({}), json!({ "namespace": "acme" }), json!({ "whole_registry": true })] {
        assert!(told(&command, merged(before.clone(), asked.clone())).await.is_empty());
        assert_eq!(counted(&command, merged(before.clone(), asked)).await, (Vec::new(), Some(0)));
    }
}

#[tokio::test]
async fn what_concerns_the_server_stands_with_its_oldest_account_or_with_the_one_that_is_named() {
    let gone = entry("create_repo", "2026-11-20", &json!("gone"), &json!("app"), &json!("admin"));
    let world = logged(json!([gone])).await;
    let command = world.command().await;
    let key = async |name: &str| {
        let config = json!({ "service": "scanner", "name": name });
        command.core.run("quay_service_key", None, config).await.unwrap();
    };
    key("one").await;
    let acme = world.simulator.dump()["quay"]["organizations"]["acme"]["number"].clone();
    edit(&world, json!({ "quay": { "config": { "SERVICE_LOG_ACCOUNT_ID": acme } } }));
    key("two").await;
    let found = told(&command, json!({ "whole_registry": true, "start": "2026-11-20" })).await;
    let keys = found.iter().filter(|[kind, ..]| kind.as_deref() == Some("service_key_create"));
    let accounts: Vec<_> = keys.map(|[_, namespace, ..]| namespace.as_deref()).collect();
    assert_eq!(accounts, [Some("acme"), Some("admin")]);
    // Only users do not see such entries among their own.
    let own = told(&command, json!({ "start": "2026-11-20" })).await;
    assert!(!own.iter().any(|[kind, ..]| kind.as_deref() == Some("service_key_create")), "{own:?}");
    let of_acme = told(&command, json!({ "namespace": "acme", "start": "2026-11-20" })).await;
    assert!(of_acme.iter().any(|[kind, ..]| kind.as_deref() == Some("service_key_create")), "{of_acme:?}");
    let lost = found.iter().find(|[kind, ..]| kind.as_deref() == Some("create_repo")).expect("it is there");
    assert_eq!(lost[1], None, "the namespace is not there any more");
}

#[tokio::test]
async fn each_place_is_counted_by_itself() {
    let (acme, app, none, bob) = (json!("acme"), json!("app"), Json::Null, json!("bob"));
    let world = logged(json!([
        entry("push_repo", "2026-11-19", &acme, &app, &bob),
        entry("push_repo", "2026-11-20", &acme, &app, &json!("acme+ci")),
        entry("push_repo", "2026-11-20", &acme, &app, &bob),
        entry("org_create", "2026-11-20", &acme, &none, &none),
        entry("login_success", "2026-11-20", &json!("admin"), &none, &json!("admin")),
    ]))
    .await;
    let command = world.command().await;
    let span = |more: Json| merged(json!({ "start": "2026-11-01", "end": "2026-11-20" }), more);
    let day = |day: &str, kind: &str, count: i64| (day.to_owned(), kind.to_owned(), count);
    let pushes = [day("2026-11-19", "push_repo", 1), day("2026-11-20", "push_repo", 2)];
    let repository = span(json!({ "namespace": "acme", "repository": "app" }));
    assert_eq!(counted(&command, repository).await, (pushes.to_vec(), Some(3)));
    let (found, total) = counted(&command, span(json!({ "namespace": "acme" }))).await;
    assert_eq!((&found[1], total), (&day("2026-11-20", "org_create", 1), Some(4)));
    assert_eq!(counted(&command, span(json!({ "whole_registry": true }))).await.1, Some(5));
    let own_logs = (vec![day("2026-11-20", "login_success", 1)], Some(1));
    assert_eq!(counted(&command, span(json!({}))).await, own_logs);
    let by_robot = span(json!({ "namespace": "acme", "performer": "acme+ci" }));
    assert_eq!(counted(&command, by_robot).await, (vec![day("2026-11-20", "push_repo", 1)], Some(1)));
    // Quay would count what everybody has done.
    for name in ["nosuch", "acme+nosuch"] {
        let asked = span(json!({ "namespace": "acme", "performer": name }));
        says(&world, &read(&command, COUNTS, asked).await.unwrap_err(), &["no user or robot account", name]);
    }
    let asked = span(json!({ "namespace": "acme", "repository": "nosuch" }));
    says(&world, &read(&command, COUNTS, asked).await.unwrap_err(), &["There is no repository acme/nosuch"]);
}

#[tokio::test]
async fn days_of_the_same_number_are_told_apart() {
    let pushed = |day: &str| entry("push_repo", day, &json!("acme"), &json!("app"), &json!("bob"));
    let days = ["2026-02-01", "2026-02-28", "2026-03-01", "2026-03-29", "2026-09-30", "2026-10-31", "2026-11-01"];
    let world = logged(json!(days.map(pushed))).await;
    let command = world.command().await;
    let found = async |start: &str, end: &str| {
        let (found, _) = counted(&command, json!({ "namespace": "acme", "start": start, "end": end })).await;
        found.into_iter().map(|(day, ..)| day).collect::<Vec<_>>()
    };
    assert_eq!(found("2026-02-01", "2026-11-20").await, days);
    assert_eq!(found("2026-02-01", "2026-03-01").await, days[..3]);
    assert_eq!(found("2026-02-28", "2026-03-29").await, days[1..4]);
}

#[tokio::test]
async fn logs_that_are_kept_where_quay_cannot_search_are_not_empty_ones() {
    let world = logged(json!([])).await;
    let splunk =
        json!({ "LOGS_MODEL": "splunk", "LOGS_MODEL_CONFIG": { "producer": "splunk_hec", "splunk_hec_config": {} } });
    edit(&world, json!({ "quay": { "config": splunk } }));
    let command = world.command().await;
    for place in [json!({}), json!({ "namespace": "acme" }), json!({ "whole_registry": true })] {
        for name in [LOGS, COUNTS] {
            let said = read(&command, name, place.clone()).await.unwrap_err();
            says(&world, &said, &["keeps its logs where it cannot search"]);
        }
    }
    edit(&world, json!({ "quay": { "release": "3.15" } }));
    let said = read(&command, LOGS, json!({ "namespace": "acme" })).await.unwrap_err();
    says(&world, &said, &["Splunk"]);
}

#[tokio::test]
async fn what_a_token_must_not_see_is_no_empty_list() {
    let world = logged(json!([])).await;
    let reader = world.command_with(own("alice", &world)).await;
    let app = json!({ "namespace": "acme", "repository": "app" });
    for (asked, scope) in [
        (json!({ "namespace": "acme" }), "org:admin"),
        (app, "repo:admin"),
        (json!({ "whole_registry": true }), "super:user"),
    ] {
        for name in [LOGS, COUNTS] {
            says(&world, &read(&reader, name, asked.clone()).await.unwrap_err(), &[scope]);
        }
    }
}

#[tokio::test]
async fn builds_are_noted_with_their_repository() {
    let world = logged(json!([])).await;
    edit(&world, json!({ "quay": { "config": { "FEATURE_BUILD_SUPPORT": true } } }));
    let app = json!({ "namespace": "acme", "repository": "app" });
    let archive = json!({ "archive_url": "https://sources.example.com/app.tar.gz", "wait": false });
    invoke(&world, "quay_start_build", merged(app.clone(), archive)).await.unwrap();
    let builds = world.simulator.dump()["quay"]["repositories"]["acme/app"]["builds"].clone();
    let id = builds.as_object().and_then(|builds| builds.keys().next()).expect("a build").clone();
    invoke(&world, "quay_cancel_build", merged(app.clone(), json!({ "build_id": id }))).await.unwrap();
    let told = told(&world.command().await, app).await;
    let kinds: Vec<_> = told.iter().map(|[kind, _, repository, _]| (kind.as_deref(), repository.as_deref())).collect();
    assert_eq!(kinds, [(Some("cancel_build"), Some("app")), (Some("build_dockerfile"), Some("app"))]);
}

#[tokio::test]
async fn the_token_of_a_triggers_webhook_is_not_shown() {
    let url = "http://$token:AB12CD34@quay.example.com/webhooks/push/trigger/1";
    let metadata = json!({ "repo": "app", "trigger_id": "1", "service": "custom-git", "config": {
        "build_source": "https://git.example.com/app.git", "credentials": [{ "name": "Webhook Endpoint URL", "value": url }] } });
    let world = logged(json!([{ "kind": "setup_repo_trigger", "time": "2026-11-20T12:00:00Z", "namespace": "acme",
        "repository": "app", "performer": "admin", "metadata": metadata }]))
    .await;
    let found = read(&world.command().await, LOGS, json!({ "namespace": "acme" })).await.unwrap();
    let shown = text(&items(&found, "entries")[0], "metadata").expect("a text");
    assert!(!shown.contains("AB12CD34") && shown.contains("git.example.com"), "{shown}");
}
