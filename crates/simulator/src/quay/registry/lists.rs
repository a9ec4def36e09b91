//! Lists: the tags of a repository, and the repositories that somebody may see.

use axum::http::header;
use serde_json::json;

use super::answer::{Answer, Outcome};
use super::exchange::Exchange;
use super::rights::readable;
use super::token;
use crate::quay::access::{Access, Caller};
use crate::quay::records::images::now_ms;
use crate::quay::state::State;

/// Items on one page at most.
const PAGE: usize = 100;

/// What a token for the next page of repositories begins with; the rest is the number of the last one that was shown.
const PAGE_TOKEN: &str = "gAAAAABrAFdQ";

/// Names of tags in their order; after `last`, `n` of them.
pub(super) fn tags(state: &mut State, exchange: &Exchange<'_>, full: &str) -> Outcome {
    let repository = readable(state, exchange, full)?;
    let limit = exchange.query("n").and_then(|text| text.parse::<i64>().ok()).unwrap_or(PAGE as i64);
    let limit = limit.clamp(0, PAGE as i64) as usize;
    let last = exchange.query("last").unwrap_or_default();
    let now = now_ms();
    let behind = repository.tags.values().filter(|tag| tag.is_alive(now) && tag.name.as_str() > last.trim());
    let mut names: Vec<&str> = behind.map(|tag| tag.name.as_str()).collect();
    let has_more = limit > 0 && names.len() > limit;
    names.truncate(limit);
    let answer = Answer::json(200, &json!({"name": full, "tags": names}));
    Ok(match names.last().filter(|_| has_more) {
        Some(last) => {
            let url = format!("/v2/{full}/tags/list?n={limit}&last={last}");
            answer.with(header::LINK, format!("<{url}>; rel=\"next\""))
        }
        None => answer,
    })
}

/// Names of repositories in the order in which they were made.
pub(super) fn catalog(state: &mut State, exchange: &Exchange<'_>) -> Outcome {
    let claims = token::claims(state, exchange)?;
    let caller = token::subject(claims.as_ref()).map(|name| Caller::in_person(&name)).unwrap_or_default();
    let limit = match exchange.query("n").map(|text| text.parse::<i64>()) {
        None => PAGE,
        Some(limit) => limit.unwrap_or_default().clamp(1, PAGE as i64) as usize,
    };
    let page = exchange.query("next_page").or_else(|| exchange.query("last"));
    let behind = page.and_then(|token| token.strip_prefix(PAGE_TOKEN)?.parse::<u64>().ok()).unwrap_or_default();
    let access = Access::new(state, &caller);
    let public = state.feature("FEATURE_PUBLIC_CATALOG");
    let mut seen: Vec<(u64, &str)> = state
        .repositories
        .iter()
        .filter(|(full, repository)| {
            let Some((namespace, name)) = full.split_once('/') else { return false };
            access.superuser() || access.listed(namespace, name) || public && repository.is_public
        })
        .map(|(full, repository)| (repository.number, full.as_str()))
        .filter(|(number, _)| *number > behind)
        .collect();
    seen.sort_unstable();
    let has_more = seen.len() > limit;
    seen.truncate(limit);
    let names: Vec<&str> = seen.iter().map(|(_, full)| *full).collect();
    let answer = Answer::json(200, &json!({"repositories": names}));
    Ok(match seen.last().filter(|_| has_more) {
        Some((number, _)) => {
            let url = format!("/v2/_catalog?n={limit}&next_page={PAGE_TOKEN}{number:020}");
            answer.with(header::LINK, format!("<{url}>; rel=\"next\""))
        }
        None => answer,
    })
}
