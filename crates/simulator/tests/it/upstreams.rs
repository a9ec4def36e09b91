//! Other registries, of which organizations and repositories are mirrors and caches.

use registry_simulator::{Options, Simulator, quay};
use serde_json::{Value, json};

use crate::client::{Quay, simulator};

async fn organization(quay: &Quay<'_>, name: &str) {
    quay.ok("POST", "organization/", json!({"name": name, "email": format!("{name}@example.com")})).await;
}

#[tokio::test]
async fn only_public_registries_are_mirrored_and_cached() {
    let simulator = simulator();
    let quay = Quay::new(&simulator, "admin");
    organization(&quay, "acme").await;
    quay.ok("PUT", "organization/acme/robots/mirror", Value::Null).await;
    organization(&quay, "full").await;
    quay.ok("PUT", "organization/full/robots/mirror", Value::Null).await;
    let repository = json!({"namespace": "full", "repository": "app", "visibility": "private", "description": ""});
    quay.ok("POST", "repository", repository).await;
    let all = async |host: &str| {
        let cache = json!({"upstream_registry": format!("{host}/library")});
        let organization_mirror = json!({
            "external_registry_type": "quay", "external_registry_url": format!("https://{host}"), "external_namespace": "up",
            "robot_username": "acme+mirror", "visibility": "private", "sync_interval": 3600,
            "sync_start_date": "2027-01-01T00:00:00Z",
        });
        let mirror = json!({
            "external_reference": format!("{host}/a/b"), "sync_interval": 86400, "sync_start_date": "2027-01-01T00:00:00Z",
            "root_rule": {"rule_kind": "tag_glob_csv", "rule_value": ["a"]}, "skopeo_timeout_interval": 300,
            "robot_username": "full+mirror",
        });
        let requests = [
            ("organization/acme/validateproxycache", cache.clone()),
            ("organization/acme/proxycache", cache),
            ("organization/acme/mirror", organization_mirror),
            ("repository/full/app/mirror", mirror),
        ];
        let mut details = Vec::new();
        for (path, body) in requests {
            let (status, answer) = quay.send("POST", path, body).await.unwrap();
            assert_eq!(status, 400, "{path}: {answer}");
            details.push(answer["detail"].as_str().unwrap().to_owned());
        }
        details
    };
    let (url, location) = ("The provided registry URL is not allowed", "The provided registry location is not allowed");
    for host in ["10.1.2.3:5000", "203.0.113.7", "[::1]:5000", "registry.corp.internal"] {
        assert_eq!(all(host).await, [url, url, url, location], "{host}");
    }
    assert_eq!(all("no-such-host.invalid").await, ["Cannot resolve hostname 'no-such-host.invalid'"; 4]);
    let addresses = json!({"registry.example.com": ["192.168.7.7"], "quay.io": []});
    simulator.edit(json!({"quay": {"config": {"SIMULATED_ADDRESSES": addresses}}})).unwrap();
    assert_eq!(all("registry.example.com").await, [url, url, url, location]);
    assert_eq!(all("quay.io").await, ["Cannot resolve hostname 'quay.io'"; 4]);
    simulator.edit(json!({"quay": {"config": {"SSRF_ALLOWED_HOSTS": ["192.168.0.0/16"]}}})).unwrap();
    let cache = json!({"upstream_registry": "registry.example.com/library"});
    quay.ok("POST", "organization/acme/proxycache", cache).await;
}

#[tokio::test]
async fn what_is_wrong_with_a_change_of_a_mirror_is_found_before_anything_is_changed() {
    for (release, changed) in [("3.17", true), ("3.18", false)] {
        let options = quay::Options { release: release.to_owned(), ..Default::default() };
        let simulator = Simulator::start(Options { quay: options, ..Options::default() }).unwrap();
        let quay = Quay::new(&simulator, "admin");
        organization(&quay, "acme").await;
        quay.ok("PUT", "organization/acme/robots/mirror", Value::Null).await;
        let repository = json!({"namespace": "acme", "repository": "app", "visibility": "private", "description": ""});
        quay.ok("POST", "repository", repository).await;
        let path = "repository/acme/app/mirror";
        let mirror = json!({
            "external_reference": "quay.io/a/b", "sync_interval": 86400, "sync_start_date": "2027-01-01T00:00:00Z",
            "root_rule": {"rule_kind": "tag_glob_csv", "rule_value": ["a"]}, "skopeo_timeout_interval": 300,
            "robot_username": "acme+mirror",
        });
        quay.ok("POST", path, mirror).await;
        for wrong in [
            json!({"robot_username": "acme+nobody"}),
            json!({"sync_start_date": "tomorrow"}),
            json!({"external_registry_password": "without a name"}),
            json!({"root_rule": {"rule_kind": "tag_glob_csv", "rule_value": []}}),
        ] {
            quay.ok("PUT", path, json!({"is_enabled": true})).await;
            let mut body = wrong;
            body["is_enabled"] = json!(false);
            assert_eq!(quay.status("PUT", path, body.clone()).await, 400, "{body}");
            assert_eq!(quay.get(path).await["is_enabled"], !changed, "{release}: {body}");
        }
    }
}

#[tokio::test]
async fn what_an_organization_that_is_a_mirror_cannot_have() {
    let simulator = simulator();
    let quay = Quay::new(&simulator, "admin");
    organization(&quay, "acme").await;
    quay.ok("PUT", "organization/acme/robots/mirror", Value::Null).await;
    let mirror = json!({
        "external_registry_type": "quay", "external_registry_url": "https://quay.io", "external_namespace": "up",
        "robot_username": "acme+mirror", "visibility": "private", "sync_interval": 3600,
        "sync_start_date": "2027-01-01T00:00:00Z",
    });
    quay.ok("POST", "organization/acme/mirror", mirror).await;
    let policy = json!({"tagPattern": "^v"});
    let (status, answer) = quay.send("POST", "organization/acme/immutabilitypolicy/", policy).await.unwrap();
    let why = "Cannot create immutability policy: organization is managed by organization-level mirroring";
    assert_eq!((status, answer["detail"].as_str()), (400, Some(why)));
    let repository = json!({
        "number": 900, "description": "", "is_public": false, "state": "NORMAL", "status_token": "", "users": {}, "teams": {},
    });
    simulator.edit(json!({"quay": {"repositories": {"acme/app": repository}}})).unwrap();
    let body = json!({
        "external_reference": "quay.io/a/b", "sync_interval": 86400, "sync_start_date": "2027-01-01T00:00:00Z",
        "root_rule": {"rule_kind": "tag_glob_csv", "rule_value": ["a"]}, "skopeo_timeout_interval": 300,
        "robot_username": "acme+mirror",
    });
    for method in ["POST", "PUT"] {
        let (status, answer) = quay.send(method, "repository/acme/app/mirror", body.clone()).await.unwrap();
        let why = "Repository mirror configuration cannot be managed when organization-level mirroring is configured";
        assert_eq!((status, answer["detail"].as_str()), (400, Some(why)), "{method}");
    }
}

#[tokio::test]
async fn an_organization_with_immutable_tags_is_no_proxy_cache() {
    let simulator = simulator();
    let quay = Quay::new(&simulator, "admin");
    organization(&quay, "acme").await;
    let repository = json!({"namespace": "acme", "repository": "app", "visibility": "private", "description": ""});
    quay.ok("POST", "repository", repository).await;
    let cache =
        async || quay.send("POST", "organization/acme/proxycache", json!({"upstream_registry": "quay.io"})).await;
    let tag = |immutable: bool| json!({"quay": {"repositories": {"acme/app": {"tags": {"v1": {"name": "v1", "immutable": immutable}}}}}});
    simulator.edit(tag(true)).unwrap();
    let (status, answer) = cache().await.unwrap();
    let why = "Cannot convert organization to proxy cache: immutable tags exist";
    assert_eq!((status, answer["detail"].as_str()), (400, Some(why)));
    simulator.edit(tag(false)).unwrap();
    assert_eq!(cache().await.unwrap().0, 201);
}
