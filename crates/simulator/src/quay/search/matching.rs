//! Which repositories a search finds, from Quay's source.
//!
//! The most popular come first: here as the last week tells, there with half a year.

use std::cmp::Reverse;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::quay::access::Access;
use crate::quay::call::Call;
use crate::quay::logs::usage_logs;
use crate::quay::records::{LogEntry, Repository};
use crate::quay::releases;
use crate::quay::state::State;

/// Repositories that the caller may see, by their names and descriptions, the most popular first, and a name that fits makes much of it.
/// The server looks at the first of those that fit, and then takes out what the caller may not see. Some `wanted` make it look at 20 times
/// as many; without a user it does not look so.
pub(super) fn matching<'a>(
    state: &'a State,
    call: &Call,
    query: &str,
    wanted: Option<usize>,
) -> Vec<(&'a str, &'a str, &'a Repository)> {
    let access = Access::new(state, &call.caller);
    // Older ones look for the whole text.
    let knows_owners = releases::release(&state.release) >= (3, 13);
    let parts = query.split_once('/').filter(|_| knows_owners);
    let (owner, word) =
        parts.map_or((None, query), |(owner, word)| (Some(owner).filter(|owner| !owner.is_empty()), word));
    let has = |text: &str, part: &str| text.to_lowercase().contains(&part.to_lowercase());
    let mut found: Vec<_> = state
        .repositories
        .iter()
        .filter_map(|(full, repository)| full.split_once('/').map(|(namespace, name)| (namespace, name, repository)))
        .filter(|(namespace, name, repository)| {
            owner.is_none_or(|owner| *namespace == owner) && (has(name, word) || has(&repository.description, word))
        })
        .collect();
    found.sort_by_cached_key(|(namespace, name, repository)| {
        let score = popularity(state, namespace, name) * if has(name, word) { 100 } else { 1 };
        (Reverse(score), repository.number)
    });
    let is_user = call.caller.user.is_some();
    found.truncate(wanted.filter(|_| is_user).map_or(usize::MAX, |wanted| 20 * wanted));
    // What nobody has a permission for is joined to nothing.
    let is_held = |repository: &Repository| !(repository.users.is_empty() && repository.teams.is_empty());
    found.retain(|(namespace, name, repository)| {
        let visible = repository.is_public || access.listed(namespace, name);
        visible && (!is_user || wanted.is_none() || is_held(repository))
    });
    found
}

/// How often something was done in a repository in the last week. The server counts a day when it is over.
pub(crate) fn popularity(state: &State, namespace: &str, name: &str) -> usize {
    let day = |time: Timestamp| time.to_zoned(TimeZone::UTC).date();
    let today = day(usage_logs::now(state));
    let in_week = |time: &str| {
        let date = time.parse().ok().map(day);
        date.is_some_and(|date| date < today && date.saturating_add(7.days()) > today)
    };
    let of_it =
        |entry: &&LogEntry| entry.namespace.as_deref() == Some(namespace) && entry.repository.as_deref() == Some(name);
    state.logs.iter().filter(of_it).filter(|entry| in_week(&entry.time)).count()
}
