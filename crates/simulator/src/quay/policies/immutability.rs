//! Policies that make tags immutable: `.../immutabilitypolicy/` of organizations and repositories.

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::{Value, json};

use super::policy::{Place, Policy, create, delete, get, list, update};
use crate::quay::images::tagging;
use crate::quay::records::{Immutability, Policies};
use crate::quay::reply::Reply;
use crate::quay::router::{Handler, Route};
use crate::quay::state::State;

const FEATURE: &[&str] = &["FEATURE_IMMUTABLE_TAGS"];
const ALL: &[(&str, Handler)] = &[("GET", list::<Immutability>), ("POST", create::<Immutability>)];
const ONE: &[(&str, Handler)] =
    &[("GET", get::<Immutability>), ("PUT", update::<Immutability>), ("DELETE", delete::<Immutability>)];

pub(super) const ROUTES: &[Route] = &[
    Route::new("organization/{orgname}/immutabilitypolicy/", ALL).needs(FEATURE),
    Route::new("organization/{orgname}/immutabilitypolicy/{policy_uuid}", ONE).needs(FEATURE),
    Route::new("repository/{repository}/immutabilitypolicy/", ALL).needs(FEATURE),
    Route::new("repository/{repository}/immutabilitypolicy/{policy_uuid}", ONE).needs(FEATURE),
];

/// Longest pattern.
const LONGEST: usize = 256;

fn schema() -> Value {
    json!({
        "type": "object",
        "description": "The immutability policy configuration",
        "required": ["tagPattern"],
        "properties": {
            "tagPattern": {"type": "string", "description": "Regex pattern to match tag names"},
            "tagPatternMatches": {
                "type": "boolean",
                "description": "If true, matching tags are immutable. If false, non-matching tags are immutable."
            }
        }
    })
}

/// What is wrong with a pattern, in the words of Python's `re`.
fn objection(pattern: &str) -> Option<String> {
    if pattern.is_empty() {
        return Some("tag_pattern is required and must be a non-empty string".to_owned());
    }
    if pattern.chars().count() > LONGEST {
        return Some(format!("tag_pattern must be {LONGEST} characters or less"));
    }
    Regex::new(pattern).err()?;
    let opened = |bracket: char| pattern.chars().position(|character| character == bracket);
    let why = match (opened('['), opened('(')) {
        (Some(at), _) => format!("unterminated character set at position {}", at + 1),
        (None, Some(at)) => format!("missing ), unterminated subpattern at position {at}"),
        (None, None) => "nothing to repeat at position 0".to_owned(),
    };
    Some(format!("Invalid regex pattern: {why}"))
}

impl Policy for Immutability {
    const CHANGES_CLASH: bool = true;
    const READ_FIRST: bool = true;

    fn all(policies: &mut Policies) -> &mut BTreeMap<String, Self> {
        &mut policies.immutability
    }

    fn schema(_: &Place<'_>) -> Value {
        schema()
    }

    /// Since organizations can be mirrors, those that are have none (source).
    fn refuse(state: &State, place: &Place<'_>) -> Result<(), Reply> {
        let Place::Organization(name) = place else { return Ok(()) };
        match state.organizations.get(*name).is_some_and(|organization| organization.mirror.is_some()) {
            true => Err(Reply::invalid(
                "Cannot create immutability policy: organization is managed by organization-level mirroring",
            )),
            false => Ok(()),
        }
    }

    fn read(body: &Value) -> Result<Self, Reply> {
        let tag_pattern = body["tagPattern"].as_str().unwrap_or_default().trim().to_owned();
        match objection(&tag_pattern) {
            Some(objection) => Err(Reply::invalid(objection)),
            None => {
                let tag_pattern_matches = body["tagPatternMatches"].as_bool().unwrap_or(true);
                Ok(Self { number: 0, tag_pattern, tag_pattern_matches })
            }
        }
    }

    fn require_namespace(state: &State, name: &str, _: bool) -> Result<(), Reply> {
        match state.is_enabled(name) {
            true => Ok(()),
            false => Err(Reply::message(format!("Username does not exist: {name}"))),
        }
    }

    /// Whether tags shall match or not makes no difference.
    fn clash(&self, other: &Self, _: &Place<'_>) -> Option<String> {
        (self.tag_pattern == other.tag_pattern).then(|| "A policy with the same tag_pattern already exists".to_owned())
    }

    fn take_effect(&self, state: &mut State, place: &Place<'_>) {
        tagging::apply_policy(state, self, |full| match place {
            Place::Repository(repository) => full == *repository,
            Place::Organization(name) | Place::User(name) => {
                full.strip_prefix(name).is_some_and(|rest| rest.starts_with('/'))
            }
        });
    }

    fn view(&self) -> Value {
        json!({"tagPattern": self.tag_pattern, "tagPatternMatches": self.tag_pattern_matches})
    }

    fn number(&mut self) -> &mut u64 {
        &mut self.number
    }
}
