//! `quay_tag`, the data source `quay_tags`, and the actions on tags.

use container_registries::framework::value::Value;
use registry_simulator::{Action, Fault, NewImage};
use serde_json::{Value as Json, json};

use super::{apply, held, invoke, items, of_app, read, replace, string, with_images};
use crate::core::{UNKNOWN, text};
use crate::world::table::tags::in_days;
use crate::world::{World, merged};

const KIND: &str = "quay_tag";

fn stable(more: Json) -> Json {
    of_app(merged(json!({ "name": "stable", "manifest_digest": "${image:first}" }), more))
}

#[tokio::test]
async fn a_tag_that_is_there_is_not_taken_over() {
    let world = with_images().await;
    let config = of_app(json!({ "name": "second", "manifest_digest": "${image:first}" }));
    let refused = apply(&world, KIND, None, config).await.unwrap_err();
    assert!(refused.contains("terraform import quay_tag.NAME 'acme/app:second'"), "{refused}");
}

#[tokio::test]
async fn an_image_or_a_repository_that_is_not_there_is_named() {
    let world = with_images().await;
    let nowhere = format!("sha256:{}", "0".repeat(64));
    let refused = apply(&world, KIND, None, stable(json!({ "manifest_digest": nowhere }))).await.unwrap_err();
    assert!(refused.contains(&format!("There is no manifest acme/app@{nowhere}")), "{refused}");
    let refused = apply(&world, KIND, None, stable(json!({ "repository": "none" }))).await.unwrap_err();
    assert!(refused.contains("There is no repository acme/none"), "{refused}");
    let made = apply(&world, KIND, None, stable(json!({}))).await.unwrap();
    let refused = apply(&world, KIND, Some(&made), stable(json!({ "manifest_digest": nowhere }))).await.unwrap_err();
    assert!(refused.contains("There is no manifest"), "{refused}");
}

#[tokio::test]
async fn a_push_is_drift_and_an_expired_or_deleted_tag_is_gone() {
    let world = with_images().await;
    let made = apply(&world, KIND, None, stable(json!({}))).await.unwrap();
    world.push(&[NewImage {
        repository: "acme/app".into(),
        tags: vec!["stable".into()],
        content: "x".into(),
        ..NewImage::default()
    }]);
    let command = world.command().await;
    let read = command.refresh(&made).await.unwrap().expect("it is there");
    assert_ne!(string(&read.state, "manifest_digest"), string(&made.state, "manifest_digest"));
    let healed = apply(&world, KIND, Some(&read), stable(json!({}))).await.unwrap();
    assert_eq!(string(&healed.state, "manifest_digest"), string(&made.state, "manifest_digest"));
    replace(&world, "/tags/stable/end_ms", json!(1_700_000_000_000_i64));
    assert!(world.command().await.refresh(&healed).await.unwrap().is_none());
}

#[tokio::test]
async fn an_end_in_the_past_is_refused_by_the_plan_and_one_out_of_bounds_is_told() {
    let world = with_images().await;
    let refused = apply(&world, KIND, None, stable(json!({ "expiration": "2020-01-01T00:00:00Z" }))).await.unwrap_err();
    assert!(refused.contains("2020-01-01T00:00:00Z is over"), "{refused}");
    assert_eq!(held(&world, "/tags/stable"), Json::Null);
    let made = apply(&world, KIND, None, stable(json!({}))).await.unwrap();
    assert_eq!(string(&made.state, "expiration"), "never");
    let far = stable(json!({ "expiration": in_days(3000) }));
    let refused = apply(&world, KIND, Some(&made), far).await.unwrap_err();
    assert!(refused.contains("LABELED_EXPIRATION_MAXIMUM"), "{refused}");
}

#[tokio::test]
async fn an_end_stays_unless_the_tag_moves_and_never_takes_it_away() {
    let world = with_images().await;
    let made = apply(&world, KIND, None, stable(json!({ "expiration": in_days(30) }))).await.unwrap();
    let kept = apply(&world, KIND, Some(&made), stable(json!({}))).await.unwrap();
    assert_eq!(string(&kept.state, "expiration"), in_days(30));
    let moved = stable(json!({ "manifest_digest": "${image:second}" }));
    let moved = apply(&world, KIND, Some(&kept), moved).await.unwrap();
    assert_eq!(string(&moved.state, "expiration"), "never");
    let both = stable(json!({ "expiration": in_days(40) }));
    let both = apply(&world, KIND, Some(&moved), both).await.unwrap();
    assert_eq!(string(&both.state, "expiration"), in_days(40));
    let never = apply(&world, KIND, Some(&both), stable(json!({ "expiration": "never" }))).await.unwrap();
    assert_eq!(
        (string(&never.state, "expiration").as_str(), held(&world, "/tags/stable/end_ms")),
        ("never", Json::Null)
    );
}

#[tokio::test]
async fn an_immutable_tag_neither_moves_nor_goes_before_it_is_changeable_again() {
    let world = with_images().await;
    let made = apply(&world, KIND, None, stable(json!({ "immutable": true }))).await.unwrap();
    assert_eq!(held(&world, "/tags/stable/immutable"), json!(true));
    let moved = |immutable: bool| stable(json!({ "manifest_digest": "${image:second}", "immutable": immutable }));
    let refused = apply(&world, KIND, Some(&made), moved(true)).await.unwrap_err();
    assert!(refused.contains("An immutable tag cannot move"), "{refused}");
    let unknown = world.configuration(&stable(json!({ "immutable": true, "manifest_digest": UNKNOWN })));
    let plan = world.command().await.plan(KIND, Some(&made), unknown).await;
    assert!(plan.is_ok(), "an image that is not known yet may be the same");
    let gone = world.command().await.apply(KIND, Some(&made), None).await;
    let said = text(&gone.diagnostics);
    assert!(gone.instance.is_some() && said.contains("`immutable = false`"), "{said}");
    // Both in one plan: it is made changeable first.
    let made = apply(&world, KIND, Some(&made), moved(false)).await.unwrap();
    // And the other way round: it is made immutable last.
    let back = stable(json!({ "immutable": true }));
    let made = apply(&world, KIND, Some(&made), back).await.unwrap();
    assert_eq!(held(&world, "/tags/stable/immutable"), json!(true));
    let made = apply(&world, KIND, Some(&made), stable(json!({ "immutable": false }))).await.unwrap();
    let gone = world.command().await.apply(KIND, Some(&made), None).await;
    assert!(gone.instance.is_none(), "{}", text(&gone.diagnostics));
}

async fn policy(world: &World) {
    let config = of_app(json!({ "tag_pattern": "stable" }));
    apply(world, "quay_repository_immutability_policy", None, config).await.unwrap();
}

#[tokio::test]
async fn a_policy_that_makes_a_tag_immutable_is_drift_where_that_is_not_wanted() {
    let world = with_images().await;
    policy(&world).await;
    // Wanted or not, what is configured is so.
    let made = apply(&world, KIND, None, stable(json!({ "immutable": false }))).await.unwrap();
    assert_eq!(held(&world, "/tags/stable/immutable"), json!(false));
    replace(&world, "/tags/stable/immutable", json!(true));
    let made = apply(&world, KIND, Some(&made), stable(json!({ "immutable": false }))).await.unwrap();
    assert_eq!(held(&world, "/tags/stable/immutable"), json!(false));
    world.command().await.apply(KIND, Some(&made), None).await;
    // And where nothing is said, it is as the server has it.
    let left = apply(&world, KIND, None, stable(json!({}))).await.unwrap();
    assert_eq!(left.state.attribute("immutable"), Some(&Value::Bool(true)));
}

#[tokio::test]
async fn an_immutable_tag_with_an_end_is_refused() {
    let world = with_images().await;
    let both = stable(json!({ "immutable": true, "expiration": in_days(30) }));
    let refused = apply(&world, KIND, None, both).await.unwrap_err();
    assert!(refused.contains("cannot expire") || refused.contains("cannot be immutable"), "{refused}");
}

#[tokio::test]
async fn a_tag_that_vanishes_while_it_is_changed_is_named() {
    let world = with_images().await;
    let made = apply(&world, KIND, None, stable(json!({}))).await.unwrap();
    let gone = r#"{"detail": "Not Found", "error_type": "not_found", "title": "not_found", "status": 404}"#;
    world.simulator.fault(Fault::once("PUT", "*", Action::answer(404, gone)));
    let refused = apply(&world, KIND, Some(&made), stable(json!({ "expiration": in_days(30) }))).await.unwrap_err();
    assert!(refused.contains("Tag acme/app:stable is not there any more"), "{refused}");
}

#[tokio::test]
async fn a_tag_that_an_old_answer_does_not_show_yet_is_not_lost() {
    let world = with_images().await;
    world.simulator.fault(Fault::once("GET", "*", Action::Stale).skip(1));
    let command = world.command().await;
    let applied = command.apply(KIND, None, Some(world.configuration(&stable(json!({}))))).await;
    let left = applied.instance.expect("it was made");
    assert_eq!(held(&world, "/tags/stable/manifest_digest"), string(&left.state, "manifest_digest"));
}

#[tokio::test]
async fn a_repository_that_takes_no_change_is_named_as_such() {
    let world = with_images().await;
    let made = apply(&world, KIND, None, stable(json!({}))).await.unwrap();
    replace(&world, "/state", json!("READ_ONLY"));
    let refused = apply(&world, KIND, Some(&made), stable(json!({ "expiration": in_days(30) }))).await.unwrap_err();
    assert!(refused.contains("the repository's state is READ_ONLY or MIRROR"), "{refused}");
    let gone = world.command().await.apply(KIND, Some(&made), None).await;
    assert!(gone.instance.is_some() && text(&gone.diagnostics).contains("READ_ONLY or MIRROR"));
    assert!(world.command().await.refresh(&made).await.unwrap().is_some());
}

#[tokio::test]
async fn tags_go_with_their_repository() {
    let world = with_images().await;
    let command = world.command().await;
    let config = json!({ "namespace": "acme", "name": "other", "force_destroy": true });
    let repository = command.core.run("quay_repository", None, config).await.unwrap();
    world.push(&[NewImage {
        repository: "acme/other".into(),
        tags: vec!["a".into(), "b".into()],
        content: "x".into(),
        ..NewImage::default()
    }]);
    let mut tags = Vec::new();
    for name in ["a", "b"] {
        let id = format!("acme/other:{name}");
        tags.push(command.core.import(KIND, &id, None).await.unwrap());
    }
    // From the second one on they are read from one list, which must not outlive the repository.
    for tag in &tags {
        assert!(command.refresh(tag).await.unwrap().is_some());
    }
    assert!(command.apply("quay_repository", Some(&repository), None).await.instance.is_none());
    for tag in &tags {
        assert!(command.refresh(tag).await.unwrap().is_none());
    }
}

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
    let past = read(&world, "quay_tags", of_app(json!({ "name": "first", "history": true }))).await.unwrap();
    assert_eq!(items(&past, "tags"), Vec::new());
    let said = invoke(&world, "quay_purge_tag", of_app(json!({ "tag": "first" }))).await.unwrap_err();
    assert!(said.contains("There is no tag acme/app:first"), "{said}");
    let past = of_app(json!({ "tag": "second", "manifest_digest": "${image:both}" }));
    let said = invoke(&world, "quay_purge_tag", past).await.unwrap_err();
    assert!(said.contains("did not point to"), "{said}");
    replace(&world, "/tags/second/immutable", json!(true));
    let said = invoke(&world, "quay_purge_tag", of_app(json!({ "tag": "second" }))).await.unwrap_err();
    assert!(said.contains("is immutable"), "{said}");
}
