//! Policies by which the server deletes tags: `.../autoprunepolicy/` of organizations, repositories and the caller.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::policy::{Place, Policy, create, delete, get, list, update};
use crate::quay::records::{AutoPrune, Policies};
use crate::quay::releases::Release;
use crate::quay::reply::Reply;
use crate::quay::router::{Handler, Route};
use crate::quay::state::State;
use crate::quay::time::seconds;

const FEATURE: &[&str] = &["FEATURE_AUTO_PRUNE"];
const ALL: &[(&str, Handler)] = &[("GET", list::<AutoPrune>), ("POST", create::<AutoPrune>)];
const ONE: &[(&str, Handler)] =
    &[("GET", get::<AutoPrune>), ("PUT", update::<AutoPrune>), ("DELETE", delete::<AutoPrune>)];

pub(super) const ROUTES: &[Route] = &[
    Route::new("organization/{orgname}/autoprunepolicy/", ALL).needs(FEATURE),
    Route::new("organization/{orgname}/autoprunepolicy/{policy_uuid}", ONE).needs(FEATURE),
    Route::new("repository/{repository}/autoprunepolicy/", ALL).needs(FEATURE),
    Route::new("repository/{repository}/autoprunepolicy/{policy_uuid}", ONE).needs(FEATURE),
    Route::new("user/autoprunepolicy/", ALL).needs(FEATURE),
    Route::new("user/autoprunepolicy/{policy_uuid}", ONE).needs(FEATURE),
];

fn schema(place: &Place<'_>) -> Value {
    let place = match place {
        Place::Organization(_) => "organization",
        Place::User(_) => "user namespace",
        Place::Repository(_) => "repository",
    };
    json!({
        "type": "object",
        "description": format!("The policy configuration that is to be applied to the {place}"),
        "required": ["method", "value"],
        "properties": {
            "method": {
                "type": "string",
                "description": "The method to use for pruning tags (number_of_tags, creation_date)"
            },
            "value": {
                "type": ["integer", "string"],
                "description": "The value to use for the pruning method (number of tags e.g. 10, time delta e.g. 7d (7 days))"
            },
            "tagPattern": {"type": "string", "description": "Tags only matching this pattern will be pruned"},
            "tagPatternMatches": {
                "type": "boolean",
                "description": "Determine whether pruned tags should or should not match the tagPattern"
            }
        }
    })
}

impl Policy for AutoPrune {
    const CHANGES_CLASH: bool = false;
    const READ_FIRST: bool = false;

    fn all(policies: &mut Policies) -> &mut BTreeMap<String, Self> {
        &mut policies.auto_prune
    }

    fn schema(place: &Place<'_>) -> Value {
        schema(place)
    }

    /// Patterns are not looked at, but for the white space around them.
    fn read(body: &Value) -> Result<Self, Reply> {
        let value = &body["value"];
        let method = body["method"].as_str().unwrap_or_default();
        let good = match method {
            "number_of_tags" => value.as_u64().is_some_and(|count| count > 0),
            "creation_date" => seconds(value).is_some(),
            _ => return Err(Reply::invalid("Invalid method provided")),
        };
        if !good {
            return Err(Reply::invalid("Invalid value given for method type"));
        }
        let tag_pattern = body["tagPattern"].as_str().map(|pattern| pattern.trim().to_owned());
        if tag_pattern.as_deref() == Some("") {
            return Err(Reply::invalid("tag_pattern cannot be empty"));
        }
        Ok(Self {
            number: 0,
            method: method.to_owned(),
            value: value.clone(),
            tag_pattern,
            tag_pattern_matches: body["tagPatternMatches"].as_bool().unwrap_or(true),
        })
    }

    fn require_namespace(state: &State, name: &str, deletes: bool) -> Result<(), Reply> {
        match state.is_enabled(name) || (deletes && state.namespace(name).is_some()) {
            true => Ok(()),
            false => Err(Reply::not_found()),
        }
    }

    fn clash(&self, other: &Self, place: &Place<'_>) -> Option<String> {
        let same = self.method == other.method
            && self.value == other.value
            && self.tag_pattern == other.tag_pattern
            && self.tag_pattern_matches == other.tag_pattern_matches;
        let place = place.word();
        same.then(|| format!("Existing policy with same values for this {place}, duplicate policies are not permitted"))
    }

    /// Before 3.13 each place has one at most.
    fn only_one(release: Release, place: &Place<'_>) -> Option<String> {
        let place = place.word();
        (release < (3, 13))
            .then(|| format!("Policy for this {place} already exists, delete existing to create new policy"))
    }

    fn view(&self) -> Value {
        json!({
            "method": self.method,
            "value": self.value,
            "tagPattern": self.tag_pattern,
            "tagPatternMatches": self.tag_pattern_matches,
        })
    }

    fn number(&mut self) -> &mut u64 {
        &mut self.number
    }
}
