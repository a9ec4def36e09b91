//! Quay: what is about content.

use serde_json::{Value as Json, json};

use super::*;

pub(super) fn cases() -> Vec<Case> {
    let star = |name: &str| json!({ "namespace": "acme", "repository": name });
    vec![Case::new("quay_starred_repository", "", star("app"), Json::Null, star("nested/web")).after([
        organization("acme"),
        repository("app"),
        repository("nested/web"),
    ])]
}
