//! What the three auto-prune resources share: which tags, and how they are kept.

use serde_json::Value as Json;
use terraform_framework::{Context, Error, Nested, Report, Result, check};

use super::policy as shared;
use crate::api::policies::{self, AutoPruneBody, AutoPruneJson, Place, Policy, PolicyKey};
use crate::client::Quay;
use crate::names;

/// Which tags the server deletes.
#[derive(Debug, Clone, PartialEq, Eq, Nested)]
pub struct Pruning {
    /// What counts: `number_of_tags` keeps the newest tags of each repository, `creation_date` keeps those younger than some time.
    #[attribute(required, check = check::one_of(METHODS))]
    method: String,
    /// How many tags are kept, such as `10`; or how long, as a whole number of seconds, minutes, hours, days or weeks: `90s`, `30m`,
    /// `24h`, `7d`, `2w`.
    #[attribute(required, check = check::length(1, 30))]
    value: String,
    /// Regular expression (Python's) that says which tags the policy is about; without it, all tags. Needs Quay 3.13 or newer.
    #[attribute(optional, check = shared::trimmed_pattern())]
    tag_pattern: Option<String>,
    /// With `false`, the policy is about the tags that do not match `tag_pattern`. Needs Quay 3.13 or newer.
    #[attribute(optional, default = true)]
    tag_pattern_matches: bool,
}

const METHODS: &[&str] = &["number_of_tags", "creation_date"];
const UNKNOWN_PATTERNS: (&str, &str) = (
    "This Quay knows no tag patterns",
    "Tag patterns of auto-prune policies came with Quay 3.13; this server would leave the pattern out in silence, and delete other tags. \
     Leave `tag_pattern` and `tag_pattern_matches` out, or upgrade the server to Quay 3.13 or newer.",
);

/// What is wrong with a value, if anything is.
fn objection(method: &str, value: &str) -> Option<&'static str> {
    let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    match method {
        "number_of_tags" => {
            let good = digits(value) && !value.starts_with('0') && value.parse::<i64>().is_ok();
            (!good).then_some("With the method number_of_tags it must be a whole number above 0, such as 10.")
        }
        "creation_date" => {
            let good = value.strip_suffix(['s', 'm', 'h', 'd', 'w']).is_some_and(digits);
            (!good).then_some(
                "With the method creation_date it must be a whole number and one of s, m, h, d, w, such as \"7d\".",
            )
        }
        _ => None,
    }
}

impl Pruning {
    /// Refuses what cannot be right.
    pub(super) fn validate(config: &PruningView, report: &mut Report) {
        if let (Some(method), Some(value)) = (config.method.known(), config.value.known())
            && let Some(why) = objection(method, value)
        {
            report.error("value", "Invalid value", why);
        }
        // Quay looks at it only when it prunes.
        names::doubt(report, "tag_pattern", &config.tag_pattern, &shared::pattern(usize::MAX));
    }

    /// As the server shows it.
    pub(super) fn of(json: &AutoPruneJson) -> Self {
        let value = json.value.as_str().map_or_else(|| json.value.to_string(), str::to_owned);
        Self {
            method: json.method.clone(),
            value,
            tag_pattern: json.tag_pattern.clone(),
            tag_pattern_matches: json.tag_pattern_matches.unwrap_or(true),
        }
    }

    /// What a request carries. Patterns that are not used are not sent: releases before 3.13 do not know them.
    fn body(&self) -> AutoPruneBody {
        let number = self.value.parse::<i64>().ok().filter(|_| self.method == "number_of_tags");
        let patterns = self.uses_patterns();
        AutoPruneBody {
            method: self.method.clone(),
            value: number.map_or_else(|| Json::from(self.value.clone()), Json::from),
            tag_pattern: self.tag_pattern.clone(),
            tag_pattern_matches: patterns.then_some(self.tag_pattern_matches),
        }
    }

    fn uses_patterns(&self) -> bool {
        self.tag_pattern.is_some() || !self.tag_pattern_matches
    }

    /// A server that knows no patterns would take the policy for one about all tags.
    async fn require_patterns(&self, cx: &Quay, place: &Place) -> Result<()> {
        if self.uses_patterns() && !knows_patterns(cx, place).await {
            return Err(Error::new(UNKNOWN_PATTERNS.0, UNKNOWN_PATTERNS.1).at("tag_pattern"));
        }
        Ok(())
    }
}

/// Whether the server's policies have patterns, as far as it tells.
async fn knows_patterns(cx: &Quay, place: &Place) -> bool {
    let route = AutoPruneJson::routes(place).0.replace("{namespace}/{+repository}", "{repository}");
    cx.takes("POST", &route, "tagPattern").await != Some(false)
}

/// Says at plan time what the server lacks. Of the place only its kind counts.
pub(super) async fn preflight(cx: &Quay, place: &Place, plan: &PruningView, report: &mut Report) {
    cx.expect(AutoPruneJson::ability(place), report).await;
    let uses_patterns = plan.tag_pattern.known().is_some() || plan.tag_pattern_matches.known() == Some(&false);
    if uses_patterns && !knows_patterns(cx, place).await {
        report.error("tag_pattern", UNKNOWN_PATTERNS.0, UNKNOWN_PATTERNS.1);
    }
}

/// Creates a policy; gives its UUID.
pub(super) async fn create(cx: &Context<Quay>, type_name: &str, place: &Place, pruning: &Pruning) -> Result<String> {
    pruning.require_patterns(cx, place).await?;
    shared::create::<AutoPruneJson>(cx, type_name, place, &pruning.body(), AutoPruneJson::is).await
}

/// Reads a policy.
pub(super) async fn read(cx: &Context<Quay>, key: &PolicyKey) -> Result<Option<Pruning>> {
    Ok(shared::read::<AutoPruneJson>(cx, key).await?.map(|json| Pruning::of(&json)))
}

/// Changes a policy.
pub(super) async fn update(cx: &Context<Quay>, key: &PolicyKey, pruning: &Pruning) -> Result<()> {
    pruning.require_patterns(cx, &key.place).await?;
    Ok(cx.send(policies::update::<AutoPruneJson>(key, &pruning.body())).await?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pruning(method: &str, value: &str) -> Pruning {
        Pruning { method: method.into(), value: value.into(), tag_pattern: None, tag_pattern_matches: true }
    }

    #[test]
    fn numbers_go_as_numbers_and_times_as_texts() {
        assert_eq!(pruning("number_of_tags", "10").body().value, json!(10));
        assert_eq!(pruning("creation_date", "7d").body().value, json!("7d"));
    }

    #[test]
    fn patterns_are_sent_only_where_they_are_used() {
        assert_eq!(pruning("creation_date", "7d").body().tag_pattern_matches, None);
        let of_v = Pruning { tag_pattern: Some("^v".into()), ..pruning("creation_date", "7d") };
        assert_eq!(of_v.body().tag_pattern_matches, Some(true));
    }

    #[test]
    fn values_must_fit_their_method() {
        for (method, value) in [("number_of_tags", "7d"), ("number_of_tags", "0"), ("number_of_tags", "-1")] {
            assert!(objection(method, value).is_some(), "{method} {value}");
        }
        for value in ["7", "7x", "d", "1.5d", " 7d", "7y"] {
            assert!(objection("creation_date", value).is_some(), "{value}");
        }
        assert_eq!((objection("number_of_tags", "10"), objection("creation_date", "24h")), (None, None));
    }

    #[test]
    fn what_a_server_shows_comes_back_as_it_was() {
        let json =
            serde_json::from_value(json!({ "uuid": "u", "method": "number_of_tags", "value": 20, "tagPattern": null,
            "tagPatternMatches": true }));
        assert_eq!(json.map(|json| Pruning::of(&json)).ok(), Some(pruning("number_of_tags", "20")));
    }
}
