//! Conventions of every endpoint: envelope, binding, paging, queries, paths, the session's cookie.

use super::support::{puller, start, start_with};
use registry_simulator::harbor::{Harbor, Options};
use serde_json::{Value, json};

#[tokio::test]
async fn every_answer_carries_the_requests_id_or_a_new_one() {
    let server = start().await;
    let answer = server.send("GET", "/api/v2.0/ping", None, &[("x-request-id", "abc")], None).await;
    assert_eq!((answer.header("x-request-id"), answer.text.as_str()), (Some("abc"), "Pong"));
    let (first, second) = (server.get("/ping").await, server.get("/ping").await);
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
}

#[tokio::test]
async fn errors_have_an_envelope_with_one_element() {
    let server = start().await;
    let answer = server.get("/projects/12").await;
    answer.fails(404, "NOT_FOUND", "project 12 not found");
    assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
    assert_eq!(answer.text, "{\"errors\":[{\"code\":\"NOT_FOUND\",\"message\":\"project 12 not found\"}]}\n");
}

#[tokio::test]
async fn unknown_paths_and_methods() {
    let server = start().await;
    server.get("/nothing").await.fails(404, "NOT_FOUND", "path /api/v2.0/nothing was not found");
    let wrong_method = server.json("PATCH", "/projects/1", server.admin(), json!({})).await;
    wrong_method.fails(405, "METHOD_NOT_ALLOWED", "method PATCH is not allowed, but [DELETE,GET,PUT] are");
}

#[tokio::test]
async fn repeated_slashes_and_a_last_one_do_not_matter() {
    let server = start().await;
    for path in ["//api/v2.0/ping", "/api/v2.0//ping", "/api/v2.0/ping/"] {
        assert_eq!(server.send("GET", path, None, &[], None).await.text, "Pong", "{path}");
    }
    assert_eq!(
        server.get("/projects/library/metadatas/").await.ok(200),
        server.get("/projects/1/metadatas").await.ok(200)
    );
}

#[tokio::test]
async fn what_does_not_fit_the_description_is_refused_before_access_is_checked() {
    let server = start().await;
    let none: &[(&str, &str)] = &[];
    let json_type: &[(&str, &str)] = &[("content-type", "application/json")];
    let cases = [
        ("GET", "/robots?page_size=101", none, None),
        ("GET", "/robots?page=x", &[], None),
        ("GET", "/robots/x", &[], None),
        ("HEAD", "/projects", &[], None),
        ("POST", "/robots", json_type, None),
        ("POST", "/robots", json_type, Some("{")),
        ("POST", "/robots", json_type, Some("null")),
        ("POST", "/robots", json_type, Some(r#"{"duration":"7"}"#)),
        ("POST", "/robots", json_type, Some(r#"{"duration":7.5}"#)),
        ("POST", "/robots", json_type, Some(r#"{"disable":"no"}"#)),
        ("POST", "/robots", &[("content-type", "text/plain")], Some("{}")),
        ("POST", "/robots", &[], Some("{}")),
        ("POST", "/projects", json_type, Some(r#"{"metadata":{"public":true}}"#)),
        ("PUT", "/configurations", json_type, Some(r#"{"read_only":"true"}"#)),
    ];
    for (method, path, headers, body) in cases {
        let answer = server.send(method, &format!("/api/v2.0{path}"), None, headers, body).await;
        assert_eq!(answer.status, 422, "{method} {path} {body:?}: {}", answer.text);
        if method != "HEAD" {
            let (code, message) = answer.error();
            assert_eq!(code, "UNPROCESSABLE_ENTITY");
            assert!(message.starts_with("validation failure list:\n"), "{message}");
        }
    }
    let long = server.post("/projects", json!({"project_name": "x".repeat(256)})).await;
    let problem =
        "validation failure list:\nvalidation failure list:\nproject_name in body should be at most 255 chars long";
    long.fails(422, "UNPROCESSABLE_ENTITY", problem);
}

#[tokio::test]
async fn null_is_the_same_as_absent_in_a_body() {
    let server = start().await;
    let body = json!({"project_name": "a", "public": null, "storage_limit": null, "registry_id": null, "metadata": {"severity": null}});
    server.post("/projects", body).await.ok(201);
    assert_eq!(server.get("/projects/a").await.ok(200)["metadata"], json!({"public": "false"}));
}

#[tokio::test]
async fn lists_come_in_pages_with_links() {
    let server = start().await;
    for number in 0..12 {
        server.robot(puller(&format!("r{number:02}"))).await;
    }
    let first = server.get("/robots").await;
    assert_eq!(first.header("x-total-count"), Some("12"));
    assert_eq!(first.header("link"), Some("</api/v2.0/robots?page=2&page_size=10>; rel=\"next\""));
    assert_eq!(first.body.as_array().unwrap().len(), 10);
    let middle = server.get("/robots?page_size=5&page=2&sort=-name").await;
    let prev = "</api/v2.0/robots?page=1&page_size=5&sort=-name>; rel=\"prev\"";
    let next = "</api/v2.0/robots?page=3&page_size=5&sort=-name>; rel=\"next\"";
    assert_eq!(middle.header("link"), Some(format!("{prev} , {next}").as_str()));
    assert_eq!(names(&middle.body), ["robot$r06", "robot$r05", "robot$r04", "robot$r03", "robot$r02"]);
    let all = server.get("/robots?page_size=0").await;
    assert_eq!((all.body.as_array().unwrap().len(), all.header("link")), (12, None));
    let beyond = server.get("/robots?page=9").await;
    assert_eq!((beyond.text.as_str(), beyond.header("x-total-count")), ("[]\n", Some("12")));
    assert!(server.get("/robots?page_size=-1").await.header("link").unwrap().contains("rel=\"next\""));
}

#[tokio::test]
async fn links_are_not_escaped() {
    let server = start().await;
    for number in 0..2 {
        server.robot(puller(&format!("r{number}"))).await;
    }
    let answer = server.get("/robots?q=name%3D~r&page_size=1").await;
    assert_eq!(answer.header("link"), Some("</api/v2.0/robots?page=2&page_size=1&q=name=~r>; rel=\"next\""));
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn queries_filter_lists() {
    let server = start().await;
    for name in ["alpha", "alpine", "beta"] {
        server.project(name).await;
    }
    let cases: &[(&str, &[&str])] = &[
        ("q=name%3Dalpha", &["alpha"]),
        ("q=name%3DALPHA", &[]),
        ("q=name%3D~ALP", &["alpha", "alpine"]),
        ("q=project_id%3D%5B2~3%5D", &["alpha", "alpine"]),
        ("q=ProjectID%3D%7B2%204%7D", &["alpha", "beta"]),
        ("q=nmae%3Dalpha", &["alpha", "alpine", "beta", "library"]),
        ("name=alp", &["alpha", "alpine"]),
        ("public=true", &["library"]),
        ("owner=nobody", &[]),
        // A backslash takes what follows literally; all of several values is for other tables, and is ignored here.
        ("q=name%3D%5C~alp", &[]),
        ("q=name%3D%5Calpha", &["alpha"]),
        ("q=name%3D(alpha%20beta)", &["alpha", "alpine", "beta", "library"]),
        ("sort=-name,nothing", &["library", "beta", "alpine", "alpha"]),
    ];
    for (query, expected) in cases {
        let answer = server.get(&format!("/projects?{query}")).await;
        assert_eq!(answer.header("x-total-count"), Some(expected.len().to_string().as_str()), "{query}");
        assert_eq!(names(&answer.body), *expected, "{query}");
    }
    let broken = "the query string must contain \"=\" and the key/value cannot be empty";
    server.get("/projects?q=name").await.fails(400, "BAD_REQUEST", broken);
}

#[tokio::test]
async fn a_plus_in_a_query_must_be_escaped_twice() {
    let server = start().await;
    let id = server.project("proj").await;
    let robot = json!({"name": "ci", "level": "project", "duration": 1, "permissions": [super::support::block("proj", &[("repository", "pull")])]});
    server.robot(robot).await;
    let find = |plus: &str| format!("/robots?q=Level%3Dproject%2CProjectID%3D{id}%2Cname%3Dproj{plus}ci");
    assert_eq!(server.get(&find("%252B")).await.ok(200).as_array().unwrap().len(), 1);
    assert_eq!(server.get(&find("%2B")).await.ok(200), json!([]));
}

#[tokio::test]
async fn zero_values_are_left_out_but_for_named_fields() {
    let server = start().await;
    let id = server.robot(puller("ci")).await["id"].clone();
    let robot = server.get(&format!("/robots/{id}")).await.ok(200);
    let fields: Vec<&String> = robot.as_object().unwrap().keys().collect();
    let expected = [
        "id",
        "name",
        "level",
        "duration",
        "editable",
        "disable",
        "expires_at",
        "permissions",
        "creator_type",
        "creator_ref",
        "creation_time",
        "update_time",
    ];
    assert_eq!(fields, expected);
    assert_eq!(robot["disable"], false);
    assert_eq!(robot["permissions"][0]["access"][0], json!({"resource": "repository", "action": "pull"}));
}

#[tokio::test]
async fn empty_lists_inside_objects_stay_or_go_as_chosen() {
    let stays = start().await.get("/projects/library").await.ok(200);
    assert_eq!(stays["cve_allowlist"]["items"], json!([]));
    let options = Options { omit_empty_lists: true, ..Options::default() };
    let goes = start_with(options).await.get("/projects/library").await.ok(200);
    assert_eq!(goes["cve_allowlist"].get("items"), None);
}

#[tokio::test]
async fn times_have_milliseconds() {
    let server = start().await;
    server.set_clock("2026-11-20T14:00:00Z");
    let id = server.project("timed").await;
    let project = server.get(&format!("/projects/{id}")).await.ok(200);
    assert_eq!(project["creation_time"], "2026-11-20T14:00:00.000Z");
    assert_eq!(project["cve_allowlist"]["update_time"], "0001-01-01T00:00:00.000Z");
}

#[tokio::test]
async fn a_success_without_a_body_has_no_content_type() {
    let server = start().await;
    let made = server.post("/projects", json!({"project_name": "a"})).await;
    let changed = server.put("/projects/a", json!({"metadata": {"public": "true"}})).await;
    let deleted = server.delete("/projects/a").await;
    for (answer, status) in [(made, 201), (changed, 200), (deleted, 200)] {
        let seen =
            (answer.status, answer.text.as_str(), answer.header("content-type"), answer.header("content-length"));
        assert_eq!(seen, (status, "", None, Some("0")));
    }
    assert_eq!(server.get("/projects/library").await.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn a_write_that_fails_leaves_nothing_behind() {
    let server = start().await;
    let before = server.harbor.dump();
    // The first of both settings is stored before the second one turns out to be impossible.
    let both = json!({"banner_message": "closed on Sunday", "skip_audit_log_database": true});
    assert_eq!(server.put("/configurations", both).await.status, 400);
    assert_eq!(server.harbor.dump(), before);
    assert_eq!(server.get("/configurations").await.ok(200)["banner_message"]["value"], "");
}

#[tokio::test]
async fn registries_come_without_an_order() {
    let server = start().await;
    for number in 0..6 {
        let body =
            json!({"name": format!("r{number}"), "type": "harbor", "url": format!("https://r{number}.example.com")});
        server.post("/registries", body).await.ok(201);
    }
    let ids = async || -> Vec<i64> {
        let all = server.get("/registries").await.ok(200);
        all.as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect()
    };
    let mut seen = std::collections::BTreeSet::new();
    for minute in 0..9 {
        server.edit(|state| {
            let moment = format!("2030-01-01T00:0{minute}:00.000Z");
            state["registries"]["rows"]["1"]["update_time"] = json!(moment);
        });
        let order = ids().await;
        assert_eq!(ids().await, order, "nothing changed between");
        assert_eq!(order.len(), 6);
        seen.insert(order);
    }
    assert!(seen.len() > 1, "{seen:?}");
}

/// Observed on Harbor 2.15.2: newest first, and no limit is more than any.
#[tokio::test]
async fn quotas_come_newest_first_or_by_what_they_limit() {
    let server = start().await;
    for (name, limit) in [("a", 20), ("b", -1), ("c", 10)] {
        server.post("/projects", json!({"project_name": name, "storage_limit": limit})).await.ok(201);
    }
    for (query, expected) in [
        ("", ["c", "b", "a", "library"]),
        ("?sort=nothing", ["c", "b", "a", "library"]),
        ("?sort=hard.storage", ["c", "a", "library", "b"]),
        ("?sort=-hard.storage", ["library", "b", "a", "c"]),
    ] {
        let list = server.get(&format!("/quotas{query}")).await.ok(200);
        let names: Vec<&str> =
            list.as_array().unwrap().iter().map(|row| row["ref"]["name"].as_str().unwrap()).collect();
        assert_eq!(names, expected, "{query}");
    }
}

/// Observed on Harbor 2.15.2.
#[tokio::test]
async fn every_answer_begins_a_session() {
    let server = start().await;
    for path in ["/projects", "/projects/nothing", "/nothing"] {
        assert!(server.get(path).await.header("set-cookie").unwrap().starts_with("sid="), "{path}");
    }
    let same = server.send("GET", "/api/v2.0/projects", None, &[("cookie", "sid=1")], None).await;
    assert!(same.header("set-cookie").unwrap().starts_with("_gorilla_csrf="));
    let off = start_with(Options { session_cookie: false, ..Options::default() }).await;
    assert_eq!(off.get("/projects").await.header("set-cookie"), None);
}

#[tokio::test]
async fn a_form_logs_in_and_out() {
    let server = start_with(Options { admin_password: Some("Harbor12345".into()), ..Options::default() }).await;
    let form = Some("principal=admin&password=Harbor12345");
    let refused = server.send("POST", "/c/login", None, &[], form).await;
    refused.fails(403, "FORBIDDEN", "CSRF token not found in request");
    let token = refused.header("x-harbor-csrf-token").unwrap().to_owned();
    let cookie = format!("_gorilla_csrf={token}");
    let headers = [("cookie", cookie.as_str()), ("x-harbor-csrf-token", token.as_str())];
    let wrong = server.send("POST", "/c/login", None, &headers, Some("principal=admin&password=x")).await;
    assert_eq!((wrong.status, wrong.text.as_str()), (401, ""));
    let known = server.send("POST", "/c/login", None, &headers, form).await;
    let session = known.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let me = async || {
        let cookie = [("cookie", session.as_str())];
        server.send("GET", "/api/v2.0/users/current", None, &cookie, None).await.status
    };
    assert_eq!((known.status, me().await), (200, 200));
    server.send("GET", "/c/log_out", None, &[("cookie", session.as_str())], None).await.ok(200);
    assert_eq!(me().await, 401);
}

#[tokio::test]
async fn a_client_that_sends_the_sessions_cookie_back_needs_a_token() {
    let server = start().await;
    let body = r#"{"project_name":"a"}"#;
    let post = |headers: Vec<(&'static str, String)>| {
        let server = &server;
        async move {
            let mut headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            headers.push(("content-type", "application/json"));
            server.send("POST", "/api/v2.0/projects", server.admin(), &headers, Some(body)).await
        }
    };
    let refused = post(vec![("cookie", "sid=1".into())]).await;
    refused.fails(403, "FORBIDDEN", "CSRF token not found in request");
    let token = refused.header("x-harbor-csrf-token").unwrap().to_owned();
    let cookie = ("cookie", format!("sid=1; _gorilla_csrf={token}"));
    let wrong = post(vec![cookie.clone(), ("x-harbor-csrf-token", "other".into())]).await;
    wrong.fails(403, "FORBIDDEN", "CSRF token invalid");
    post(vec![cookie, ("x-harbor-csrf-token", token)]).await.ok(201);
}

#[tokio::test]
async fn read_only_mode_refuses_every_write_but_the_settings() {
    let server = start().await;
    server.put("/configurations", json!({"read_only": true})).await.ok(200);
    let refused = server.post("/projects", json!({"project_name": "a"})).await;
    refused.fails(403, "DENIED", "The system is in read only mode. Any modification is prohibited.");
    server.get("/projects").await.ok(200);
    server.put("/configurations", json!({"read_only": false})).await.ok(200);
    server.post("/projects", json!({"project_name": "a"})).await.ok(201);
}

#[tokio::test]
async fn the_dump_round_trips_and_a_foreign_value_is_refused() {
    let server = start().await;
    server.robot(puller("ci")).await;
    let before = server.harbor.dump();
    server.harbor.replace(before.clone()).unwrap();
    assert_eq!(server.harbor.dump(), before);
    assert!(server.harbor.replace(json!({"projects": 1})).is_err());
    for (path, value) in [("/settings/version", json!("newest")), ("/robots/rows/1", json!({"disable": true}))] {
        let mut wrong = before.clone();
        *wrong.pointer_mut(path).unwrap() = value;
        assert!(server.harbor.replace(wrong).is_err(), "{path}");
    }
    assert_eq!(server.harbor.dump(), before);
}

#[test]
fn paths_have_patterns_to_count_by() {
    let patterns = [
        ("/api/v2.0/robots/7", Some("/api/v2.0/robots/{robot_id}")),
        ("/api/v2.0/users/current", Some("/api/v2.0/users/current")),
        ("/api/v2.0/nothing", None),
        ("/robots", None),
    ];
    for (path, pattern) in patterns {
        assert_eq!(Harbor::pattern_of(path).as_deref(), pattern);
    }
}
