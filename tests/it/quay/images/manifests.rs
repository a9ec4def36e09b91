//! `quay_manifest_label`, and the data sources of manifests.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use registry_simulator::{Action, Action as Does, Fault};
use serde_json::{Value as Json, json};
use terraform_framework::value::Value;

use crate::core::text;
use crate::quay::app_images::{held, invoke, items, of_app, read, replace, string, with_images};
use crate::world::World;
use crate::world::inspect::apply;

fn digest(world: &World, tag: &str) -> String {
    held(world, &format!("/tags/{tag}/manifest_digest")).as_str().expect("a digest").to_owned()
}

#[tokio::test]
async fn an_image_shows_its_layers_however_it_is_named() {
    let world = with_images().await;
    let by_tag = read(&world, "quay_manifest", of_app(json!({ "tag": "first" }))).await.unwrap();
    let by_digest =
        read(&world, "quay_manifest", of_app(json!({ "manifest_digest": "${image:first}" }))).await.unwrap();
    assert_eq!(string(&by_tag, "digest"), digest(&world, "first"));
    for name in ["digest", "media_type", "layers", "manifests", "manifest", "config_digest"] {
        assert_eq!(by_tag.attribute(name), by_digest.attribute(name), "{name}");
    }
    let layers = items(&by_tag, "layers");
    assert_eq!((layers.len(), items(&by_tag, "manifests").len()), (1, 0));
    assert!(string(&layers[0], "blob_digest").starts_with("sha256:"));
    let whole: Json = serde_json::from_str(&string(&by_tag, "manifest")).unwrap();
    assert_eq!(whole["layers"][0]["digest"], string(&layers[0], "blob_digest"));
}

#[tokio::test]
async fn a_model_shows_its_card_when_asked() {
    let world = with_images().await;
    let place = format!("/images/manifests/{}/content", digest(&world, "first"));
    let content = held(&world, &place);
    let mut model: Json = serde_json::from_str(content.as_str().unwrap()).unwrap();
    model["artifactType"] = json!("application/x-mlmodel");
    replace(&world, &place, json!(model.to_string()));
    let card = async |asked: bool| {
        let config = of_app(json!({ "tag": "first", "include_model_card": asked }));
        read(&world, "quay_manifest", config).await.unwrap().attribute("model_card").cloned()
    };
    assert!(matches!(card(true).await, Some(Value::String(text)) if !text.is_empty()));
    assert_eq!(card(false).await, Some(Value::Null));
    for without in
        [json!({ "release": "3.13" }), json!({ "release": "3.14", "config": { "FEATURE_UI_MODELCARD": false } })]
    {
        world.simulator.edit(json!({ "quay": without })).unwrap();
        assert_eq!(card(true).await, Some(Value::Null));
    }
}

#[tokio::test]
async fn a_step_that_changed_no_file_has_an_empty_layer() {
    let world = with_images().await;
    let place = format!("/images/manifests/{}/content", digest(&world, "first"));
    let manifest: Json = serde_json::from_str(held(&world, &place).as_str().unwrap()).unwrap();
    let config =
        json!({ "history": [{ "created_by": "COPY app /" }, { "created_by": "ENV a=b", "empty_layer": true }] });
    let blob = manifest["config"]["digest"].as_str().unwrap();
    replace(&world, &format!("/images/blobs/{blob}"), json!(STANDARD.encode(config.to_string())));
    let read = read(&world, "quay_manifest", of_app(json!({ "tag": "first" }))).await.unwrap();
    let layers = items(&read, "layers");
    assert_eq!(string(&layers[0], "blob_digest"), manifest["layers"][0]["digest"]);
    assert_eq!(layers[1].attribute("command"), Some(&Value::List(vec![Value::from("ENV a=b")])));
    assert_eq!(layers[1].attribute("blob_digest"), Some(&Value::Null));
    assert_eq!(layers[1].attribute("compressed_size"), Some(&Value::from(0)));
    assert_eq!(read.attribute("layers_compressed_size"), layers[0].attribute("compressed_size"));
}

#[tokio::test]
async fn what_an_older_quay_does_not_tell_is_null() {
    let world = with_images().await;
    let size = async |release: &str, tag: &str| {
        world.simulator.edit(json!({ "quay": { "release": release } })).unwrap();
        let read = read(&world, "quay_manifest", of_app(json!({ "tag": tag }))).await.unwrap();
        read.attribute("layers_compressed_size").cloned()
    };
    assert_eq!(size("3.10", "first").await, Some(Value::Null));
    assert!(matches!(size("3.11", "first").await, Some(Value::Number(_))));
    assert_eq!(size("3.11", "both").await, Some(Value::from(0)));
}

#[tokio::test]
async fn a_list_shows_its_manifests_and_has_no_layers() {
    let world = with_images().await;
    let list = read(&world, "quay_manifest", of_app(json!({ "tag": "both" }))).await.unwrap();
    let architectures: Vec<String> = items(&list, "manifests").iter().map(|m| string(m, "architecture")).collect();
    assert_eq!(architectures, ["amd64", "arm64"]);
    assert_eq!((items(&list, "layers").len(), list.attribute("is_manifest_list")), (0, Some(&Value::Bool(true))));
}

/// Data sources that take a manifest by tag or digest.
const OF_MANIFESTS: [&str; 4] =
    ["quay_manifest", "quay_manifest_labels", "quay_vulnerabilities", "quay_pull_statistics"];

#[tokio::test]
async fn what_is_not_there_is_named() {
    let world = with_images().await;
    let nowhere = format!("sha256:{}", "0".repeat(64));
    for kind in OF_MANIFESTS {
        let said = read(&world, kind, of_app(json!({ "tag": "nosuch" }))).await.unwrap_err();
        assert!(said.contains("There is no tag acme/app:nosuch"), "{kind}: {said}");
        let said = read(&world, kind, of_app(json!({ "manifest_digest": nowhere }))).await.unwrap_err();
        assert!(said.contains("There is no manifest acme/app@sha256:0000"), "{kind}: {said}");
        for named in
            [json!({ "repository": "none", "tag": "x" }), json!({ "repository": "none", "manifest_digest": nowhere })]
        {
            let said = read(&world, kind, of_app(named)).await.unwrap_err();
            assert!(said.contains("There is no repository acme/none"), "{kind}: {said}");
        }
        let said = read(&world, kind, of_app(json!({ "tag": "a", "manifest_digest": nowhere }))).await.unwrap_err();
        assert!(said.contains("manifest_digest"), "{kind}: {said}");
    }
}

#[tokio::test]
async fn labels_of_the_image_and_added_ones_are_told_apart() {
    let world = with_images().await;
    let label = of_app(json!({ "manifest_digest": "${image:first}", "key": "team", "value": "infra" }));
    let one = apply(&world, "quay_manifest_label", None, label.clone()).await.unwrap();
    let manifest = digest(&world, "first");
    let id = |label: &Value| string(label, "label_id");
    let said = apply(&world, "quay_manifest_label", None, label).await.unwrap_err();
    assert!(said.contains(&format!("quay_manifest_label.NAME 'acme/app@{manifest}/{}'", id(&one.state))), "{said}");
    // Somebody else adds the same once more.
    let labels = format!("/images/manifests/{manifest}/labels");
    let mut both = held(&world, &labels);
    let mut other = both[1].clone();
    other["id"] = json!("twin");
    both.as_array_mut().unwrap().push(other);
    replace(&world, &labels, both);
    let twin = format!("acme/app@{manifest}/twin");
    let twin = world.command().await.core.import("quay_manifest_label", &twin, None).await.unwrap();
    assert_eq!(string(&one.state, "media_type"), "text/plain");
    let all = read(&world, "quay_manifest_labels", of_app(json!({ "tag": "first" }))).await.unwrap();
    let seen: Vec<_> = items(&all, "labels")
        .iter()
        .map(|l| (string(l, "key"), string(l, "value"), string(l, "source_type")))
        .collect();
    let expected = |key: &str, value: &str, source: &str| (key.to_owned(), value.to_owned(), source.to_owned());
    let team = expected("team", "infra", "api");
    assert_eq!(seen, [expected("maintainer", "App team", "manifest"), team.clone(), team]);
    let some =
        read(&world, "quay_manifest_labels", of_app(json!({ "tag": "first", "key_prefix": "te" }))).await.unwrap();
    assert_eq!(items(&some, "labels").len(), 2);
    let none =
        read(&world, "quay_manifest_labels", of_app(json!({ "tag": "first", "key_prefix": "x" }))).await.unwrap();
    assert_eq!(items(&none, "labels"), Vec::new());
    // One goes, and its twin stays.
    let gone = world.command().await.apply("quay_manifest_label", Some(&one), None).await;
    assert!(gone.instance.is_none(), "{}", text(&gone.diagnostics));
    assert!(world.command().await.refresh(&twin).await.unwrap().is_some());
    let listed = world.command().await.core.list("quay_manifest_label", json!({ "namespace": "acme" })).await.unwrap();
    assert_eq!(listed.len(), 1, "labels of images are not listed");
}

#[tokio::test]
async fn a_label_of_the_image_is_not_imported() {
    let world = with_images().await;
    let manifest = digest(&world, "first");
    let of_image = held(&world, &format!("/images/manifests/{manifest}/labels/0/id"));
    let id = format!("acme/app@{manifest}/{}", of_image.as_str().unwrap());
    let command = world.command().await;
    let said = command.core.import("quay_manifest_label", &id, None).await.map(drop).unwrap_err();
    assert!(text(&said).contains("came with the image"), "{}", text(&said));
}

#[tokio::test]
async fn a_label_that_comes_back_with_its_image_is_not_added_once_more() {
    let world = with_images().await;
    let label = of_app(json!({ "manifest_digest": "${image:first}", "key": "team", "value": "infra" }));
    let made = apply(&world, "quay_manifest_label", None, label.clone()).await.unwrap();
    let manifest = digest(&world, "first");
    replace(&world, "/tags/first/end_ms", json!(jiff::Timestamp::now().as_millisecond()));
    assert!(world.command().await.refresh(&made).await.unwrap().is_none(), "no tag points to the image");
    let said = apply(&world, "quay_manifest_label", None, label.clone()).await.unwrap_err();
    assert!(said.contains("its last tag was deleted or moved"), "{said}");
    invoke(&world, "quay_restore_tag", of_app(json!({ "tag": "first" }))).await.unwrap();
    let said = apply(&world, "quay_manifest_label", None, label).await.unwrap_err();
    assert!(said.contains(&format!("acme/app@{manifest}/{}", string(&made.state, "label_id"))), "{said}");
    let labels = held(&world, &format!("/images/manifests/{manifest}/labels"));
    assert_eq!(labels.as_array().map(Vec::len), Some(2), "{labels}");
    assert!(world.command().await.refresh(&made).await.unwrap().is_some());
}

#[tokio::test]
async fn json_is_seen_as_such() {
    let world = with_images().await;
    let label = |more: Json| {
        let mut config = of_app(json!({ "manifest_digest": "${image:first}", "key": "stage", "value": "{\"a\":1}" }));
        config.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        config
    };
    let made = apply(&world, "quay_manifest_label", None, label(json!({}))).await.unwrap();
    assert_eq!(string(&made.state, "media_type"), "application/json");
    let wrong = label(json!({ "value": "{a", "media_type": "application/json" }));
    let said = apply(&world, "quay_manifest_label", None, wrong).await.unwrap_err();
    assert!(said.contains("The value is not JSON"), "{said}");
    let nowhere = label(json!({ "manifest_digest": format!("sha256:{}", "0".repeat(64)) }));
    let said = apply(&world, "quay_manifest_label", None, nowhere).await.unwrap_err();
    assert!(said.contains("There is no manifest"), "{said}");
}

#[tokio::test]
async fn vulnerabilities_are_counted_and_a_scan_that_waits_has_none() {
    let world = with_images().await;
    let config = of_app(json!({ "tag": "first" }));
    let waits = read(&world, "quay_vulnerabilities", config.clone()).await.unwrap();
    assert_eq!((string(&waits, "status").as_str(), items(&waits, "vulnerabilities").len()), ("queued", 0));
    assert_eq!(waits.attribute("highest_cvss_score"), Some(&Value::Null));
    let found = |name: &str, severity: &str, fixed: &str, score: Json| {
        let vector = if score.is_number() { "CVSS:3.1/AV:N" } else { "" };
        let metadata = json!({ "UpdatedBy": "rhel-vex", "RepoName": "cpe:/o:redhat", "RepoLink": null, "DistroName": "Red Hat",
            "DistroVersion": "8", "NVD": { "CVSSv3": { "Vectors": vector, "Score": score } } });
        json!({ "Severity": severity, "NamespaceName": "RHEL8", "Link": "https://a https://b", "FixedBy": fixed, "Description": "d",
            "Name": name, "Metadata": metadata })
    };
    let package = |name: &str, found: Json| {
        json!({ "Name": name, "VersionFormat": "", "NamespaceName": "", "AddedBy": "sha256:cd", "Version": "1.0",
            "BaseScores": [5.3, 9.8], "CVEIds": ["CVE-2"], "Vulnerabilities": found })
    };
    let all = json!([
        package("zlib", json!([found("CVE-2", "High", "1.2", json!(9.8))])),
        package("openssl", json!([found("CVE-3", "High", "", json!("")), found("CVE-1", "Low", "", Json::Null)])),
        package("bash", json!([]))
    ]);
    let report = json!({ "status": "scanned", "data": { "Layer": { "Name": "", "ParentName": "", "NamespaceName": "",
        "IndexedByVersion": 4, "Features": all } } });
    let manifest = digest(&world, "first");
    replace(&world, &format!("/images/manifests/{manifest}/security"), report);
    let read = read(&world, "quay_vulnerabilities", config).await.unwrap();
    assert_eq!(string(&read, "status"), "scanned");
    let Some(Value::Map(counts)) = read.attribute("counts") else { panic!("{read:?}") };
    assert_eq!((counts.get("High"), counts.get("Low")), (Some(&Value::from(2)), Some(&Value::from(1))));
    assert_eq!(read.attribute("fixable"), Some(&Value::from(1)));
    let names: Vec<_> = items(&read, "packages").iter().map(|p| string(p, "name")).collect();
    assert_eq!(names, ["bash", "openssl", "zlib"]);
    let names: Vec<_> = items(&read, "vulnerabilities").iter().map(|v| string(v, "name")).collect();
    assert_eq!(names, ["CVE-1", "CVE-3", "CVE-2"]);
    let last = items(&read, "vulnerabilities").pop().unwrap();
    assert_eq!((string(&last, "fixed_by").as_str(), items(&last, "links").len()), ("1.2", 2));
    let number = |text: &str| Value::Number(text.parse().unwrap());
    assert_eq!(read.attribute("highest_cvss_score"), Some(&number("9.8")));
    assert_eq!(last.attribute("cvss_score"), Some(&number("9.8")));
    let told =
        ["cvss_vector", "updated_by", "repo_name", "distro_name", "distro_version"].map(|name| string(&last, name));
    assert_eq!(told, ["CVSS:3.1/AV:N", "rhel-vex", "cpe:/o:redhat", "Red Hat", "8"]);
    assert_eq!(last.attribute("repo_link"), Some(&Value::Null));
    for one in &items(&read, "vulnerabilities")[..2] {
        assert_eq!(
            (one.attribute("cvss_score"), one.attribute("cvss_vector")),
            (Some(&Value::Null), Some(&Value::Null))
        );
    }
    assert_eq!(items(&items(&read, "packages")[0], "base_scores"), [number("9.8"), number("5.3")]);
}

#[tokio::test]
async fn without_a_scanner_that_is_what_is_said() {
    let world = with_images().await;
    world.simulator.edit(json!({ "quay": { "config": { "FEATURE_SECURITY_SCANNER": false } } })).unwrap();
    let said = read(&world, "quay_vulnerabilities", of_app(json!({ "tag": "first" }))).await.unwrap_err();
    assert!(said.contains("FEATURE_SECURITY_SCANNER"), "{said}");
}

#[tokio::test]
async fn a_scanner_that_does_not_answer_is_named_and_asked_again() {
    let world = with_images().await;
    let down = |is_down: bool| json!({ "quay": { "config": { "SIMULATED_SCANNER_IS_DOWN": is_down } } });
    world.simulator.edit(down(true)).unwrap();
    let config = of_app(json!({ "manifest_digest": "${image:first}" }));
    let waits = read(&world, "quay_vulnerabilities", config.clone()).await.unwrap();
    assert_eq!(string(&waits, "status"), "queued", "Quay knows this by itself");
    let report = json!({ "status": "scanned", "data": { "Layer": { "Features": [] } } });
    replace(&world, &format!("/images/manifests/{}/security", digest(&world, "first")), report);
    world.simulator.reset_requests();
    let said = read(&world, "quay_vulnerabilities", config.clone()).await.unwrap_err();
    assert!(
        said.contains("answered with 520: ") && said.contains("the security scanner behind Quay (Clair)"),
        "{said}"
    );
    assert!(!said.contains("inside Quay") && world.simulator.requests().of_method("GET") > 1, "{said}");
    world.simulator.edit(down(false)).unwrap();
    let once = r#"{"detail": "down", "error_type": "downstream_issue", "title": "downstream_issue", "status": 520}"#;
    world.simulator.fault(Fault::once("GET", "*/security", Action::answer(520, once)));
    let scanned = read(&world, "quay_vulnerabilities", config).await.unwrap();
    assert_eq!(string(&scanned, "status"), "scanned");
}

#[tokio::test]
async fn pulls_are_counted_by_tag_and_by_image() {
    let world = with_images().await;
    let none = read(&world, "quay_pull_statistics", of_app(json!({ "tag": "first" }))).await.unwrap();
    assert_eq!(
        (none.attribute("tag_pull_count"), none.attribute("last_tag_pull")),
        (Some(&Value::from(0)), Some(&Value::Null))
    );
    let manifest = digest(&world, "first");
    replace(&world, "/images/pulls", json!({ "first": { "count": 3, "last": 1_795_184_464 } }));
    replace(&world, &format!("/images/manifests/{manifest}/pulls"), json!({ "count": 5, "last": 1_795_184_465 }));
    let by_tag = read(&world, "quay_pull_statistics", of_app(json!({ "tag": "first" }))).await.unwrap();
    assert_eq!(by_tag.attribute("tag_pull_count"), Some(&Value::from(3)));
    assert_eq!(
        (string(&by_tag, "last_tag_pull").as_str(), string(&by_tag, "digest")),
        ("2026-11-20T14:21:04Z", manifest.clone())
    );
    let by_digest = read(&world, "quay_pull_statistics", of_app(json!({ "manifest_digest": manifest }))).await.unwrap();
    assert_eq!(
        (by_digest.attribute("tag_pull_count"), by_digest.attribute("manifest_pull_count")),
        (Some(&Value::Null), Some(&Value::from(5)))
    );
}

#[tokio::test]
async fn a_tag_that_moves_counts_on_and_says_what_was_pulled() {
    let world = with_images().await;
    let (before, after) = (digest(&world, "first"), digest(&world, "second"));
    let tag = |digest: &str| of_app(json!({ "name": "moving", "manifest_digest": digest }));
    let made = apply(&world, "quay_tag", None, tag(&before)).await.unwrap();
    let pulled = json!({ "count": 3, "last": 1_795_184_464, "digest": before });
    replace(&world, "/images/pulls", json!({ "moving": pulled }));
    replace(&world, &format!("/images/manifests/{before}/pulls"), json!({ "count": 5, "last": 1_795_184_465 }));
    let now = async || read(&world, "quay_pull_statistics", of_app(json!({ "tag": "moving" }))).await.unwrap();
    assert_eq!(string(&now().await, "last_tag_pull_digest"), before);
    apply(&world, "quay_tag", Some(&made), tag(&after)).await.unwrap();
    let read = now().await;
    assert_eq!((string(&read, "digest"), string(&read, "last_tag_pull_digest")), (after, before));
    assert_eq!(
        (read.attribute("tag_pull_count"), read.attribute("manifest_pull_count")),
        (Some(&Value::from(3)), Some(&Value::from(0)))
    );
}

/// Quay adds an equal label beside the first.
#[tokio::test]
async fn a_label_is_never_added_twice() {
    let labels = |text: &Json| text.to_string().matches("\"key\":\"team\"").count();
    for (status, after) in [(502, 2), (503, 2), (504, 2), (502, 9)] {
        let world = with_images().await;
        let command = world.command().await;
        let label = of_app(json!({ "manifest_digest": "${image:first}", "key": "team", "value": "infra" }));
        let label = world.configuration(&label);
        assert_eq!(labels(&held(&world, "")), 0);
        world.simulator.fault(Fault::once("POST", "*/labels", Does::Late { status, after }));
        world.simulator.reset_requests();
        let applied = command.apply("quay_manifest_label", None, Some(label.clone())).await;
        let said = text(&applied.diagnostics);
        assert_eq!(world.simulator.requests().of_method("POST"), 1, "after {status}");
        assert_eq!(applied.instance.is_some(), after == 2, "{said}");
        assert!(after == 2 || said.contains("was not sent again"), "{said}");
        command.end();
        assert!(labels(&held(&world, "")) <= 1, "{}", held(&world, ""));
    }
}
