//! Images in the simulated Quay: pushed and pulled by a client that nobody here wrote, and seen in the API.

use oci_client::client::{ClientConfig, ClientProtocol, Config, ImageLayer};
use oci_client::manifest::IMAGE_LAYER_MEDIA_TYPE;
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference};
use registry_simulator::{NewImage, Simulator};
use serde_json::{Value, json};

use crate::client::{Quay, simulator};

const LAYER: &[u8] = b"what a layer holds";

fn client() -> Client {
    Client::new(ClientConfig { protocol: ClientProtocol::Http, ..Default::default() })
}

fn reference(simulator: &Simulator, repository: &str, tag: &str) -> Reference {
    Reference::with_tag(simulator.address().to_string(), repository.to_owned(), tag.to_owned())
}

/// Pushes an image with these labels as somebody.
async fn push(simulator: &Simulator, to: (&str, &str), auth: &RegistryAuth, labels: Value) -> Result<(), String> {
    let configuration = json!({
        "architecture": "amd64",
        "os": "linux",
        "config": {"Labels": labels},
        "rootfs": {"type": "layers", "diff_ids": []},
        "history": [{"created": "2026-01-01T00:00:00Z", "created_by": "/bin/true"}],
    });
    let config = Config::oci_v1(configuration.to_string().into_bytes(), None);
    let layers = [ImageLayer::oci_v1(LAYER.to_vec(), None)];
    let pushed = client().push(&reference(simulator, to.0, to.1), &layers, config, auth, None).await;
    pushed.map(drop).map_err(|error| error.to_string())
}

/// An organization with a repository and two robots, of which one may push to it.
async fn prepared(simulator: &Simulator) -> (Quay<'_>, RegistryAuth, RegistryAuth) {
    let quay = Quay::new(simulator, "admin");
    quay.ok("POST", "organization/", json!({"name": "acme", "email": "acme@example.com"})).await;
    let repository = json!({"namespace": "acme", "repository": "app", "visibility": "private", "description": ""});
    quay.ok("POST", "repository", repository).await;
    let mut logins = Vec::new();
    for name in ["ci", "other"] {
        let robot = quay.ok("PUT", &format!("organization/acme/robots/{name}"), json!({})).await;
        let text = |member: &str| robot[member].as_str().unwrap().to_owned();
        logins.push(RegistryAuth::Basic(text("name"), text("token")));
    }
    quay.ok("PUT", "repository/acme/app/permissions/user/acme+ci", json!({"role": "write"})).await;
    let other = logins.remove(1);
    (quay, logins.remove(0), other)
}

#[tokio::test]
async fn a_robot_pushes_an_image_and_pulls_the_same() {
    let simulator = simulator();
    let (quay, robot, other) = prepared(&simulator).await;
    let labels = json!({"team": "infra", "quay.expires-after": "2d", "build": "{\"number\": 1}"});
    push(&simulator, ("acme/app", "v1"), &robot, labels).await.unwrap();
    let refused = push(&simulator, ("acme/app", "v1"), &other, json!({})).await.unwrap_err();
    assert!(refused.to_lowercase().contains("unauthorized") || refused.contains("401"), "{refused}");

    let tags = quay.get("repository/acme/app/tag/").await;
    let tag = &tags["tags"][0];
    assert_eq!(
        (tags["tags"].as_array().unwrap().len(), &tag["name"], &tag["size"]),
        (1, &json!("v1"), &json!(LAYER.len()))
    );
    let lives = tag["end_ts"].as_i64().unwrap() - tag["start_ts"].as_i64().unwrap();
    assert_eq!(lives, 2 * 24 * 60 * 60);
    let manifest = format!("repository/acme/app/manifest/{}", tag["manifest_digest"].as_str().unwrap());
    let found = quay.get(&format!("{manifest}/labels")).await;
    let labels: Vec<Value> = found["labels"].as_array().unwrap().clone();
    let shown = |at: usize, member: &str| labels[at][member].as_str().unwrap().to_owned();
    assert_eq!(labels.len(), 3);
    assert_eq!((shown(0, "key"), shown(0, "media_type")), ("build".into(), "application/json".into()));
    assert_eq!(
        (shown(2, "key"), shown(2, "value"), shown(2, "source_type")),
        ("team".into(), "infra".into(), "manifest".into())
    );
    assert_eq!(quay.get(&manifest).await["layers"][0]["command"], json!(["/bin/true"]));

    let image =
        client().pull(&reference(&simulator, "acme/app", "v1"), &robot, vec![IMAGE_LAYER_MEDIA_TYPE]).await.unwrap();
    assert_eq!(image.layers[0].data.as_ref(), LAYER);
    assert_eq!(image.digest.as_deref(), tag["manifest_digest"].as_str());
    let pulls = quay.get("repository/acme/app/tag/v1/pull_statistics").await;
    assert!(pulls["tag_pull_count"].as_u64() >= Some(1) && pulls["last_tag_pull_date"].is_string(), "{pulls}");
    let listed = quay.get("repository?namespace=acme&last_modified=true").await;
    assert_eq!(listed["repositories"][0]["last_modified"], tag["start_ts"]);
    let size = simulator.dump()["quay"]["repositories"]["acme/app"]["quota_bytes"].clone();
    assert!(size.as_u64() > Some(LAYER.len() as u64), "{size}");
    assert_eq!(simulator.dump()["quay"]["organizations"]["acme"]["quota_bytes"], size);
    let robot = quay.get("organization/acme/robots/ci").await;
    assert!(robot["last_accessed"].is_string(), "{robot}");
}

#[tokio::test]
async fn a_push_makes_a_repository_for_those_who_may() {
    let simulator = simulator();
    let (quay, robot, _) = prepared(&simulator).await;
    assert!(push(&simulator, ("acme/new", "v1"), &robot, json!({})).await.is_err());
    assert_eq!(quay.status("GET", "repository/acme/new", Value::Null).await, 404);
    let admin = RegistryAuth::Basic("admin".into(), "quaypass123".into());
    push(&simulator, ("acme/new", "v1"), &admin, json!({})).await.unwrap();
    assert_eq!(quay.get("repository/acme/new").await["tags"]["v1"]["name"], "v1");
    let wrong = RegistryAuth::Basic("admin".into(), "wrong".into());
    assert!(push(&simulator, ("acme/new", "v2"), &wrong, json!({})).await.is_err());
    let oauth = RegistryAuth::Basic("$oauthtoken".into(), simulator.credentials().quay_token.clone());
    push(&simulator, ("acme/new", "v2"), &oauth, json!({})).await.unwrap();
    let token = quay.ok("POST", "user/apptoken", json!({"title": "t"})).await["token"]["token_code"].clone();
    let app_token = RegistryAuth::Basic("$app".into(), token.as_str().unwrap().into());
    push(&simulator, ("acme/new", "v3"), &app_token, json!({})).await.unwrap();
}

#[tokio::test]
async fn what_may_not_change_is_not_pushed_over() {
    let simulator = simulator();
    let (quay, robot, _) = prepared(&simulator).await;
    push(&simulator, ("acme/app", "v1"), &robot, json!({})).await.unwrap();
    push(&simulator, ("acme/app", "latest"), &robot, json!({})).await.unwrap();
    quay.ok("POST", "organization/acme/immutabilitypolicy/", json!({"tagPattern": "v.*"})).await;
    let tags = quay.get("repository/acme/app/tag/?specificTag=v1").await;
    assert_eq!(tags["tags"][0]["immutable"], true);
    assert!(push(&simulator, ("acme/app", "v1"), &robot, json!({"other": "image"})).await.is_err());
    push(&simulator, ("acme/app", "latest"), &robot, json!({"other": "image"})).await.unwrap();
    push(&simulator, ("acme/app", "v2"), &robot, json!({"other": "image"})).await.unwrap();
    assert_eq!(quay.status("DELETE", "repository/acme/app/tag/v2", Value::Null).await, 409);
    quay.ok("PUT", "repository/acme/app/changestate", json!({"state": "READ_ONLY"})).await;
    assert!(push(&simulator, ("acme/app", "latest"), &robot, json!({})).await.is_err());
    assert_eq!(quay.status("PUT", "repository/acme/app/tag/latest", json!({})).await, 503);
}

#[tokio::test]
async fn nothing_is_pushed_beyond_a_quota() {
    let simulator = simulator();
    let (quay, robot, _) = prepared(&simulator).await;
    quay.ok("POST", "organization/acme/quota", json!({"limit_bytes": 10})).await;
    push(&simulator, ("acme/app", "v1"), &robot, json!({})).await.unwrap();
    let id = quay.get("organization/acme/quota").await[0]["id"].clone();
    let limit = json!({"type": "Reject", "threshold_percent": 90});
    quay.ok("POST", &format!("organization/acme/quota/{id}/limit"), limit).await;
    let refused = push(&simulator, ("acme/app", "v2"), &robot, json!({})).await.unwrap_err();
    assert!(refused.contains("Quota has been exceeded"), "{refused}");
}

#[tokio::test]
async fn a_tag_that_is_gone_comes_back_or_goes_for_good() {
    let simulator = simulator();
    let quay = Quay::new(&simulator, "admin");
    quay.ok("POST", "organization/", json!({"name": "acme", "email": "acme@example.com"})).await;
    let image = NewImage { repository: "acme/app".into(), tags: vec!["v1".into()], ..NewImage::default() };
    let digest = simulator.push(image).unwrap();
    let tag = "repository/acme/app/tag/v1";
    quay.ok("DELETE", tag, Value::Null).await;
    let body = json!({"manifest_digest": digest});
    assert_eq!(quay.status("GET", &format!("repository/acme/app/manifest/{digest}"), Value::Null).await, 404);
    quay.ok("POST", &format!("{tag}/restore"), body.clone()).await;
    let tags = quay.get("repository/acme/app/tag/").await["tags"].clone();
    assert_eq!((tags.as_array().unwrap().len(), &tags[0]["reversion"]), (2, &json!(true)));
    assert!(tags[0].get("end_ts").is_none() && tags[1].get("end_ts").is_some(), "{tags}");
    let alive = json!({"is_alive": true});
    quay.ok("POST", &format!("{tag}/expire"), alive.clone()).await;
    assert_eq!(quay.status("POST", &format!("{tag}/expire"), alive).await, 404);
    quay.ok("POST", &format!("{tag}/expire"), json!({"manifest_digest": digest, "is_alive": false})).await;
    let tags = quay.get("repository/acme/app/tag/").await["tags"].clone();
    let over = |tag: &Value| tag["end_ts"].as_i64() < tag["start_ts"].as_i64();
    assert!(tags.as_array().is_some_and(|tags| tags.len() == 2 && tags.iter().all(over)), "{tags}");
    simulator.collect_garbage();
    assert_eq!(quay.get("repository/acme/app/tag/").await["tags"], json!([]));
    assert_eq!(quay.status("POST", &format!("{tag}/restore"), body).await, 404);
    assert_eq!(simulator.dump()["quay"]["repositories"]["acme/app"]["images"]["blobs"], json!({}));
    let counted = || simulator.dump()["quay"]["organizations"]["acme"]["quota_bytes"].clone();
    assert_eq!(counted(), json!(0), "what is not there any more counts no more");
    simulator.push(NewImage { repository: "acme/app".into(), tags: vec!["v1".into()], ..NewImage::default() }).unwrap();
    assert_ne!(counted(), json!(0));
    quay.ok("DELETE", "repository/acme/app", Value::Null).await;
    assert_eq!(counted(), json!(0), "nor what was in a repository that is not there any more");
}

#[tokio::test]
async fn what_happens_to_images_is_noted_in_the_usage_logs() {
    let simulator = simulator();
    let (quay, robot, _) = prepared(&simulator).await;
    push(&simulator, ("acme/app", "v1"), &robot, json!({})).await.unwrap();
    client().pull(&reference(&simulator, "acme/app", "v1"), &robot, vec![IMAGE_LAYER_MEDIA_TYPE]).await.unwrap();
    let tags = quay.get("repository/acme/app/tag/").await;
    let digest = tags["tags"][0]["manifest_digest"].clone();
    let labels = format!("repository/acme/app/manifest/{}/labels", digest.as_str().unwrap());
    let label = quay.ok("POST", &labels, json!({"key": "team", "value": "a", "media_type": null})).await;
    quay.ok("DELETE", &format!("{labels}/{}", label["label"]["id"].as_str().unwrap()), Value::Null).await;
    for body in [
        json!({"manifest_digest": digest}),
        json!({"manifest_digest": digest}),
        json!({"expiration": null}),
        json!({"immutable": true}),
        json!({"immutable": false}),
    ] {
        quay.ok("PUT", "repository/acme/app/tag/v2", body).await;
    }
    quay.ok("DELETE", "repository/acme/app/tag/v2", Value::Null).await;
    quay.ok("POST", "repository/acme/app/tag/v2/restore", json!({"manifest_digest": digest})).await;
    quay.ok("POST", "repository/acme/app/tag/v2/expire", json!({"is_alive": true})).await;
    let logs = quay.get("repository/acme/app/logs").await["logs"].as_array().unwrap().clone();
    let mut kinds: Vec<&str> = logs.iter().rev().filter_map(|log| log["kind"].as_str()).collect();
    kinds.dedup();
    let expected = [
        "push_repo",
        "pull_repo",
        "manifest_label_add",
        "manifest_label_delete",
        "create_tag",
        "move_tag",
        "change_tag_immutability",
        "delete_tag",
        "revert_tag",
        "permanently_delete_tag",
    ];
    assert_eq!(kinds.iter().filter(|kind| expected.contains(kind)).copied().collect::<Vec<_>>(), expected);
    let pushed = logs.iter().find(|log| log["kind"] == "push_repo").unwrap();
    assert_eq!((&pushed["performer"]["name"], &pushed["metadata"]["tag"]), (&json!("acme+ci"), &json!("v1")));
}

#[tokio::test]
async fn a_list_of_manifests_has_an_image_for_each_platform() {
    let simulator = simulator();
    let quay = Quay::new(&simulator, "admin");
    quay.ok("POST", "organization/", json!({"name": "acme", "email": "acme@example.com"})).await;
    let image = NewImage {
        repository: "acme/app".into(),
        tags: vec!["v1".into()],
        labels: [("quay.immutable".to_owned(), "true".to_owned())].into(),
        architectures: vec!["amd64".into(), "arm64".into()],
        ..NewImage::default()
    };
    let digest = simulator.push(image).unwrap();
    let tag = quay.get("repository/acme/app/tag/").await["tags"][0].clone();
    assert_eq!((&tag["is_manifest_list"], &tag["size"], &tag["immutable"]), (&json!(true), &Value::Null, &json!(true)));
    assert_eq!((&tag["child_manifest_count"], &tag["is_sparse"]), (&json!(2), &json!(false)));
    let manifest = quay.get(&format!("repository/acme/app/manifest/{digest}")).await;
    assert_eq!((&manifest["layers"], &manifest["is_manifest_list"]), (&Value::Null, &json!(true)));
    let children = tag["child_manifests_presence"].as_object().unwrap();
    for child in children.keys() {
        let found = quay.get(&format!("repository/acme/app/manifest/{child}")).await;
        assert_eq!(found["layers"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn the_manifests_of_a_list_go_with_it_when_that_is_asked_for() {
    for with_them in [false, true] {
        let simulator = simulator();
        let quay = Quay::new(&simulator, "admin");
        quay.ok("POST", "organization/", json!({"name": "acme", "email": "acme@example.com"})).await;
        let image = NewImage {
            repository: "acme/app".into(),
            tags: vec!["v1".into()],
            architectures: vec!["amd64".into(), "arm64".into()],
            ..NewImage::default()
        };
        simulator.push(image).unwrap();
        let body = json!({"is_alive": true, "include_submanifests": with_them});
        quay.ok("POST", "repository/acme/app/tag/v1/expire", body).await;
        simulator.collect_garbage();
        let left = simulator.dump()["quay"]["repositories"]["acme/app"]["images"]["manifests"].clone();
        assert_eq!(left.as_object().unwrap().len(), if with_them { 0 } else { 2 });
    }
}

#[tokio::test]
async fn a_scanner_says_what_it_found_and_that_it_waits() {
    let simulator = simulator();
    let quay = Quay::new(&simulator, "admin");
    quay.ok("POST", "organization/", json!({"name": "acme", "email": "acme@example.com"})).await;
    let image = NewImage { repository: "acme/app".into(), tags: vec!["v1".into()], ..NewImage::default() };
    let digest = simulator.push(image).unwrap();
    let security = format!("repository/acme/app/manifest/{digest}/security?vulnerabilities=true");
    assert_eq!(quay.get(&security).await, json!({"status": "queued", "data": null}));
    let report = json!({"status": "scanned", "data": {"Layer": {"Name": digest, "Features": []}}});
    let manifests = json!({digest: {"security": report}});
    simulator.edit(json!({"quay": {"repositories": {"acme/app": {"images": {"manifests": manifests}}}}})).unwrap();
    assert_eq!(quay.get(&security).await, report);
    simulator.edit(json!({"quay": {"config": {"FEATURE_SECURITY_SCANNER": false}}})).unwrap();
    assert_eq!(quay.status("GET", &security, Value::Null).await, 404);
}
