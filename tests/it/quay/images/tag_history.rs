//! The data source `quay_tags`, and the actions on tags.

use registry_simulator::{Action, Fault, NewImage};
use serde_json::json;
use terraform_framework::value::Value;

use super::tags::{KIND, stable};
use crate::quay::app_images::{held, invoke, items, of_app, read, replace, string, with_images};
use crate::world::inspect::apply;
use crate::world::{World, merged};

#[tokio::test]
async fn tags_are_read_to_the_end_or_to_a_limit_that_tells() {
    let world = with_images().await;
    let many: Vec<String> = (0..230).map(|n| format!("v{n}")).collect();
    world.push(&[NewImage {
        repository: "acme/app".into(),
        tags: many,
        content: "many".into(),
        ..NewImage::default()
    }]);
    let all = read(&world, "quay_tags", of_app(json!({}))).await.unwrap();
    assert_eq!((items(&all, "tags").len(), all.attribute("truncated")), (233, Some(&Value::Bool(false))));
    let some = read(&world, "quay_tags", of_app(json!({ "limit": 120, "name_contains": "v" }))).await.unwrap();
    assert_eq!((items(&some, "tags").len(), some.attribute("truncated")), (120, Some(&Value::Bool(true))));
    let exactly = read(&world, "quay_tags", of_app(json!({ "limit": 230, "name_contains": "v" }))).await.unwrap();
    assert_eq!((items(&exactly, "tags").len(), exactly.attribute("truncated")), (230, Some(&Value::Bool(false))));
}

/// Pushes an image by the name of its tags.
fn pushed(world: &World, tags: Vec<String>) {
    let content = tags.concat();
    world.push(&[NewImage { repository: "acme/app".into(), tags, content, ..NewImage::default() }]);
}

fn names(found: &Value) -> Vec<String> {
    items(found, "tags").iter().map(|tag| string(tag, "name")).collect()
}

/// For Quay `_` is any letter, and `%` any text.
#[tokio::test]
async fn a_part_of_a_name_is_no_pattern() {
    let world = with_images().await;
    pushed(&world, ["v1-0", "v1.0", "V1_0-rc", "v1_0"].map(str::to_owned).to_vec());
    let found = async |part: &str, limit: Option<i64>| {
        let config = of_app(json!({ "name_contains": part, "limit": limit }));
        let found = read(&world, "quay_tags", config).await.unwrap();
        (names(&found), found.attribute("truncated") == Some(&Value::Bool(true)))
    };
    let (mut both, _) = found("v1_0", None).await;
    both.sort();
    assert_eq!(both, ["V1_0-rc", "v1_0"]);
    assert_eq!(found("1.0", Some(1)).await, (vec!["v1.0".to_owned()], false));
    let (one, cut) = found("_0", Some(1)).await;
    assert!(one.len() == 1 && one[0].contains("_0") && cut, "{one:?}");
    assert_eq!(found("%", None).await.0, Vec::<String>::new());
}

#[tokio::test]
async fn a_push_between_two_pages_shows_no_tag_twice() {
    let world = with_images().await;
    pushed(&world, (0..150).map(|n| format!("v{n}")).collect());
    // The first page as it was before the push, and the second as it is after it.
    world.simulator.fault(Fault::once("GET", "*/tag/", Action::Stale).skip(2));
    let before = names(&read(&world, "quay_tags", of_app(json!({}))).await.unwrap());
    pushed(&world, vec!["new".to_owned()]);
    let after = names(&read(&world, "quay_tags", of_app(json!({}))).await.unwrap());
    assert_eq!(after, before);
    let then = names(&read(&world, "quay_tags", of_app(json!({}))).await.unwrap());
    assert_eq!((then.len(), then[0].as_str()), (before.len() + 1, "new"));
}

#[tokio::test]
async fn the_history_of_tags_is_shown_when_asked_for() {
    let world = with_images().await;
    let config = of_app(json!({ "name": "first" }));
    invoke(&world, "quay_restore_tag", of_app(json!({ "tag": "first", "manifest_digest": "${image:second}" })))
        .await
        .unwrap();
    let now = items(&read(&world, "quay_tags", config.clone()).await.unwrap(), "tags");
    assert_eq!((now.len(), now[0].attribute("reversion")), (1, Some(&Value::Bool(true))));
    let past = read(&world, "quay_tags", merged(config, json!({ "history": true }))).await.unwrap();
    let past = items(&past, "tags");
    let active: Vec<_> = past.iter().map(|tag| tag.attribute("active").cloned()).collect();
    assert_eq!(active, [Some(Value::Bool(true)), Some(Value::Bool(false))]);
    assert_ne!(string(&past[0], "manifest_digest"), string(&past[1], "manifest_digest"));
}

#[tokio::test]
async fn no_tags_are_an_empty_list_and_no_repository_is_an_error() {
    let world = with_images().await;
    let none = read(&world, "quay_tags", json!({ "namespace": "acme", "repository": "bare" })).await.unwrap();
    assert_eq!(items(&none, "tags"), Vec::new());
    let none = read(&world, "quay_tags", of_app(json!({ "name": "nosuch" }))).await.unwrap();
    assert_eq!(items(&none, "tags"), Vec::new());
    let said = read(&world, "quay_tags", json!({ "namespace": "acme", "repository": "none" })).await.unwrap_err();
    assert!(said.contains("There is no repository acme/none"), "{said}");
}

#[tokio::test]
async fn a_list_tells_which_of_its_manifests_are_there() {
    let world = with_images().await;
    let all = items(&read(&world, "quay_tags", of_app(json!({}))).await.unwrap(), "tags");
    let called = |tags: &[Value], name: &str| tags.iter().find(|tag| string(tag, "name") == name).unwrap().clone();
    let flag = |tag: &Value| tag.attribute("is_sparse").cloned();
    let count = |tag: &Value, of: &str| tag.attribute(of).cloned();
    assert_eq!(
        (flag(&called(&all, "both")), flag(&called(&all, "first"))),
        (Some(Value::Bool(false)), Some(Value::Null))
    );
    assert_eq!(count(&called(&all, "first"), "child_manifests_presence"), Some(Value::Null));
    let list = read(&world, "quay_manifest", of_app(json!({ "tag": "both" }))).await.unwrap();
    let lost = string(&items(&list, "manifests")[0], "digest");
    let patch = json!([{ "op": "remove", "path": format!("/quay/repositories/acme~1app/images/manifests/{lost}") }]);
    world.simulator.edit(patch).unwrap();
    let sparse = called(&items(&read(&world, "quay_tags", of_app(json!({}))).await.unwrap(), "tags"), "both");
    assert_eq!(flag(&sparse), Some(Value::Bool(true)));
    let counted = (count(&sparse, "child_manifest_count"), count(&sparse, "present_child_count"));
    assert_eq!(counted, (Some(Value::from(2)), Some(Value::from(1))));
    let Some(Value::Map(there)) = sparse.attribute("child_manifests_presence") else { panic!("{sparse:?}") };
    assert_eq!((there.len(), there.get(lost.as_str())), (2, Some(&Value::Bool(false))));
}

#[tokio::test]
async fn a_tag_goes_back_to_what_it_was() {
    let world = with_images().await;
    let first = held(&world, "/tags/first/manifest_digest");
    let made = apply(&world, KIND, None, stable(json!({}))).await.unwrap();
    let moved = stable(json!({ "manifest_digest": "${image:second}" }));
    apply(&world, KIND, Some(&made), moved).await.unwrap();
    let restore = of_app(json!({ "tag": "stable" }));
    let told = invoke(&world, "quay_restore_tag", restore.clone()).await.unwrap();
    assert!(told.concat().contains(first.as_str().unwrap()), "{told:?}");
    assert_eq!(held(&world, "/tags/stable/manifest_digest"), first);
    let again = of_app(json!({ "tag": "stable", "manifest_digest": "${image:first}" }));
    assert!(invoke(&world, "quay_restore_tag", again).await.unwrap().concat().contains("already"));
    let said = invoke(&world, "quay_restore_tag", of_app(json!({ "tag": "second" }))).await.unwrap_err();
    assert!(said.contains("There is nothing to restore tag acme/app:second to"), "{said}");
    let said =
        invoke(&world, "quay_restore_tag", of_app(json!({ "tag": "x", "repository": "none" }))).await.unwrap_err();
    assert!(said.contains("There is no repository acme/none"), "{said}");
}

#[tokio::test]
async fn a_purged_tag_is_not_even_history() {
    let world = with_images().await;
    invoke(&world, "quay_purge_tag", of_app(json!({ "tag": "first" }))).await.unwrap();
    // Quay shows it until it collects garbage, and so nobody restores it by mistake.
    let history = of_app(json!({ "name": "first", "history": true }));
    let past = items(&read(&world, "quay_tags", history.clone()).await.unwrap(), "tags");
    assert_eq!((past.len(), past[0].attribute("active")), (1, Some(&Value::Bool(false))));
    let said = invoke(&world, "quay_restore_tag", of_app(json!({ "tag": "first" }))).await.unwrap_err();
    assert!(said.contains("There is nothing to restore tag acme/app:first to"), "{said}");
    let named = of_app(json!({ "tag": "first", "manifest_digest": "${was:first}" }));
    invoke(&world, "quay_restore_tag", named.clone()).await.unwrap();
    invoke(&world, "quay_purge_tag", of_app(json!({ "tag": "first" }))).await.unwrap();
    world.simulator.collect_garbage();
    assert_eq!(items(&read(&world, "quay_tags", history).await.unwrap(), "tags"), Vec::new());
    let said = invoke(&world, "quay_purge_tag", of_app(json!({ "tag": "first" }))).await.unwrap_err();
    assert!(said.contains("There is no tag acme/app:first"), "{said}");
    let past = of_app(json!({ "tag": "second", "manifest_digest": "${image:both}" }));
    let said = invoke(&world, "quay_purge_tag", past).await.unwrap_err();
    assert!(said.contains("holds nothing of"), "{said}");
    replace(&world, "/tags/second/immutable", json!(true));
    let said = invoke(&world, "quay_purge_tag", of_app(json!({ "tag": "second" }))).await.unwrap_err();
    assert!(said.contains("is immutable"), "{said}");
}

#[tokio::test]
async fn what_was_purged_before_is_not_purged_again() {
    let world = with_images().await;
    let made = apply(&world, KIND, None, stable(json!({}))).await.unwrap();
    apply(&world, KIND, Some(&made), stable(json!({ "manifest_digest": "${image:second}" }))).await.unwrap();
    let past = of_app(json!({ "tag": "stable", "manifest_digest": "${image:first}" }));
    let first = invoke(&world, "quay_purge_tag", past.clone()).await.unwrap().concat();
    assert!(first.ends_with("is deleted for good."), "{first}");
    let again = invoke(&world, "quay_purge_tag", past).await.unwrap().concat();
    assert!(again.ends_with("was deleted for good before."), "{again}");
    // What it points to now is no past.
    let present = of_app(json!({ "tag": "stable", "manifest_digest": "${image:second}" }));
    let said = invoke(&world, "quay_purge_tag", present).await.unwrap_err();
    assert!(said.contains("holds nothing of"), "{said}");
}
