//! Logging in, and the order in which access is refused.

use super::support::{block, puller, start, start_version, start_with};
use registry_simulator::harbor::Options;
use serde_json::{Value, json};

#[tokio::test]
async fn system_info_tells_the_version_only_to_known_callers() {
    let server = start().await;
    let anonymous = server.json("GET", "/systeminfo", None, Value::Null).await.ok(200);
    assert_eq!((anonymous.get("harbor_version"), &anonymous["auth_mode"]), (None, &json!("db_auth")));
    let wrong = server.json("GET", "/systeminfo", Some(("admin", "wrong")), Value::Null).await.ok(200);
    assert_eq!(wrong.get("harbor_version"), None);
    let known = server.get("/systeminfo").await.ok(200);
    assert!(known["harbor_version"].as_str().unwrap().starts_with("v2.15.2-"));
    assert_eq!((&known["read_only"], &known["has_ca_root"]), (&json!(false), &json!(false)));
}

/// Observed on Harbor 2.15.2: where everybody may, wrong credentials make an anonymous caller, who is not refused.
#[tokio::test]
async fn open_routes_answer_wrong_credentials_as_they_answer_anybody() {
    let server = start().await;
    server.project("secret").await;
    server.edit(|state| state["repositories"]["rows"]["1"] = json!({"project_id": 1, "name": "library/app"}));
    let robot = server.robot(puller("ci")).await;
    let id = robot["id"].clone();
    let robot = (robot["name"].as_str().unwrap().to_owned(), robot["secret"].as_str().unwrap().to_owned());
    server.edit(|state| state["robots"]["rows"][id.to_string()]["disabled"] = json!(true));
    let logins = [("admin", "wrong"), ("nobody", "Password1"), (robot.0.as_str(), robot.1.as_str())];
    for path in ["/projects", "/projects/library", "/systeminfo", "/repositories", "/search?q=r", "/labels?scope=g"] {
        let anonymous = server.json("GET", path, None, Value::Null).await;
        for login in logins {
            let wrong = server.json("GET", path, Some(login), Value::Null).await;
            assert_eq!((wrong.status, &wrong.body), (200, &anonymous.body), "{path} {login:?}");
        }
        assert!(!anonymous.text.contains("secret"), "{path}");
    }
    for login in logins {
        let me = server.json("GET", "/users/current", Some(login), Value::Null).await;
        me.fails(401, "UNAUTHORIZED", "unauthorized");
        assert_eq!(server.json("GET", "/projects/secret", Some(login), Value::Null).await.status, 401);
    }
    server.edit(|state| state["robots"]["rows"][id.to_string()]["disabled"] = json!(false));
    let me = server.json("GET", "/users/current", Some(logins[2]), Value::Null).await;
    me.fails(412, "PRECONDITION", "get current user not available for security context: robot");
}

#[tokio::test]
async fn who_is_no_administrator_is_refused_what_is_gone() {
    let server = start().await;
    let id = server.project("team").await;
    server.add_user("boss", Some((id, 1)));
    let boss = Some(("boss", "Password1"));
    server.json("GET", "/projects/team", boss, Value::Null).await.ok(200);
    server.delete("/projects/team").await.ok(200);
    for path in ["/projects/team".to_owned(), format!("/projects/{id}")] {
        server.json("GET", &path, boss, Value::Null).await.fails(403, "FORBIDDEN", "forbidden");
        server.json("DELETE", &path, boss, Value::Null).await.fails(403, "FORBIDDEN", "forbidden");
        assert_eq!(server.get(&path).await.status, 404);
    }
}

#[tokio::test]
async fn health_needs_no_login() {
    let health = start().await.json("GET", "/health", None, Value::Null).await.ok(200);
    assert_eq!(health["status"], "healthy");
    let names: Vec<&str> =
        health["components"].as_array().unwrap().iter().map(|part| part["name"].as_str().unwrap()).collect();
    assert!(names.is_sorted() && names.contains(&"core"));
}

#[tokio::test]
async fn a_given_password_is_used_and_is_not_in_the_settings() {
    let server = start_with(Options { admin_password: Some("Harbor12345".into()), ..Options::default() }).await;
    assert_eq!(
        (server.harbor.admin_username().as_str(), server.harbor.admin_password().as_str()),
        ("admin", "Harbor12345")
    );
    assert_eq!(server.harbor.dump()["settings"].get("admin_password"), None);
    let me = server.json("GET", "/users/current", Some(("admin", "Harbor12345")), Value::Null).await.ok(200);
    assert_eq!(
        (&me["username"], &me["sysadmin_flag"], &me["admin_role_in_auth"]),
        (&json!("admin"), &json!(true), &json!(false))
    );
}

#[tokio::test]
async fn refusals_by_caller() {
    let server = start().await;
    server.add_user("alice", None);
    let alice = Some(("alice", "Password1"));
    let unknown = Some(("alice", "wrong"));
    let none: (u16, &str, &str) = (401, "UNAUTHORIZED", "unauthorized");
    let cases = [
        ("/projects/missing", server.admin(), (404, "NOT_FOUND", "project missing not found")),
        ("/projects/missing", alice, (403, "FORBIDDEN", "forbidden")),
        ("/projects/missing", None, none),
        ("/projects/99", alice, (403, "FORBIDDEN", "forbidden")),
        ("/projects/missing", unknown, none),
        ("/robots", alice, (403, "FORBIDDEN", "alice")),
        ("/robots", None, none),
        ("/quotas", alice, (403, "FORBIDDEN", "alice")),
        ("/quotas", None, none),
        ("/configurations", alice, (403, "FORBIDDEN", "alice")),
        ("/users/current", None, none),
        ("/permissions", None, (401, "UNAUTHORIZED", "")),
        (
            "/permissions",
            alice,
            (403, "FORBIDDEN", "forbidden: only admins(system and project) can access permissions"),
        ),
    ];
    for (path, login, (status, code, message)) in cases {
        let answer = server.json("GET", path, login, Value::Null).await;
        assert_eq!((answer.status, answer.error()), (status, (code, message)), "{path} {login:?}");
    }
}

#[tokio::test]
async fn roles_decide_in_a_project() {
    let server = start().await;
    let id = server.project("team").await;
    for (name, role) in [("boss", 1), ("dev", 2), ("guest", 3), ("keeper", 4), ("limited", 5)] {
        server.add_user(name, Some((id, role)));
    }
    let cases = [
        ("GET", "/projects/team", [200, 200, 200, 200, 200]),
        ("GET", "/projects/team/members", [200, 200, 200, 200, 403]),
        ("GET", "/projects/team/repositories", [200, 200, 200, 200, 200]),
        ("GET", "/robots?q=Level%3Dproject%2CProjectID%3D2", [200, 200, 200, 200, 403]),
        ("PUT", "/projects/team", [200, 403, 403, 403, 403]),
    ];
    for (method, path, expected) in cases {
        for (name, status) in ["boss", "dev", "guest", "keeper", "limited"].into_iter().zip(expected) {
            let body = if method == "PUT" { json!({}) } else { Value::Null };
            let answer = server.json(method, path, Some((name, "Password1")), body).await;
            assert_eq!(answer.status, status, "{method} {path} as {name}: {}", answer.text);
        }
    }
    let project = server.json("GET", "/projects/team", Some(("keeper", "Password1")), Value::Null).await.ok(200);
    assert_eq!((&project["current_user_role_id"], &project["current_user_role_ids"]), (&json!(4), &json!([4])));
}

#[tokio::test]
async fn a_projects_administrator_manages_its_robots_only() {
    let server = start().await;
    let id = server.project("team").await;
    server.add_user("boss", Some((id, 1)));
    server.add_user("dev", Some((id, 2)));
    let robot =
        json!({"name": "ci", "level": "project", "duration": 1, "permissions": [block("team", &[("tag", "list")])]});
    let post = |name, body| server.json("POST", "/robots", Some((name, "Password1")), body);
    post("dev", robot.clone()).await.fails(403, "FORBIDDEN", "forbidden");
    post("boss", puller("ci")).await.fails(403, "FORBIDDEN", "boss");
    let path = format!("/robots/{}", post("boss", robot).await.ok(201)["id"]);
    let (boss, dev) = (Some(("boss", "Password1")), Some(("dev", "Password1")));
    let whole = server.json("GET", &path, dev, Value::Null).await.ok(200);
    assert_eq!(server.json("PUT", &path, dev, whole.clone()).await.status, 403);
    server.json("PUT", &path, boss, whole).await.ok(200);
    assert_eq!(server.json("DELETE", &path, dev, Value::Null).await.status, 403);
    server.json("DELETE", &path, boss, Value::Null).await.ok(200);
}

#[tokio::test]
async fn what_system_info_tells_came_with_releases() {
    for (version, banner, provider) in [("2.8.6", false, false), ("2.9.5", true, false), ("2.10.0", true, true)] {
        let info = start_version(version).await.get("/systeminfo").await.ok(200);
        assert_eq!(
            (info.get("banner_message").is_some(), info.get("oidc_provider_name").is_some()),
            (banner, provider)
        );
        assert!(info["harbor_version"].as_str().unwrap().starts_with(&format!("v{version}-")));
    }
}

#[tokio::test]
async fn permissions_are_shown_in_whole_or_in_part() {
    let server = start().await;
    server.add_user("boss", Some((1, 1)));
    let all = server.get("/permissions").await.ok(200);
    assert_eq!((all["system"].as_array().unwrap().len(), all["project"].as_array().unwrap().len()), (70, 70));
    assert_eq!(all["system"][0], json!({"resource": "audit-log", "action": "list"}));
    let part = server.json("GET", "/permissions", Some(("boss", "Password1")), Value::Null).await.ok(200);
    assert_eq!((&part["system"], part["project"].as_array().unwrap().len()), (&Value::Null, 70));
}

#[tokio::test]
async fn permissions_came_with_a_release() {
    assert_eq!(start_version("2.9.5").await.get("/permissions").await.status, 404);
    let old = start_version("2.11.2").await.get("/permissions").await.ok(200);
    assert_eq!((old["system"].as_array().unwrap().len(), old["project"].as_array().unwrap().len()), (53, 59));
}

#[tokio::test]
async fn a_failed_login_locks_the_name_when_chosen() {
    let server = start_with(Options { lock_failed_logins: true, ..Options::default() }).await;
    server.set_clock("2026-01-01T00:00:00Z");
    let wrong = Some(("admin", "wrong"));
    assert_eq!(server.json("GET", "/users/current", wrong, Value::Null).await.status, 401);
    assert_eq!(server.get("/users/current").await.status, 401);
    server.set_clock("2026-01-01T00:00:01.600Z");
    server.get("/users/current").await.ok(200);
    let free = start().await;
    assert_eq!(free.json("GET", "/users/current", wrong, Value::Null).await.status, 401);
    free.get("/users/current").await.ok(200);
}

#[tokio::test]
async fn where_logins_are_by_oidc_a_users_secret_opens_little() {
    let server = start().await;
    server.add_user("alice", Some((1, 1)));
    let alice = Some(("alice", "Password1"));
    let robot = server.robot(puller("ci")).await;
    let robot = Some((robot["name"].as_str().unwrap(), robot["secret"].as_str().unwrap()));
    let status = async |method: &str, path: &str, login| {
        let body = if method == "POST" { json!({"project_name": format!("p{}", path.len())}) } else { Value::Null };
        server.json(method, path, login, body).await.status
    };
    for mode in ["db_auth", "oidc_auth"] {
        server.edit(|state| state["configuration"]["auth_mode"] = json!(mode));
        let open = if mode == "db_auth" { 200 } else { 401 };
        assert_eq!(status("GET", "/users/current", alice).await, open);
        assert_eq!(status("GET", "/projects/library/members", alice).await, open);
        assert_eq!(status("GET", "/projects/library/repositories", alice).await, 200);
        let known = server.json("GET", "/systeminfo", alice, Value::Null).await.ok(200);
        assert!(known.get("harbor_version").is_some());
        assert_eq!(status("GET", "/users/current", server.admin()).await, 200);
        assert_eq!(status("GET", "/users/current", robot).await, 412, "known, and no user");
    }
    assert_eq!(status("POST", "/projects", alice).await, 201);
}
