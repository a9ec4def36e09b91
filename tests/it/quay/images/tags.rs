//! `quay_tag`.

use registry_simulator::{Action, Fault, NewImage};
use serde_json::{Value as Json, json};
use terraform_framework::value::Value;

use crate::core::{Instance, UNKNOWN, text};
use crate::quay::app_images::{held, of_app, replace, string, with_images};
use crate::world::inspect::apply;
use crate::world::table::quay::images::in_days;
use crate::world::{World, merged};

pub(super) const KIND: &str = "quay_tag";

pub(super) fn stable(more: Json) -> Json {
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
async fn a_tag_goes_back_to_an_image_that_it_alone_pointed_to() {
    let world = with_images().await;
    let first = held(&world, "/tags/first/manifest_digest");
    let config = of_app(json!({ "name": "first", "manifest_digest": first }));
    let made = world.command().await.core.import(KIND, "acme/app:first", None).await.unwrap();
    let push = |content: &str| {
        world.push(&[NewImage {
            repository: "acme/app".into(),
            tags: vec!["first".into()],
            content: content.into(),
            ..NewImage::default()
        }]);
    };
    push("other");
    assert_ne!(held(&world, "/tags/first/manifest_digest"), first);
    let drifted = world.command().await.refresh(&made).await.unwrap().expect("it is there");
    let healed = apply(&world, KIND, Some(&drifted), config.clone()).await.unwrap();
    assert_eq!(held(&world, "/tags/first/manifest_digest"), first);
    // The same for one that was deleted, whatever it is called then.
    let gone = world.command().await.apply(KIND, Some(&healed), None).await;
    assert!(gone.instance.is_none(), "{}", text(&gone.diagnostics));
    let made = apply(&world, KIND, None, merged(config.clone(), json!({ "name": "again" }))).await.unwrap();
    assert_eq!(held(&world, "/tags/again/manifest_digest"), first);
    // An immutable tag goes nowhere, and what is collected is gone.
    push("other");
    replace(&world, "/tags/first/immutable", json!(true));
    world.command().await.apply(KIND, Some(&made), None).await;
    let pushed = world.command().await.core.import(KIND, "acme/app:first", None).await.unwrap();
    replace(&world, "/tags/first/immutable", json!(false));
    let seen = world.command().await.refresh(&pushed).await.unwrap().expect("it is there");
    replace(&world, "/tags/first/immutable", json!(true));
    let refused = apply(&world, KIND, Some(&seen), config.clone()).await.unwrap_err();
    assert!(refused.contains("The tag is immutable"), "{refused}");
    replace(&world, "/tags/first/immutable", json!(false));
    for tag in 0..held(&world, "/images/history").as_array().map_or(0, Vec::len) {
        replace(&world, &format!("/images/history/{tag}/end_ms"), json!(1));
    }
    world.simulator.collect_garbage();
    let refused = apply(&world, KIND, Some(&seen), config).await.unwrap_err();
    assert!(refused.contains("nor does it keep one"), "{refused}");
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
async fn labels_of_an_image_end_its_tags_unless_they_never_end() {
    let world = with_images().await;
    let labels = [("quay.expires-after".to_owned(), "2w".to_owned())];
    let image = |content: &str, architectures: &[&str]| NewImage {
        repository: "acme/app".into(),
        tags: vec![content.into()],
        labels: labels.clone().into(),
        content: content.into(),
        architectures: architectures.iter().map(|name| (*name).to_owned()).collect(),
    };
    world.push(&[image("one", &[]), image("list", &["amd64", "arm64"])]);
    // The images of a list count since 3.17.
    for (release, content, ends) in
        [("3.18", "one", true), ("3.18", "list", true), ("3.16", "one", true), ("3.16", "list", false)]
    {
        world.simulator.edit(json!({ "quay": { "release": release } })).unwrap();
        let of = |more: Json| stable(merged(json!({ "manifest_digest": format!("${{image:{content}}}") }), more));
        let made = apply(&world, KIND, None, of(json!({}))).await.unwrap();
        assert_eq!(string(&made.state, "expiration") != "never", ends, "{release}: {content}");
        let never = apply(&world, KIND, Some(&made), of(json!({ "expiration": "never" }))).await.unwrap();
        world.command().await.apply(KIND, Some(&never), None).await;
        if release == "3.16" {
            continue;
        }
        let refused = apply(&world, KIND, None, of(json!({ "immutable": true }))).await.unwrap_err();
        assert!(refused.contains("`expiration = \"never\"`, which also overrules a label"), "{refused}");
        replace(&world, "/tags/stable/end_ms", json!(1));
        let stays = of(json!({ "immutable": true, "expiration": "never" }));
        let made = apply(&world, KIND, None, stays).await.unwrap();
        assert_eq!(
            (string(&made.state, "expiration").as_str(), held(&world, "/tags/stable/end_ms")),
            ("never", Json::Null)
        );
        let changeable = of(json!({ "immutable": false, "expiration": "never" }));
        let made = apply(&world, KIND, Some(&made), changeable).await.unwrap();
        world.command().await.apply(KIND, Some(&made), None).await;
    }
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
async fn a_creation_that_meets_immutability_leaves_nothing_that_cannot_be_replaced() {
    let world = with_images().await;
    policy(&world).await;
    // A policy makes the tag immutable, and then it gets no end.
    let ends = stable(json!({ "expiration": in_days(30) }));
    let left = world.command().await.apply(KIND, None, Some(world.configuration(&ends))).await;
    let said = text(&left.diagnostics);
    assert!(said.contains("Cannot set expiration") && said.contains("was taken away again"), "{said}");
    assert!(left.instance.is_none() && held(&world, "/tags/stable").is_null(), "{said}");
    let made = apply(&world, KIND, None, stable(json!({}))).await.unwrap();
    assert_eq!(made.state.attribute("immutable"), Some(&Value::Bool(true)));
}

#[tokio::test]
async fn a_creation_whose_last_look_fails_can_be_repeated() {
    let world = with_images().await;
    // Looks at the tag: before it is made, after that, and after it was made immutable.
    let broken = || Fault::once("GET", "*/tag/", Action::answer(500, "{}")).skip(2);
    world.simulator.fault(broken());
    let config = stable(json!({ "immutable": true }));
    let left = world.command().await.apply(KIND, None, Some(world.configuration(&config))).await;
    assert!(left.diagnostics.has_errors() && left.instance.is_none(), "{}", text(&left.diagnostics));
    assert!(held(&world, "/tags/stable").is_null());
    apply(&world, KIND, None, config).await.unwrap();
    assert_eq!(held(&world, "/tags/stable/immutable"), json!(true));
}

#[tokio::test]
async fn an_immutable_tag_that_cannot_be_taken_away_again_is_told() {
    let world = with_images().await;
    policy(&world).await;
    let refused = r#"{"detail": "Unauthorized", "error_type": "insufficient_scope", "title": "insufficient_scope", "status": 403}"#;
    world.simulator.fault(Fault::once("PUT", "*", Action::answer(403, refused)).skip(2));
    let ends = stable(json!({ "expiration": in_days(30) }));
    let left = world.command().await.apply(KIND, None, Some(world.configuration(&ends))).await;
    let said = text(&left.diagnostics);
    let tainted = left.instance.expect("it is there");
    assert!(tainted.tainted && said.contains("terraform untaint ADDRESS"), "{said}");
    // It is replaced, which Quay refuses; the words tell why, and after them an update takes what is there.
    let replaced = apply(&world, KIND, Some(&tainted), stable(json!({}))).await.unwrap_err();
    assert!(replaced.contains("terraform untaint ADDRESS"), "{replaced}");
    let untainted = Instance { tainted: false, ..tainted };
    let seen = world.command().await.refresh(&untainted).await.unwrap().expect("it is there");
    apply(&world, KIND, Some(&seen), stable(json!({}))).await.unwrap();
}

#[tokio::test]
async fn a_wrong_end_is_told_before_the_tag_is_immutable() {
    let world = with_images().await;
    world.simulator.edit(json!({ "quay": { "config": { "FEATURE_IMMUTABLE_TAGS_CAN_EXPIRE": true } } })).unwrap();
    let far = stable(json!({ "immutable": true, "expiration": in_days(3000) }));
    let left = world.command().await.apply(KIND, None, Some(world.configuration(&far))).await;
    let said = text(&left.diagnostics);
    assert!(said.contains("LABELED_EXPIRATION_MAXIMUM"), "{said}");
    assert_eq!(held(&world, "/tags/stable/immutable"), json!(false));
    let near = stable(json!({ "immutable": true, "expiration": in_days(30) }));
    apply(&world, KIND, left.instance.as_ref(), near).await.unwrap();
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
async fn a_tag_that_was_pushed_since_the_plan_is_not_moved_back_unseen() {
    let world = with_images().await;
    let made = apply(&world, KIND, None, stable(json!({}))).await.unwrap();
    let command = world.command().await;
    let ends = world.configuration(&stable(json!({ "expiration": in_days(30) })));
    let planned = || command.plan(KIND, Some(&made), ends.clone());
    let plan = planned().await.unwrap();
    // The same image once more: the tag begins anew.
    replace(&world, "/tags/stable/start_ms", json!(1_767_225_600_000_i64));
    let made = command.core.apply(plan).await.unwrap();
    assert_eq!(string(&made.state, "last_modified"), "2026-01-01T00:00:00Z");
    let later = world.configuration(&stable(json!({ "expiration": in_days(40) })));
    let plan = command.plan(KIND, Some(&made), later).await.unwrap();
    let other = held(&world, "/tags/second/manifest_digest");
    replace(&world, "/tags/stable/manifest_digest", other.clone());
    let left = command.core.apply(plan).await;
    let said = text(&left.diagnostics);
    assert!(said.contains("The tag has changed since the plan"), "{said}");
    assert_eq!(held(&world, "/tags/stable/manifest_digest"), other);
    assert_eq!(string(&left.instance.expect("it is there").state, "manifest_digest"), other);
    command.end();
}

#[tokio::test]
async fn what_others_changed_since_the_plan_is_not_changed_back_unseen() {
    for (name, value, plan) in [
        ("immutable", json!(true), json!({ "expiration": in_days(30) })),
        ("end_ms", json!(1_900_000_000_000_i64), json!({ "immutable": true })),
    ] {
        let world = with_images().await;
        let made = apply(&world, KIND, None, stable(json!({}))).await.unwrap();
        let command = world.command().await;
        let plan = command.plan(KIND, Some(&made), world.configuration(&stable(plan))).await.unwrap();
        replace(&world, &format!("/tags/stable/{name}"), value.clone());
        let left = command.core.apply(plan).await;
        let said = text(&left.diagnostics);
        assert!(said.contains("The tag has changed since the plan"), "{name}: {said}");
        assert_eq!(held(&world, &format!("/tags/stable/{name}")), value);
        command.end();
    }
}

/// A list that was fetched may be older than the end of a tag, and this machine's clock may be wrong.
#[tokio::test]
async fn an_end_in_a_list_is_confirmed() {
    let world = with_images().await;
    let mut made = Vec::new();
    for name in ["a", "b", "c"] {
        let config = of_app(json!({ "name": name, "manifest_digest": "${image:first}" }));
        made.push(apply(&world, KIND, None, config).await.unwrap());
    }
    let digest = string(&made[0].state, "manifest_digest");
    let over = |name: &str| {
        json!({ "name": name, "manifest_digest": digest, "is_manifest_list": false, "size": 1, "start_ts": 1_700_000_000,
            "end_ts": 1_700_003_600 })
    };
    let tags = ["a", "b", "c"].map(over);
    let answer = json!({ "tags": tags, "page": 1, "has_additional": false }).to_string();
    world.simulator.fault(Fault::once("GET", "*/tag/", Action::answer(200, &answer)).skip(1));
    replace(&world, "/tags/c/end_ms", json!(1_700_000_000_000_i64));
    let command = world.command().await;
    world.simulator.reset_requests();
    // The first is read singly, the second by a list, which answers for the third too.
    let mut there = Vec::new();
    for tag in &made {
        there.push(command.refresh(tag).await.unwrap().map(|tag| string(&tag.state, "expiration")));
    }
    assert_eq!(there, [Some("never".to_owned()), Some("never".to_owned()), None]);
    assert_eq!(world.simulator.requests().of_method("GET"), 4);
    command.end();
}

#[tokio::test]
async fn what_a_failed_change_has_done_is_in_the_state() {
    let world = with_images().await;
    let made = apply(&world, KIND, None, stable(json!({ "immutable": true }))).await.unwrap();
    let nowhere = format!("sha256:{}", "0".repeat(64));
    let config = stable(json!({ "immutable": false, "manifest_digest": nowhere }));
    let left = world.command().await.apply(KIND, Some(&made), Some(world.configuration(&config))).await;
    assert!(text(&left.diagnostics).contains("There is no manifest"), "{}", text(&left.diagnostics));
    assert_eq!(held(&world, "/tags/stable/immutable"), json!(false));
    let state = left.instance.expect("it is there").state;
    assert_eq!(state.attribute("immutable"), Some(&Value::Bool(false)));
    assert_eq!(state.attribute("manifest_digest"), made.state.attribute("manifest_digest"));
}

#[tokio::test]
async fn by_the_servers_clock_a_tag_has_ended_or_not() {
    let world = with_images().await;
    let made = apply(&world, KIND, None, stable(json!({}))).await.unwrap();
    let digest = string(&made.state, "manifest_digest");
    let tag = json!({ "name": "stable", "manifest_digest": digest, "is_manifest_list": false, "size": 1, "reversion": false,
        "start_ts": 1_700_000_000, "end_ts": 1_700_003_600, "expiration": "Tue, 14 Nov 2023 23:13:20 -0000" });
    let answer = json!({ "tags": [tag], "page": 1, "has_additional": false }).to_string();
    world.simulator.fault(Fault::once("GET", "*/tag/", Action::answer(200, &answer)));
    let read = world.command().await.refresh(&made).await.unwrap().expect("the server shows it as active");
    assert_eq!(string(&read.state, "expiration"), "2023-11-14T23:13:20Z");
}
