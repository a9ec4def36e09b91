//! Quay: tags and labels of images.

use serde_json::{Value as Json, json};

use super::*;

pub(super) fn cases() -> Vec<Case> {
    let of_app = |more: Json| with(json!({ "namespace": "acme", "repository": "app" }), more);
    let tag = of_app(json!({ "name": "stable", "manifest_digest": "${image:first}" }));
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
            with(tag.clone(), json!({ "expiration": "never" })),
            Json::Null,
        )
        .after(before.clone())
        .pushed(images()),
        // Nobody destroys one that is immutable: it is made changeable before.
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
        Case::new("quay_manifest_label", "", label.clone(), Json::Null, with(label, json!({ "value": "web" })))
            .after(before)
            .pushed(images()),
    ]
}

fn changeable() -> Json {
    json!({ "quay": { "repositories": { "acme/app": { "tags": { "stable": { "immutable": false } } } } } })
}

/// A moment that is so many days away, as users write it.
pub(crate) fn in_days(days: i64) -> String {
    let seconds = jiff::Timestamp::now().as_second() / 3600 * 3600 + days * 24 * 3600;
    jiff::Timestamp::from_second(seconds).expect("a moment").to_string()
}
