//! Projects and what belongs to one: metadata, allowlist, members, quota, repositories, the registry that it caches.

use super::support::{Server, block, puller, start, start_version, start_with};
use registry_simulator::harbor::Options;
use serde_json::{Value, json};

/// Registers a registry and gives its id.
async fn registry(server: &Server, kind: &str) -> i64 {
    let body = json!({"name": format!("r-{kind}"), "type": kind, "url": "https://example.com"});
    let answer = server.post("/registries", body).await;
    assert_eq!((answer.status, answer.text.as_str()), (201, ""));
    answer.header("location").unwrap().rsplit('/').next().unwrap().parse().unwrap()
}

async fn metadata(server: &Server, project: &str) -> Value {
    server.get(&format!("/projects/{project}")).await.ok(200)["metadata"].clone()
}

#[tokio::test]
async fn creating_answers_where_the_project_is() {
    let server = start().await;
    let by_id = server.post("/projects", json!({"project_name": "one"})).await;
    assert_eq!((by_id.status, by_id.text.as_str(), by_id.header("location")), (201, "", Some("/api/v2.0/projects/2")));
    let headers = &[("content-type", "application/json"), ("x-resource-name-in-location", "true")];
    let body = Some(r#"{"project_name":"two"}"#);
    let by_name = server.send("POST", "/api/v2.0/projects", server.admin(), headers, body).await;
    assert_eq!(by_name.header("location"), Some("/api/v2.0/projects/two"));
}

#[tokio::test]
async fn a_project_as_it_is_read() {
    let server = start().await;
    server.set_clock("2026-11-20T14:00:00Z");
    let id = server.project("team").await;
    let zero = "0001-01-01T00:00:00.000Z";
    let now = "2026-11-20T14:00:00.000Z";
    let expected = json!({
        "project_id": id, "name": "team", "owner_id": 1, "owner_name": "admin", "repo_count": 0,
        "metadata": {"public": "false"},
        "cve_allowlist": {"id": id, "project_id": id, "items": [], "creation_time": zero, "update_time": zero},
        "current_user_role_id": 1, "current_user_role_ids": [1], "creation_time": now, "update_time": now,
    });
    assert_eq!(server.get("/projects/team").await.ok(200), expected);
}

#[tokio::test]
async fn an_administrator_who_is_no_member_has_no_role() {
    let server = start().await;
    server.add_user("alice", None);
    server.json("POST", "/projects", Some(("alice", "Password1")), json!({"project_name": "hers"})).await.ok(201);
    let project = server.get("/projects/hers").await.ok(200);
    assert_eq!((project.get("current_user_role_id"), &project["current_user_role_ids"]), (None, &Value::Null));
    assert_eq!(project["owner_name"], "alice");
}

#[tokio::test]
async fn projects_that_cannot_be_made() {
    let server = start().await;
    let other = registry(&server, "gitlab").await;
    let wrong_name = "project name is not in lower case or contains illegal characters";
    let cases = [
        (json!({"project_name": "library"}), 409, "CONFLICT", "The project named library already exists"),
        (json!({"project_name": "Upper"}), 400, "BAD_REQUEST", wrong_name),
        (json!({"project_name": "a..b"}), 400, "BAD_REQUEST", wrong_name),
        (
            json!({"project_name": "a", "metadata": {"public": "yes"}}),
            400,
            "BAD_REQUEST",
            "metadata.public should only be 'true' or 'false', but got: 'yes'",
        ),
        (
            json!({"project_name": "a", "registry_id": other}),
            400,
            "BAD_REQUEST",
            "bad request: unsupported registry type gitlab",
        ),
        (json!({"project_name": "a", "registry_id": 99}), 500, "UNKNOWN", "internal server error"),
    ];
    for (body, status, code, message) in cases {
        server.post("/projects", body).await.fails(status, code, message);
    }
    for body in [
        json!({"project_name": ""}),
        json!({"project_name": "a", "storage_limit": -5}),
        json!({"project_name": "a", "storage_limit": 1_125_899_906_842_625_i64}),
        json!({"project_name": "a", "metadata": {"retention_id": "1"}}),
        json!({"project_name": "a", "registry_id": 0}),
    ] {
        let answer = server.post("/projects", body.clone()).await;
        assert_eq!((answer.status, answer.error().0), (400, "BAD_REQUEST"), "{body}");
    }
}

#[tokio::test]
async fn public_is_taken_from_two_places() {
    let server = start().await;
    let cases = [
        (json!({}), "false"),
        (json!({"public": true}), "true"),
        (json!({"public": true, "metadata": {"public": "false"}}), "false"),
        (json!({"public": true, "metadata": {"public": ""}}), "true"),
    ];
    for (number, (mut body, expected)) in cases.into_iter().enumerate() {
        let name = format!("p{number}");
        body["project_name"] = json!(name);
        server.post("/projects", body).await.ok(201);
        assert_eq!(metadata(&server, &name).await["public"], expected);
    }
}

#[tokio::test]
async fn creating_ignores_what_does_not_belong() {
    let server = start().await;
    let body = json!({
        "project_name": "a",
        "metadata": {"proxy_speed_kb": "1", "max_upstream_conn": "2", "auto_scan": "true", "no_such_key": "x"},
        "cve_allowlist": {"items": [{"cve_id": "CVE-1"}]},
    });
    server.post("/projects", body).await.ok(201);
    let project = server.get("/projects/a").await.ok(200);
    assert_eq!(project["metadata"], json!({"auto_scan": "true", "public": "false"}));
    assert_eq!(project["cve_allowlist"]["items"], json!([]));
}

#[tokio::test]
async fn a_proxy_project_gets_a_retention_policy() {
    let server = start().await;
    let id = registry(&server, "docker-hub").await;
    let body = json!({
        "project_name": "cache", "registry_id": id,
        "metadata": {"enable_content_trust": "true", "proxy_speed_kb": "100"},
    });
    server.post("/projects", body).await.ok(201);
    let project = server.get("/projects/cache").await.ok(200);
    assert_eq!(project["registry_id"], id);
    assert_eq!(project["metadata"], json!({"proxy_speed_kb": "100", "public": "false", "retention_id": "1"}));
    let policy = server.get("/retentions/1").await.ok(200);
    assert_eq!(policy["rules"][0]["params"], json!({"nDaysSinceLastPull": 7}));
    assert_eq!(policy["scope"], json!({"level": "project", "ref": project["project_id"]}));
    server.get("/retentions/9").await.fails(500, "UNKNOWN", "internal server error");
    let summary = server.get("/projects/cache/summary").await.ok(200);
    assert_eq!((&summary["registry"]["name"], summary["registry"].get("credential")), (&json!("r-docker-hub"), None));
    assert_eq!(server.delete(&format!("/registries/{id}")).await.status, 412);
}

#[tokio::test]
async fn quay_can_be_cached_before_2_14() {
    for (version, status) in [("2.13.5", 201), ("2.14.0", 400)] {
        let server = start_version(version).await;
        let id = registry(&server, "quay").await;
        assert_eq!(
            server.post("/projects", json!({"project_name": "a", "registry_id": id})).await.status,
            status,
            "{version}"
        );
    }
}

#[tokio::test]
async fn only_some_may_make_projects() {
    let server = start().await;
    server.add_user("alice", None);
    let alice = Some(("alice", "Password1"));
    let id = registry(&server, "harbor").await;
    let proxy = server.json("POST", "/projects", alice, json!({"project_name": "a", "registry_id": id})).await;
    proxy.fails(403, "FORBIDDEN", "Only system admin can create proxy cache project");
    server.put("/configurations", json!({"project_creation_restriction": "adminonly"})).await.ok(200);
    let refused = server.json("POST", "/projects", alice, json!({"project_name": "a"})).await;
    refused.fails(403, "FORBIDDEN", "Only system admin can create project");
    assert_eq!(server.json("POST", "/projects", None, json!({"project_name": "a"})).await.status, 401);
    server.post("/projects", json!({"project_name": "a"})).await.ok(201);
}

#[tokio::test]
async fn updating_adds_metadata_and_ignores_the_rest() {
    let server = start().await;
    let id = server.project("team").await;
    let quota = server.get(&format!("/quotas?reference=project&reference_id={id}")).await.ok(200);
    let first = json!({"metadata": {"auto_scan": "true", "severity": "HIGH", "prevent_vul": "yes"}});
    let answer = server.put("/projects/team", first).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, ""));
    let second = json!({
        "project_name": "renamed", "public": true, "storage_limit": 5, "registry_id": 1,
        "metadata": {"auto_scan": "false", "public": "", "proxy_speed_kb": "1"},
    });
    server.put("/projects/team", second).await.ok(200);
    let expected = json!({"auto_scan": "false", "prevent_vul": "yes", "public": "false", "severity": "high"});
    assert_eq!(metadata(&server, "team").await, expected);
    assert_eq!(server.get("/projects/team").await.ok(200).get("registry_id"), None);
    assert_eq!(server.get(&format!("/quotas?reference=project&reference_id={id}")).await.ok(200), quota);
}

#[tokio::test]
async fn updating_keeps_to_the_retention_policy() {
    let server = start().await;
    let id = registry(&server, "harbor").await;
    server.post("/projects", json!({"project_name": "cache", "registry_id": id})).await.ok(201);
    server.put("/projects/cache", json!({"metadata": {"retention_id": "1"}})).await.ok(200);
    assert_eq!(server.put("/projects/cache", json!({"metadata": {"retention_id": "2"}})).await.status, 400);
    assert_eq!(server.put("/projects/library", json!({"metadata": {"retention_id": "1"}})).await.status, 400);
}

#[tokio::test]
async fn the_severity_is_normalised_when_it_is_read() {
    let server = start().await;
    for (written, read) in [("Negligible", "none"), ("CRITICAL", "critical"), ("odd", "unknown")] {
        server.put("/projects/library", json!({"metadata": {"severity": written}})).await.ok(200);
        assert_eq!(metadata(&server, "library").await["severity"], read);
    }
}

#[tokio::test]
async fn the_allowlist_is_replaced_when_it_is_given() {
    let server = start().await;
    let list = |items: Value| json!({"cve_allowlist": {"items": items, "expires_at": 99}});
    server.put("/projects/library", list(json!([{"cve_id": "B"}, {"cve_id": "A"}]))).await.ok(200);
    server.put("/projects/library", json!({})).await.ok(200);
    let stored = server.get("/projects/library").await.ok(200)["cve_allowlist"].clone();
    assert_eq!((&stored["items"], &stored["expires_at"]), (&json!([{"cve_id": "B"}, {"cve_id": "A"}]), &json!(99)));
    for items in [json!([{"cve_id": "A"}, {"cve_id": "A"}]), json!([{"cve_id": ""}])] {
        server.put("/projects/library", list(items)).await.fails(500, "UNKNOWN", "internal server error");
    }
    let foreign = server.put("/projects/library", json!({"cve_allowlist": {"project_id": 9}})).await;
    foreign.fails(400, "BAD_REQUEST", "project_id in cve_allowlist must be 1 but it's 9");
    server.put("/projects/library", json!({"cve_allowlist": {"project_id": 1}})).await.ok(200);
    assert_eq!(server.get("/projects/library").await.ok(200)["cve_allowlist"]["items"], json!([]));
}

#[tokio::test]
async fn metadata_keys_came_with_releases() {
    let given = json!({"metadata": {
        "auto_sbom_generation": "true", "proxy_speed_kb": "1", "max_upstream_conn": "2", "proxy_referrer_api": "true",
        "proxy_cache_local_on_not_found": "true",
    }});
    let cases: &[(&str, &[&str])] = &[
        ("2.10.3", &[]),
        ("2.11.0", &["auto_sbom_generation"]),
        ("2.12.4", &["auto_sbom_generation", "proxy_speed_kb"]),
        ("2.15.0", &["auto_sbom_generation", "max_upstream_conn", "proxy_speed_kb"]),
        ("2.15.2", &["auto_sbom_generation", "max_upstream_conn", "proxy_cache_local_on_not_found", "proxy_speed_kb"]),
    ];
    for (version, expected) in cases {
        let server = start_version(version).await;
        let id = registry(&server, "harbor").await;
        server.post("/projects", json!({"project_name": "cache", "registry_id": id})).await.ok(201);
        server.put("/projects/cache", given.clone()).await.ok(200);
        let found = metadata(&server, "cache").await;
        let found: Vec<&String> =
            found.as_object().unwrap().keys().filter(|key| *key != "public" && *key != "retention_id").collect();
        assert_eq!(found, *expected, "{version}");
    }
}

#[tokio::test]
async fn numbers_name_projects_by_id_unless_the_header_says_otherwise() {
    let server = start().await;
    let id = server.project("123").await;
    server.get("/projects/123").await.fails(404, "NOT_FOUND", "project 123 not found");
    let by_header = |value: &'static str| {
        let server = &server;
        async move {
            server.send("GET", "/api/v2.0/projects/123", server.admin(), &[("X-Is-Resource-Name", value)], None).await
        }
    };
    assert_eq!(by_header("true").await.ok(200)["project_id"], id);
    assert_eq!(by_header("false").await.status, 404);
    assert_eq!(by_header("perhaps").await.status, 404, "what is no switch is off");
    assert_eq!(server.get(&format!("/projects/{id}")).await.ok(200)["name"], "123");
    assert_eq!(server.get("/projects/a%20b").await.status, 400);
    assert_eq!(server.get("/projects/123/repositories").await.ok(200), json!([]));
}

#[tokio::test]
async fn whether_a_name_is_taken() {
    let server = start().await;
    server.add_user("alice", None);
    server.project("hidden").await;
    let alice = Some(("alice", "Password1"));
    let head = |name: &'static str, login| server.json("HEAD", name, login, Value::Null);
    assert_eq!(head("/projects?project_name=hidden", alice).await.status, 200);
    assert_eq!(head("/projects?project_name=free", alice).await.status, 404);
    assert_eq!(head("/projects?project_name=hidden", None).await.status, 401);
}

#[tokio::test]
async fn a_list_without_detail_lacks_metadata_owner_and_allowlist() {
    let server = start().await;
    let project = server.get("/projects?with_detail=false").await.ok(200)[0].clone();
    assert_eq!((project.get("metadata"), project.get("owner_name")), (None, None));
    assert_eq!(project["cve_allowlist"].get("id"), None);
    assert_eq!(project["owner_id"], 1);
    assert!(server.get("/projects").await.ok(200)[0].get("metadata").is_some());
}

#[tokio::test]
async fn lists_show_what_the_caller_may_see() {
    let server = start().await;
    let id = server.project("secret").await;
    server.add_user("member", Some((id, 3)));
    server.add_user("stranger", None);
    let cases = [
        (None, "", vec!["library"]),
        (None, "?public=false", vec![]),
        (Some(("stranger", "Password1")), "", vec!["library"]),
        (Some(("member", "Password1")), "", vec!["library", "secret"]),
        (Some(("member", "Password1")), "?public=false", vec!["secret"]),
    ];
    for (login, query, expected) in cases {
        let list = server.json("GET", &format!("/projects{query}"), login, Value::Null).await.ok(200);
        let names: Vec<&str> =
            list.as_array().unwrap().iter().map(|project| project["name"].as_str().unwrap()).collect();
        assert_eq!(names, expected, "{login:?} {query}");
    }
    let public = server.json("GET", "/projects/library", None, Value::Null).await.ok(200);
    assert_eq!(public["name"], "library");
    assert_eq!(server.json("GET", "/projects/library/repositories", None, Value::Null).await.status, 200);
    assert_eq!(server.json("GET", "/projects/library/members", None, Value::Null).await.status, 401);
}

#[tokio::test]
async fn deleting_frees_the_name_and_takes_robots_and_quota_along() {
    let server = start().await;
    let id = server.project("team").await;
    let project_robot =
        json!({"name": "ci", "level": "project", "duration": 1, "permissions": [block("team", &[("tag", "list")])]});
    server.robot(project_robot).await;
    let both = json!({"name": "wide", "level": "system", "duration": 1,
        "permissions": [block("team", &[("tag", "list")]), block("library", &[("tag", "list")])]});
    let wide = server.robot(both).await["id"].clone();
    let answer = server.delete("/projects/team").await;
    assert_eq!((answer.status, answer.text.as_str()), (200, ""));
    server.get("/projects/team").await.fails(404, "NOT_FOUND", "project team not found");
    let dump = server.harbor.dump();
    let row = &dump["projects"]["rows"][id.to_string()];
    assert_eq!((&row["name"], &row["deleted"]), (&json!(format!("team#{id}")), &json!(true)));
    assert_eq!(
        (dump["robots"]["rows"].as_object().unwrap().len(), dump["quotas"]["rows"].as_object().unwrap().len()),
        (1, 1)
    );
    let again = server.project("team").await;
    assert_ne!(again, id);
    let blocks = server.get(&format!("/robots/{wide}")).await.ok(200)["permissions"].clone();
    assert_eq!(blocks, json!([block("library", &[("tag", "list")])]));
    assert_eq!(server.delete("/projects/nothing").await.status, 404);
}

/// Adds repositories behind the clients' back.
fn push(server: &Server, project: i64, names: &[&str]) {
    server.edit(|state| {
        for (number, name) in names.iter().enumerate() {
            let row = json!({"project_id": project, "name": name, "artifact_count": 2, "creation_time": "2026-01-01T00:00:00Z"});
            state["repositories"]["rows"][(number + 1).to_string()] = row;
        }
    });
}

#[tokio::test]
async fn a_project_with_repositories_is_kept() {
    let server = start().await;
    let id = server.project("team").await;
    assert_eq!(server.get("/projects/team/_deletable").await.ok(200), json!({"deletable": true}));
    push(&server, id, &["team/app"]);
    let why = "the project contains repositories, can not be deleted";
    assert_eq!(server.get("/projects/team/_deletable").await.ok(200), json!({"message": why}));
    server.delete("/projects/team").await.fails(412, "PRECONDITION", &format!("precondition failed: {why}"));
    assert_eq!(server.get("/projects/team").await.ok(200)["repo_count"], 1);
    server.delete("/projects/team/repositories/app").await.ok(200);
    server.delete("/projects/team").await.ok(200);
}

#[tokio::test]
async fn repository_names_are_decoded_twice() {
    let server = start().await;
    push(&server, 1, &["library/a/b", "library/c"]);
    let list = server.get("/projects/library/repositories").await.ok(200);
    assert_eq!(list[0]["name"], "library/c", "the newest one comes first");
    assert_eq!(
        (&list[1]["name"], &list[1]["artifact_count"], &list[1]["pull_count"]),
        (&json!("library/a/b"), &json!(2), &json!(0))
    );
    assert_eq!(list[1].get("description"), None);
    for path in ["a%252Fb", "a%2Fb"] {
        assert_eq!(server.get(&format!("/projects/library/repositories/{path}")).await.ok(200)["id"], 1);
    }
    server.delete("/projects/library/repositories/a%252Fb").await.ok(200);
    let gone = server.delete("/projects/library/repositories/a%252Fb").await;
    gone.fails(404, "NOT_FOUND", "repository library/a/b not found");
    server.edit(|state| state["repositories"]["rows"]["2"]["immutable"] = json!(true));
    assert_eq!(server.delete("/projects/library/repositories/c").await.status, 412);
}

#[tokio::test]
async fn a_repositorys_description_is_escaped() {
    let server = start().await;
    push(&server, 1, &["library/app"]);
    server.put("/projects/library/repositories/app", json!({"description": "a & <b>"})).await.ok(200);
    assert_eq!(server.get("/projects/library/repositories/app").await.ok(200)["description"], "a &amp; &lt;b&gt;");
}

#[tokio::test]
async fn single_metadata_keys() {
    let server = start().await;
    let base = "/projects/library/metadatas";
    let added = server.post(base, json!({"auto_scan": "1"})).await;
    assert_eq!((added.status, added.text.as_str(), added.header("location")), (200, "", None));
    assert_eq!(server.get(&format!("{base}/auto_scan")).await.ok(200), json!({"auto_scan": "true"}));
    assert_eq!(server.get(&format!("{base}/severity")).await.ok(200), json!({}));
    assert_eq!(server.post(base, json!({"auto_scan": "true"})).await.status, 409);
    server.put(&format!("{base}/auto_scan"), json!({"auto_scan": "F"})).await.ok(200);
    server.put(&format!("{base}/prevent_vul"), json!({"prevent_vul": "true"})).await.ok(200);
    assert_eq!(server.get(base).await.ok(200), json!({"auto_scan": "false", "public": "true"}));
    for key in ["auto_scan", "auto_scan", "no_such_key"] {
        assert_eq!(server.delete(&format!("{base}/{key}")).await.status, 200);
    }
    assert_eq!(server.get(base).await.ok(200), json!({"public": "true"}));
}

#[tokio::test]
async fn single_metadata_values_are_checked_and_normalised() {
    let server = start().await;
    let base = "/projects/library/metadatas";
    for (key, value, stored) in [
        ("severity", "Negligible", "none"),
        ("severity", "HIGH", "high"),
        ("proxy_speed_kb", "007", "7"),
        ("max_upstream_conn", "-1", "-1"),
        ("enable_content_trust", "t", "true"),
    ] {
        server.delete(&format!("{base}/{key}")).await.ok(200);
        server.post(base, json!({ (key): value })).await.ok(200);
        assert_eq!(server.get(&format!("{base}/{key}")).await.ok(200)[key], stored);
    }
    let cases = [
        (json!({}), "only allow one key/value pair"),
        (json!({"auto_scan": "true", "severity": "low"}), "only allow one key/value pair"),
        (json!({"prevent_vul": "yes"}), "invalid value: yes"),
        (json!({"severity": "odd"}), "invalid value: odd"),
        (json!({"max_upstream_conn": "0"}), "invalid value for max_upstream_conn: 0"),
        (json!({"retention_id": "1"}), "invalid key: retention_id"),
        (json!({"project_scanner": "1"}), "invalid key: project_scanner"),
    ];
    for (body, message) in cases {
        server.post(base, body).await.fails(400, "BAD_REQUEST", message);
    }
    assert_eq!(server.put(&format!("{base}/public"), json!({})).await.status, 400);
}

#[tokio::test]
async fn the_creator_is_the_first_member() {
    let server = start().await;
    let id = server.project("team").await;
    server.add_user("zoe", Some((id, 3)));
    server.add_user("abe", Some((id, 9)));
    let list = server.get("/projects/team/members").await;
    assert_eq!((list.header("x-total-count"), list.body.as_array().unwrap().len()), (Some("3"), 2), "no role 9");
    let first = json!({
        "id": 2, "project_id": id, "entity_id": 1, "entity_name": "admin", "entity_type": "u", "role_id": 1, "role_name": "projectAdmin",
    });
    assert_eq!(list.body[0], first);
    let named = server.get("/projects/team/members?entityname=zoe").await;
    assert_eq!((named.body[0]["role_name"].as_str(), named.header("x-total-count")), (Some("guest"), Some("3")));
    assert_eq!(server.get("/projects/team/members?entityname=zo").await.ok(200), json!([]));
}

#[tokio::test]
async fn the_summary_counts() {
    let server = start().await;
    let id = server.project("team").await;
    server.add_user("dev", Some((id, 2)));
    let summary = server.get("/projects/team/summary").await.ok(200);
    let quota = json!({"hard": {"storage": -1}, "used": {"storage": 0}});
    let expected = json!({"repo_count": 0, "quota": quota, "project_admin_count": 1, "developer_count": 1});
    assert_eq!(summary, expected);
}

#[tokio::test]
async fn quotas_follow_the_request_the_setting_or_nothing() {
    let server = start().await;
    server.add_user("alice", None);
    let limit = |name: &'static str| {
        let server = &server;
        async move {
            let id = server.get(&format!("/projects/{name}")).await.ok(200)["project_id"].clone();
            server.get(&format!("/quotas?reference=project&reference_id={id}")).await.ok(200)[0]["hard"]["storage"]
                .clone()
        }
    };
    server.put("/configurations", json!({"storage_per_project": 1000})).await.ok(200);
    server.post("/projects", json!({"project_name": "own", "storage_limit": 5})).await.ok(201);
    server.post("/projects", json!({"project_name": "none", "storage_limit": -1})).await.ok(201);
    server.post("/projects", json!({"project_name": "zero", "storage_limit": 0})).await.ok(201);
    let alice = Some(("alice", "Password1"));
    server.json("POST", "/projects", alice, json!({"project_name": "hers", "storage_limit": 5})).await.ok(201);
    server.put("/configurations", json!({"quota_per_project_enable": false})).await.ok(200);
    server.post("/projects", json!({"project_name": "off", "storage_limit": 5})).await.ok(201);
    for (name, expected) in
        [("own", json!(5)), ("none", json!(-1)), ("zero", json!(1000)), ("hers", json!(1000)), ("off", Value::Null)]
    {
        assert_eq!(limit(name).await, expected, "{name}");
    }
}

#[tokio::test]
async fn quotas_are_read_and_set() {
    let server = start().await;
    let id = server.project("team").await;
    let list = server.get(&format!("/quotas?reference=project&reference_id={id}")).await.ok(200);
    assert_eq!(list.as_array().unwrap().len(), 1);
    let quota = format!("/quotas/{}", list[0]["id"]);
    assert_eq!(list[0]["ref"], json!({"id": id, "name": "team", "owner_name": ""}));
    assert_eq!((&list[0]["hard"], &list[0]["used"]), (&json!({"storage": -1}), &json!({"storage": 0})));
    server.edit(|state| state["quotas"]["rows"]["2"]["used"] = json!(500));
    for limit in [1, 1_125_899_906_842_624_i64, -1, 100] {
        server.put(&quota, json!({"hard": {"storage": limit}})).await.ok(200);
        assert_eq!(server.get(&quota).await.ok(200)["hard"]["storage"], limit);
    }
    for hard in [
        json!({"storage": 0}),
        json!({"storage": -2}),
        json!({"storage": 1_125_899_906_842_625_i64}),
        json!({"count": 1}),
        json!({}),
    ] {
        assert_eq!(server.put(&quota, json!({"hard": hard})).await.status, 400, "{hard}");
    }
    server.get("/quotas/99").await.fails(404, "NOT_FOUND", "quota 99 not found");
}

#[tokio::test]
async fn registries_mask_their_secret_and_normalise_their_url() {
    let server = start().await;
    let body = json!({
        "name": "hub", "type": "docker-hub", "url": " hub.example.com/v2/?x=1 ", "insecure": false,
        "credential": {"access_key": "me", "access_secret": "hidden"},
    });
    server.post("/registries", body.clone()).await.ok(201);
    let shown = server.get("/registries/1").await.ok(200);
    assert_eq!(shown["credential"], json!({"type": "basic", "access_key": "me", "access_secret": "*****"}));
    assert_eq!((&shown["url"], shown.get("insecure")), (&json!("http://hub.example.com/v2/"), None));
    assert_eq!(server.harbor.dump()["registries"]["rows"]["1"]["access_secret"], "hidden");
    server.post("/registries", body).await.fails(409, "CONFLICT", "registry hub already exists");
    server
        .post(
            "/registries",
            json!({"name": "bare", "type": "harbor", "url": "https://u:p@h/", "credential": {"access_secret": "x"}}),
        )
        .await
        .ok(201);
    let bare = server.get("/registries?name=BAR").await.ok(200)[0].clone();
    assert_eq!((&bare["credential"], &bare["url"]), (&json!({}), &json!("https://h")));
    assert_eq!(server.get("/registries/0").await.ok(200)["name"], "Local");
    server.get("/registries/9").await.fails(404, "NOT_FOUND", "registry 9 not found");
    server.delete("/registries/2").await.ok(200);
    assert_eq!(server.delete("/registries/2").await.status, 404);
}

#[tokio::test]
async fn registries_that_cannot_be_registered() {
    let options = Options { unhealthy_registries: vec!["https://down".into()], ..Options::default() };
    let server = start_with(options).await;
    let ill =
        server.post("/registries", json!({"name": "a", "type": "harbor", "url": "https://down.example.com"})).await;
    ill.fails(400, "BAD_REQUEST", "the registry is unhealthy");
    let odd = server.post("/registries", json!({"name": "a", "type": "odd", "url": "https://up"})).await;
    odd.fails(500, "UNKNOWN", "internal server error");
    for body in [
        json!({"type": "harbor", "url": "https://up"}),
        json!({"name": "x".repeat(65), "type": "harbor", "url": "https://up"}),
        json!({"name": "a", "type": "harbor", "url": " "}),
    ] {
        assert_eq!(server.post("/registries", body).await.status, 400);
    }
}

#[tokio::test]
async fn a_dump_can_hold_a_project_that_nobody_asked_for() {
    let server = start().await;
    server.edit(|state| state["projects"]["rows"]["7"] = json!({"name": "ghost", "owner_id": 1}));
    assert_eq!(server.get("/projects/ghost").await.ok(200)["project_id"], 7);
    assert_eq!(server.project("next").await, 8);
    server.robot(puller("ci")).await;
}
