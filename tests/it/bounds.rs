//! Hostile and broken servers: what they say steers no terminal and shows no secret, and what they claim exhausts nothing.

use registry_http::testing::BEFORE_JSON;
use registry_simulator::{Action as Does, Fault};
use serde_json::{Value as Json, json};
use terraform_framework::Diagnostics;

use crate::core::text;
use crate::world::{Service, Through, World};

const TOKEN: &str = "SEKRET-99-SEKRET";

/// What a hostile server says, and how that is shown.
const STEERING: &str = "\u{1b}]0;x\u{7}\u{1b}cgood\u{202e}\u{8}\u{9b}2J\r\nWhat to do: run it";

async fn world(service: Service, through: Through, resources: &[(&str, Json)]) -> World {
    let world = World::new(service, through);
    let command = world.command().await;
    for (kind, config) in resources {
        command.core.run(kind, None, config.clone()).await.unwrap();
    }
    command.end();
    world
}

fn acme() -> (&'static str, Json) {
    ("quay_organization", json!({ "name": "acme", "email": "acme@example.com" }))
}

/// Answers requests like this from now on.
fn answers(world: &World, method: &str, path: &str, status: u16, content_type: &str, body: impl Into<String>) {
    let headers = Vec::new();
    let action = Does::Answer { status, content_type: content_type.into(), body: body.into(), headers };
    world.simulator.fault(Fault::once(method, path, action).times(u32::MAX));
}

fn without_retries() -> Json {
    json!({ "max_retries": 0 })
}

#[tokio::test]
async fn no_error_shows_a_robots_token_whatever_stands_before_the_json() {
    let robot = json!({ "namespace": "acme", "name": "ci" });
    let world = world(Service::Quay, Through::Calls, &[acme(), ("quay_robot", robot.clone())]).await;
    world.witness.learn_secret(TOKEN);
    let command = world.command_with(without_retries()).await;
    let instance = command.core.import("quay_robot", "acme+ci", None).await.unwrap();
    let one = json!({ "name": "acme+ci", "token": TOKEN, "description": "" });
    for prefix in BEFORE_JSON {
        world.simulator.clear_faults();
        answers(
            &world,
            "GET",
            "/api/v1/organization/acme/robots/ci",
            200,
            "application/json",
            format!("{prefix}{one}"),
        );
        let list = json!({ "robots": [one] });
        answers(&world, "GET", "/api/v1/organization/acme/robots", 200, "text/html", format!("{prefix}{list}"));
        answers(&world, "PUT", "/api/v1/organization/acme/robots/*", 201, "application/json", format!("{prefix}{one}"));
        let read = command.refresh(&instance).await.expect_err("it is no JSON");
        let listed = command.core.read_data("quay_robots", json!({ "namespace": "acme" })).await;
        let listed = listed.expect_err("it is no JSON");
        let made = command.apply("quay_robot", None, Some(json!({ "namespace": "acme", "name": "new" }))).await;
        assert!(made.instance.is_none() && made.diagnostics.has_errors(), "{prefix:?}");
        for said in [read, listed, made.diagnostics] {
            world.witness.see("a diagnostic", text(&said));
            assert!(!format!("{said:?}").contains("SEKRET"), "{prefix:?}: {}", text(&said));
        }
        assert_eq!(world.witness.leaks(), Vec::<String>::new(), "{prefix:?}");
    }
}

#[track_caller]
fn steers_nothing(said: &str) {
    let steering =
        |c: char| c != '\n' && c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    assert!(!said.contains(steering), "{said:?}");
    assert!(said.contains(r"\u{1b}cgood\u{202e}\u{8}\u{9b}2J"), "{said}");
}

/// The text of an error of a server is one line: no paragraph of it looks like ours.
#[track_caller]
fn is_said_safely(said: &Diagnostics) {
    let said = text(said);
    steers_nothing(&said);
    assert!(!said.contains("\nWhat to do: run it"), "{said}");
}

#[tokio::test]
async fn nothing_that_a_server_says_steers_the_terminal() {
    let mut world = world(Service::Quay, Through::Grpc, &[acme()]).await;
    let command = world.command_with(without_retries()).await;
    let robot = || json!({ "namespace": "acme", "name": "ci" });
    let page = format!("<html><title>{STEERING}</title></html>");
    let message = |name: &str| json!({ name: STEERING }).to_string();
    for (status, content_type, body) in [
        (400, "application/json", message("error_message")),
        (403, "application/json", message("message")),
        (404, "application/json", json!({ "detail": STEERING, "error_type": "not_found" }).to_string()),
        (502, "text/html", page),
        (500, "text/plain", STEERING.to_owned()),
        (418, "text/plain", STEERING.to_owned()),
    ] {
        world.simulator.clear_faults();
        answers(&world, "PUT", "/api/v1/organization/acme/robots/ci", status, content_type, body);
        let made = command.core.run("quay_robot", None, robot()).await;
        assert!(made.instance.is_none(), "{status}");
        is_said_safely(&made.diagnostics);
    }
    drop(command);
    world.simulator.clear_faults();
    world.end_process().await;
    assert!(world.witness.saw("the log at TRACE", r"\\u{1b}cgood\\u{202e}\\u{8}\\u{9b}2J"), "it is in the log");
    for raw in ["\u{1b}", "\u{202e}", "\u{9b}", r"\u001b", r"\u0007"] {
        assert!(!world.witness.saw("the log at TRACE", raw), "{raw:?} is in the log");
    }
}

#[tokio::test]
async fn a_duration_that_overruns_the_clock_is_refused_in_the_plan() {
    let world = world(Service::Quay, Through::Calls, &[acme()]).await;
    let command = world.command().await;
    for operation in ["create", "read", "update", "delete"] {
        for long in ["2562047788015215h", "876001h", "9223372036854775807s"] {
            let config = json!({ "namespace": "acme", "name": "ci", "timeouts": { operation: long } });
            let said = command.plan("quay_robot", None, config).await.expect_err("it is too long");
            let paths: Vec<_> = said.0.iter().filter_map(|said| said.path.as_ref().map(ToString::to_string)).collect();
            assert!(paths.iter().any(|path| path.contains(operation)), "{paths:?}");
            assert!(text(&said).contains("longer than 876000 hours"), "{}", text(&said));
        }
    }
    let longest = json!({ "create": "876000h", "read": "876000h", "update": "876000h", "delete": "876000h" });
    let config = json!({ "namespace": "acme", "name": "ci", "timeouts": longest });
    let made = command.apply("quay_robot", None, Some(config)).await.unwrap();
    assert!(command.apply("quay_robot", Some(&made), None).await.instance.is_none());
    let settings =
        ["connect_timeout", "request_timeout", "retry_wait_min", "retry_wait_max", "coalesce_max_age", "poll_interval"];
    for setting in settings {
        let command = world.unconfigured().await;
        let mut block = world.service.block(&world.simulator);
        block[setting] = json!("2562047788015215h");
        let said = command.core.configure(block.clone()).await;
        assert!(text(&said).contains(setting), "{setting}: {}", text(&said));
        // As long as can be; the others must not be longer than it.
        block[setting] = json!("876000h");
        block["retry_wait_max"] = json!("876000h");
        let said = world.unconfigured().await.core.configure(block).await;
        assert!(!said.has_errors(), "{setting}: {}", text(&said));
    }
}

#[tokio::test]
async fn claimed_numbers_of_items_cost_no_requests() {
    let world = World::new(Service::Harbor, Through::Calls);
    let row = json!([{ "project_id": 7, "name": "acme", "metadata": { "public": "true" } }]);
    for claim in ["9007199254740992", "1000000"] {
        world.simulator.clear_faults();
        world.simulator.reset_requests();
        let link = "</api/v2.0/projects?page=1&page_size=100>; rel=\"next\"";
        let headers = [("X-Total-Count", claim), ("Link", link)];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let (content_type, body) = ("application/json".to_owned(), row.to_string());
        let action = Does::Answer { status: 200, content_type, body, headers };
        world.simulator.fault(Fault::once("GET", "/api/v2.0/projects", action).times(u32::MAX));
        let found = world.command().await.core.read_data("harbor_projects", json!({})).await.unwrap();
        assert!(format!("{found:?}").contains("acme"));
        assert!(world.simulator.requests().total <= 2, "{claim}: {:?}", world.simulator.requests());
    }
}

/// The error of a data source about a list that does not end.
async fn never_ends(world: &World, kind: &str, config: Json) -> String {
    let command = world.command_with(without_retries()).await;
    let said = text(&command.core.read_data(kind, config).await.expect_err("it never ends"));
    assert!(said.contains("does not come to an end"), "{said}");
    said
}

#[tokio::test]
async fn lists_without_end_are_noticed_wherever_they_are_read() {
    let app = ("quay_repository", json!({ "namespace": "acme", "name": "app" }));
    let world = world(Service::Quay, Through::Calls, &[acme(), app]).await;
    let always = |path: &str, body: Json| {
        world.simulator.clear_faults();
        world.simulator.reset_requests();
        answers(&world, "GET", path, 200, "application/json", body.to_string());
    };
    let repository = json!({ "namespace": "acme", "name": "app", "description": "", "is_public": false,
        "is_starred": false });
    for body in
        [json!({ "repositories": [], "next_page": "x" }), json!({ "repositories": [repository], "next_page": "x" })]
    {
        always("/api/v1/repository", body);
        never_ends(&world, "quay_repositories", json!({ "namespace": "acme" })).await;
        assert!(world.simulator.requests().of("GET", "/api/v1/repository") <= 2, "{:?}", world.simulator.requests());
    }
    let mirror = json!({ "namespace": "acme", "repository": "app", "sync_status": "SYNCED" });
    for (details, requests) in [(vec![mirror], 2), (vec![], 1)] {
        let mirrors = json!({ "healthy": true, "repositories": {
            "total": 1, "details": details, "pagination": { "has_more": true } } });
        always("/api/v1/repository/mirror/health", mirrors);
        never_ends(&world, "quay_mirror_health", json!({ "namespace": "acme" })).await;
        assert_eq!(world.simulator.requests().of("GET", "/api/v1/repository/mirror/health"), requests);
    }
    let found = json!({ "kind": "repository", "name": "app", "namespace": { "name": "acme" } });
    let page = |results: Json, page: u32| json!({ "results": results, "has_additional": true, "page": page });
    always("/api/v1/find/repositories", page(json!([]), 1));
    never_ends(&world, "quay_repository_search", json!({ "query": "app" })).await;
    assert_eq!(world.simulator.requests().total, 1);
    world.simulator.clear_faults();
    for number in 1..=3 {
        let action = Does::answer(200, &page(json!([found]), number).to_string());
        world.simulator.fault(Fault::once("GET", "/api/v1/find/repositories", action));
    }
    never_ends(&world, "quay_repository_search", json!({ "query": "app" })).await;
    assert_eq!(world.simulator.requests().total, 3);
    always("/api/v1/user/notifications", json!({ "notifications": [], "additional": true }));
    never_ends(&world, "quay_user_notices", json!({})).await;
    assert_eq!(world.simulator.requests().of("GET", "/api/v1/user/notifications"), 4);
}

#[tokio::test]
async fn one_answer_of_many_tiny_things_is_refused_and_not_worked_on() {
    let world = world(Service::Quay, Through::Calls, &[acme()]).await;
    let command = world.command_with(without_retries()).await;
    let list = |item: &str, count: usize| format!("[{}]", vec![item; count].join(","));
    // A list in one page, which no page follows.
    let robots = format!("{{\"robots\":{}}}", list("{}", 2_800_000));
    answers(&world, "GET", "/api/v1/organization/acme/robots", 200, "application/json", robots);
    let said = command.core.read_data("quay_robots", json!({ "namespace": "acme" })).await.expect_err("too many");
    assert!(text(&said).contains("it has a list of more than 100000 items"), "{}", text(&said));
    // A failure, and what should be an acknowledgement.
    let robot = json!({ "namespace": "acme", "name": "ci" });
    let made = command.core.run("quay_robot", None, robot).await.unwrap();
    let numbers = list("0", 2_000_000);
    for (method, status) in [("GET", 404), ("PUT", 400), ("DELETE", 200), ("DELETE", 500)] {
        world.simulator.clear_faults();
        answers(&world, method, "/api/v1/organization/acme/robots/*", status, "application/json", numbers.clone());
        let said = match method {
            "GET" => command.refresh(&made).await.expect_err("it is not Quay's"),
            "PUT" => {
                command.core.run("quay_robot", None, json!({ "namespace": "acme", "name": "new" })).await.diagnostics
            }
            _ => {
                let kept = command.apply("quay_robot", Some(&made), None).await;
                assert!(kept.instance.is_some(), "{status}: what may be there stays in the state");
                kept.diagnostics
            }
        };
        let said = text(&said);
        assert!(!said.contains("0,0,0") && said.len() < 2_000, "{method} {status}: {}", &said[..2_000]);
    }
}

/// Terraform prints ids as they are: `Creation complete after 0s [id=...]`.
#[tokio::test]
async fn an_id_that_would_steer_the_terminal_is_refused_and_nothing_of_the_answer_is_stored() {
    let world = world(Service::Quay, Through::Calls, &[acme()]).await;
    let command = world.command_with(without_retries()).await;
    let config = json!({ "title": "laptop" });
    let made = command.core.run("quay_app_token", None, config.clone()).await.unwrap();
    let tokens = || world.simulator.dump()["quay"]["app_tokens"].as_array().unwrap().len();
    assert_eq!(tokens(), 1);
    let uuid = "\u{1b}]0;x\u{7}";
    let token = json!({ "uuid": uuid, "title": "laptop", "token_code": "CODE", "created": null, "expiration": null,
        "last_accessed": null });
    world.simulator.reset_requests();
    // The list shows it too, from then on.
    let (listed, headers) = (json!({ "tokens": [token] }).to_string(), Vec::new());
    let shows = Does::Answer { status: 200, content_type: "application/json".into(), body: listed, headers };
    world.simulator.fault(Fault::once("GET", "/api/v1/user/apptoken", shows).skip(1).times(100));
    let body = json!({ "token": token }).to_string();
    answers(&world, "POST", "/api/v1/user/apptoken", 200, "application/json", body.clone());
    let refused = command.core.run("quay_app_token", None, config).await;
    let said = text(&refused.diagnostics);
    assert!(refused.instance.is_none() && refused.diagnostics.has_errors());
    assert!(said.contains("ID with control characters") && said.contains("may have been created"), "{said}");
    assert!(!said.contains('\u{1b}') && !said.contains("CODE") && said.contains("\\u{1b}"), "{said}");
    assert_eq!(world.simulator.requests().of("POST", "/api/v1/user/apptoken"), 1, "it is not made again");
    // What is in the state stays as it is.
    answers(&world, "GET", "/api/v1/user/apptoken/*", 200, "application/json", body);
    command.refresh(&made).await.expect_err("it is not Quay's");
    // Nothing is imported under such an id, and the server is not asked for it.
    world.simulator.reset_requests();
    let said = text(&command.core.import("quay_app_token", uuid, None).await.expect_err("it steers"));
    assert!(said.contains("cannot hold control characters"), "{said}");
    assert_eq!(world.simulator.requests().total, 0);
}
