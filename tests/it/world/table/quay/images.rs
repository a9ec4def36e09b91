//! Quay: tags and labels of images.

use serde_json::{Value as Json, json};

use super::*;

pub(super) fn cases() -> Vec<Case> {
    let tag = stable();
    let ends = json!({ "manifest_digest": "${image:second}", "expiration": in_days(30) });
    let label = of_app(json!({ "manifest_digest": "${image:first}", "key": "team", "value": "infra" }));
    let before = [organization("acme"), repository("app")];
    vec![
        Case::new("quay_tag", "", tag.clone(), with(tag.clone(), ends), with(tag.clone(), json!({ "name": "other" })))
            .after(before.clone())
            .pushed(images()),
        Case::new(
            "quay_tag",
            "with an end",
            with(tag.clone(), json!({ "expiration": in_days(20) })),
            with(tag, json!({ "expiration": "never" })),
            Json::Null,
        )
        .after(before.clone())
        .pushed(images()),
        Case::new("quay_manifest_label", "", label.clone(), Json::Null, with(label, json!({ "value": "web" })))
            .after(before)
            .pushed(images()),
    ]
}

/// Tags that become immutable. Nobody destroys one before it is changeable again, so that these are tried where that can be seen to.
pub(crate) fn immutable() -> Vec<Case> {
    let (tag, before) = (stable(), [organization("acme"), repository("app")]);
    let cases = vec![
        Case::new(
            "quay_tag",
            "immutable",
            with(tag.clone(), json!({ "immutable": true })),
            with(tag.clone(), json!({ "manifest_digest": "${image:second}", "immutable": false })),
            Json::Null,
        )
        .after(before.clone())
        .pushed(images())
        .filled(changeable()),
        Case::new(
            "quay_tag",
            "moved, then immutable",
            tag.clone(),
            with(tag, json!({ "manifest_digest": "${image:second}", "expiration": "never", "immutable": true })),
            Json::Null,
        )
        .after(before.clone())
        .pushed(images()),
    ];
    of_area("images", cases)
}

fn of_app(more: Json) -> Json {
    with(json!({ "namespace": "acme", "repository": "app" }), more)
}

fn stable() -> Json {
    of_app(json!({ "name": "stable", "manifest_digest": "${image:first}" }))
}

fn changeable() -> Json {
    json!({ "quay": { "repositories": { "acme/app": { "tags": { "stable": { "immutable": false } } } } } })
}

/// A moment that is so many days away, as users write it.
pub(crate) fn in_days(days: i64) -> String {
    let seconds = jiff::Timestamp::now().as_second() / 3600 * 3600 + days * 24 * 3600;
    jiff::Timestamp::from_second(seconds).expect("a moment").to_string()
}
