//! The server's settings, and what they change elsewhere.

use super::support::{puller, start, start_version, start_with};
use registry_simulator::harbor::Options;
use serde_json::json;

#[tokio::test]
async fn settings_are_shown_with_whether_they_can_be_changed() {
    let server = start().await;
    let shown = server.get("/configurations").await.ok(200);
    assert_eq!(shown["robot_name_prefix"], json!({"value": "robot$", "editable": true}));
    assert_eq!(shown["storage_per_project"]["value"], -1);
    assert_eq!((shown.get("ldap_search_password"), shown.get("oidc_client_secret")), (None, None));
    assert_eq!(shown["auth_mode"]["editable"], true);
    server.add_user("alice", None);
    assert_eq!(server.get("/configurations").await.ok(200)["auth_mode"]["editable"], false);
    let change = server.put("/configurations", json!({"auth_mode": "ldap_auth"})).await;
    assert_eq!((change.status, change.error().0), (400, "BAD_REQUEST"));
}

#[tokio::test]
async fn only_given_settings_change_and_unknown_ones_are_dropped() {
    let server = start().await;
    let new = json!({"session_timeout": 5, "ldap_search_password": "hidden", "no_such_thing": 1});
    server.put("/configurations", new).await.ok(200);
    assert_eq!(server.harbor.dump()["configuration"], json!({"ldap_search_password": "hidden", "session_timeout": 5}));
    assert_eq!(server.get("/configurations").await.ok(200).get("ldap_search_password"), None);
}

#[tokio::test]
async fn values_that_cannot_be_are_refused() {
    let server = start().await;
    let cases = [
        json!({"robot_token_duration": -1}),
        json!({"token_expiration": 0}),
        json!({"session_timeout": 10_000_000_000_i64}),
        json!({"storage_per_project": 0}),
        json!({"ldap_scope": 3}),
        json!({"auth_mode": "magic"}),
        json!({"project_creation_restriction": "nobody"}),
        json!({"ldap_uid": " "}),
        json!({"oidc_extra_redirect_parms": "x"}),
        json!({"skip_audit_log_database": true}),
    ];
    for case in cases {
        let answer = server.put("/configurations", case.clone()).await;
        assert_eq!((answer.status, answer.error().0), (400, "BAD_REQUEST"), "{case}");
    }
}

/// Observed on Harbor 2.15.2.
#[tokio::test]
async fn what_is_wrong_with_a_value_names_the_setting() {
    let server = start().await;
    let cases = [
        (json!({"ldap_scope": 3}), "bad request: item name ldap_scope: invalid scope, should be 0, 1 or 2"),
        (json!({"ldap_url": ""}), "bad request: item name ldap_url: the configure value can not be empty"),
        (json!({"storage_per_project": 0}), "bad request: invalid non-positive value for quota limit, value=0"),
        (json!({"session_timeout": 0}), "the session_timeout value must be positive"),
    ];
    for (body, message) in cases {
        server.put("/configurations", body).await.fails(400, "BAD_REQUEST", message);
    }
    let wrong = server.put("/configurations", json!({"read_only": "x"})).await;
    let problem = "validation failure list:\nparsing configurations body from \"\" failed, because json: cannot unmarshal string into Go struct field Configurations.read_only of type bool";
    wrong.fails(422, "UNPROCESSABLE_ENTITY", problem);
}

#[tokio::test]
async fn json_in_a_text_is_written_anew() {
    let server = start().await;
    let new = json!({"oidc_extra_redirect_parms": "{ \"b\": \"2\", \"a\": \"1\" }"});
    server.put("/configurations", new).await.ok(200);
    let shown = server.get("/configurations").await.ok(200);
    assert_eq!(shown["oidc_extra_redirect_parms"]["value"], "{\"a\":\"1\",\"b\":\"2\"}");
}

#[tokio::test]
async fn settings_from_the_environment_cannot_be_changed() {
    let server = start_with(Options { configuration_overwritten: true, ..Options::default() }).await;
    assert_eq!(server.get("/configurations").await.ok(200)["read_only"]["editable"], false);
    let answer = server.put("/configurations", json!({"read_only": true})).await;
    assert_eq!((answer.status, answer.error().0), (403, "FORBIDDEN"));
}

#[tokio::test]
async fn the_prefix_renames_every_robot_at_once() {
    let server = start().await;
    let robot = server.robot(puller("ci")).await;
    assert_eq!(robot["name"], "robot$ci");
    server.put("/configurations", json!({"robot_name_prefix": "bot:"})).await.ok(200);
    assert_eq!(server.get(&format!("/robots/{}", robot["id"])).await.ok(200)["name"], "bot:ci");
    let me = |name| server.json("GET", "/projects", Some((name, robot["secret"].as_str().unwrap())), json!(null));
    assert_eq!(me("bot:ci").await.ok(200).as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_empty_prefix_depends_on_the_release() {
    let old = start().await;
    old.put("/configurations", json!({"robot_name_prefix": ""})).await.ok(200);
    assert_eq!(old.robot(puller("ci")).await["name"], "ci");
    let new = start_version("2.16.0").await;
    assert_eq!(new.put("/configurations", json!({"robot_name_prefix": ""})).await.status, 400);
}

#[tokio::test]
async fn settings_came_with_releases() {
    let old = start_version("2.8.6").await.get("/configurations").await.ok(200);
    assert_eq!((old.get("banner_message"), old.get("oidc_logout")), (None, None));
    let new = start().await.get("/configurations").await.ok(200);
    assert!(new.get("banner_message").is_some() && new.get("oidc_logout").is_some());
}

#[tokio::test]
async fn the_systems_allowlist_is_replaced_whole() {
    let server = start().await;
    let empty = server.get("/system/CVEAllowlist").await.ok(200);
    assert_eq!((&empty["items"], empty.get("project_id"), empty.get("expires_at")), (&json!([]), None, None));
    let new = json!({"items": [{"cve_id": "CVE-2"}, {"cve_id": "CVE-1"}], "expires_at": 5});
    server.put("/system/CVEAllowlist", new).await.ok(200);
    let list = server.get("/system/CVEAllowlist").await.ok(200);
    assert_eq!((&list["items"], &list["expires_at"]), (&json!([{"cve_id": "CVE-2"}, {"cve_id": "CVE-1"}]), &json!(5)));
    for items in [json!([{"cve_id": "A"}, {"cve_id": "A"}]), json!([{"cve_id": " "}])] {
        let answer = server.put("/system/CVEAllowlist", json!({"items": items})).await;
        answer.fails(500, "UNKNOWN", "internal server error");
    }
}
