//! Finding things by the beginning of their names, or by words: `entities/`, `find/`.
//!
//! From Quay's source, where the recordings leave it open. Which repositories fit is told in `matching`.

use serde_json::{Value, json};

use super::matching::{matching, popularity};
use crate::quay::access::{Access, user_role};
use crate::quay::call::Call;
use crate::quay::images::tags;
use crate::quay::records::{Namespace, Repository, TeamRole, User};
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;
use crate::quay::views::{avatar_of, team_avatar};

/// Users on one answer, and teams.
const ENTITIES: usize = 10;
/// Repositories on one page, and pages.
const PAGE: usize = 10;
const PAGES: usize = 10;
/// Of each sort in an answer about everything.
const EACH: usize = 5;

pub(super) const ROUTES: &[Route] = &[
    Route::new("entities/link/{username}", &[("POST", link)]),
    Route::new("entities/{prefix}", &[("GET", entities)]),
    Route::new("find/all", &[("GET", everything)]),
    Route::new("find/repositories", &[("GET", repositories)]),
];

/// Lets a user of the directory be known here before the first login.
fn link(state: &mut State, call: &Call) -> Outcome {
    if state.keeps_users() {
        return Err(Reply::no_such_url());
    }
    let wanted = call.parameter("username");
    let found = state.directory_users.iter().find(|known| *known == wanted || address(known) == wanted).cloned();
    let Some(ident) = found.or_else(|| state.users.contains_key(wanted).then(|| wanted.to_owned())) else {
        return Err(Reply::invalid("Username not found"));
    };
    let name = match state.users.iter().find(|(name, user)| is_of(name, user, &ident)) {
        Some((name, _)) => name.clone(),
        None => {
            let name = valid(&ident, |name| state.namespace(name).is_some() || state.robots.contains_key(name));
            let number = state.number();
            let mut user = User::new(Namespace::new(number, Some(address(&ident))));
            user.directory_name = Some(ident);
            state.users.insert(name.clone(), user);
            name
        }
    };
    let avatar = avatar_of(state, &name, "user");
    Ok(Reply::ok(json!({"entity": {"name": name, "kind": "user", "is_robot": false, "avatar": avatar}})))
}

/// The e-mail address of a user of the directory.
fn address(name: &str) -> String {
    if name.contains('@') { name.to_owned() } else { format!("{name}@example.com") }
}

/// Whether somebody known here is the one whom the directory names so.
fn is_of(name: &str, user: &User, ident: &str) -> bool {
    user.directory_name.as_deref().unwrap_or(name) == ident
}

/// A name that this server takes, made of one of the directory's: lower-case letters, digits, `-`, and `_` for all else, with two characters at
/// least, and more where another has it. (Quay also writes letters of other alphabets in those of ASCII, which is left out here.)
fn valid(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let mut plain = String::new();
    for letter in name.trim().to_lowercase().chars() {
        let letter = if letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-' { letter } else { '_' };
        if !(letter == '_' && plain.ends_with('_')) {
            plain.push(letter);
        }
    }
    let plain = plain.trim_matches('_');
    let fillers = (2_usize.saturating_sub(plain.len())..).flat_map(|count| {
        let most = 36_u32.saturating_pow(u32::try_from(count).unwrap_or(u32::MAX));
        (0..most).map(move |number| filler(number, count))
    });
    let mut names = fillers.map(|filler| format!("{plain}{filler}"));
    names.find(|name| !is_taken(name)).unwrap_or_default()
}

/// A number in so many digits, of which there are 36.
fn filler(number: u32, digits: usize) -> String {
    let mut rest = number;
    let mut text: Vec<char> = Vec::new();
    for _ in 0..digits {
        text.push(char::from_digit(rest % 36, 36).unwrap_or('0'));
        rest /= 36;
    }
    text.iter().rev().collect()
}

/// Users and robots whose names begin so, teams of an organization, and those users of the directory who are not known here.
fn entities(state: &mut State, call: &Call) -> Outcome {
    let prefix = call.parameter("prefix").replace(' ', "").to_lowercase();
    let prefix = prefix.as_str();
    let namespace = call.query("namespace").unwrap_or_default();
    let access = Access::new(state, &call.caller);
    let organization = state.organizations.get(namespace);
    let is_member = organization.is_some() && access.org_member(namespace);
    let own = organization.is_none() && call.caller.name() == namespace && access.user_admin();
    let begins = |name: &str| name.to_lowercase().starts_with(prefix);
    let mut results: Vec<Value> = Vec::new();
    if let Some(organization) = organization.filter(|_| is_member && call.flag("includeTeams", false)) {
        let teams = organization.teams.keys().filter(|name| begins(name)).take(ENTITIES);
        results.extend(
            teams.map(|name| json!({"name": name, "kind": "team", "is_org_member": true, "avatar": team_avatar(name)})),
        );
    }
    let exactly = state.setting("FEATURE_PARTIAL_USER_AUTOCOMPLETE") == &Value::Bool(false);
    let robots: Vec<&String> = state
        .robots
        .keys()
        .filter(|full| {
            let short = full.strip_prefix(namespace).and_then(|rest| rest.strip_prefix('+'));
            (is_member || own) && short.is_some_and(begins)
        })
        .collect();
    let named = |exactly: bool| {
        let fits = move |name: &&String| if exactly { **name == prefix } else { begins(name) };
        robots.iter().copied().chain(state.users.keys().filter(fits))
    };
    // The exact name (or a robot) comes first. Then the server looks for one less, and leaves it out where it finds it again.
    let first = named(true).next();
    let others = named(exactly).take(if first.is_some() { ENTITIES - 1 } else { ENTITIES });
    let users: Vec<&String> = first.into_iter().chain(others.filter(|name| Some(*name) != first)).collect();
    results.extend(users.iter().map(|name| {
        let avatar = avatar_of(state, name, "user");
        let mut view = json!({"name": name, "kind": "user", "is_robot": name.contains('+'), "avatar": avatar});
        if organization.is_some() {
            view["is_org_member"] = json!(true);
        }
        view
    }));
    if is_member && call.flag("includeOrgs", false) && begins(namespace) {
        let avatar = avatar_of(state, namespace, "org");
        results.push(json!({"name": namespace, "kind": "org", "is_org_member": true, "avatar": avatar}));
    }
    if !state.keeps_users() {
        // First so many are asked for, then those are left out that are among the users above.
        let asked = state.directory_users.iter().filter(|name| begins(name)).take(ENTITIES);
        let shown =
            |ident: &str| users.iter().any(|name| state.users.get(*name).is_some_and(|user| is_of(name, user, ident)));
        results.extend(asked.filter(|ident| !shown(ident)).map(|name| {
            json!({"name": name, "kind": "external", "title": address(name), "avatar": avatar_of(state, name, "user")})
        }));
    }
    Ok(Reply::ok(json!({"results": results})))
}

/// A user, an organization or a robot.
fn entity(state: &State, call: &Call, name: &str) -> Value {
    let (kind, title, avatar, href) = match name.split_once('+') {
        Some((owner, _)) if owner == call.caller.name() => {
            ("robot", "robot", Value::Null, format!("/user/{owner}?tab=robots&showRobot={name}"))
        }
        Some((owner, _)) => {
            ("robot", "robot", Value::Null, format!("/organization/{owner}?tab=robots&showRobot={name}"))
        }
        None if state.organizations.contains_key(name) => {
            ("organization", "org", avatar_of(state, name, "org"), format!("/organization/{name}"))
        }
        None => ("user", "user", avatar_of(state, name, "user"), format!("/user/{name}")),
    };
    json!({"title": title, "kind": kind, "avatar": avatar, "name": name, "score": 1, "href": href})
}

fn repository_view(state: &State, call: &Call, (namespace, name, repository): (&str, &str, &Repository)) -> Value {
    json!({
        "kind": "repository",
        "title": "repo",
        "namespace": entity(state, call, namespace),
        "name": name,
        "description": repository.description,
        "is_public": repository.is_public,
        "score": 4,
        "href": format!("/repository/{namespace}/{name}"),
    })
}

/// A page beyond the last that the server gives is the last.
fn repositories(state: &mut State, call: &Call) -> Outcome {
    let help = "The page.";
    let page = call.query("page").map_or(Ok(1), str::parse::<i64>).map_err(|_| Reply::bad_query("page", help))?;
    let page = usize::try_from(page).unwrap_or(1).clamp(1, PAGES);
    let start = (page - 1) * PAGE;
    let found = matching(state, call, call.query("query").unwrap_or_default(), Some(start + PAGE + 1));
    let with_usage = call.flag("includeUsage", false);
    let views: Vec<Value> = found
        .iter()
        .skip(start)
        .take(PAGE)
        .map(|one| {
            let mut view = repository_view(state, call, *one);
            if with_usage {
                let (namespace, name, repository) = *one;
                if let Some(newest) = tags::newest(repository) {
                    view["last_modified"] = json!(newest);
                }
                view["stars"] = json!(repository.stars.len());
                view["popularity"] = json!(popularity(state, namespace, name) as f64);
            }
            view
        })
        .collect();
    Ok(Reply::ok(json!({
        "results": views,
        "has_additional": found.len() > start + PAGE,
        "page": page,
        "page_size": PAGE,
        "start_index": start,
    })))
}

fn everything(state: &mut State, call: &Call) -> Outcome {
    let query = call.query("query").unwrap_or_default();
    if query.is_empty() {
        return Ok(Reply::ok(json!({"results": []})));
    }
    let user = call.caller.name();
    let begins = |name: &str| name.to_lowercase().starts_with(&query.to_lowercase());
    let mut results: Vec<Value> = Vec::new();
    if !user.is_empty() {
        results.extend(teams(state, call, &begins));
        let owned = |owner: &str| owner == user || user_role(state, owner, user) == Some(TeamRole::Admin);
        let robots = state
            .robots
            .keys()
            .filter(|full| full.split_once('+').is_some_and(|(owner, short)| owned(owner) && begins(short)));
        results.extend(robots.take(EACH).map(|full| {
            let mut view = entity(state, call, full);
            view["short_name"] = json!(full.split_once('+').map(|(_, short)| short));
            view
        }));
    }
    let found = matching(state, call, query, Some(EACH));
    results.extend(found.into_iter().take(EACH).map(|one| repository_view(state, call, one)));
    let mut owners: Vec<&str> = matching(state, call, "", None).into_iter().map(|(owner, _, _)| owner).collect();
    owners.sort_unstable();
    owners.dedup();
    results.extend(owners.into_iter().filter(|owner| begins(owner)).take(EACH).map(|name| entity(state, call, name)));
    for result in &mut results {
        let name = result["short_name"].as_str().or_else(|| result["name"].as_str()).unwrap_or_default();
        let near = closeness(name, query);
        let score = result["score"].as_f64().unwrap_or_default() * if near == 0.0 { 0.5 } else { near };
        result["score"] = json!(score);
    }
    let score = |result: &Value| result["score"].as_f64().unwrap_or_default();
    results.sort_by(|one, other| score(other).total_cmp(&score(one)));
    Ok(Reply::ok(json!({"results": results})))
}

/// Teams of the caller, then those of organizations that the caller owns.
fn teams(state: &State, call: &Call, begins: &impl Fn(&str) -> bool) -> Vec<Value> {
    let user = call.caller.name();
    let all = || {
        let organizations = state.organizations.iter();
        organizations.flat_map(|(organization, found)| found.teams.iter().map(move |team| (organization, team)))
    };
    let fitting = || all().filter(|(_, (name, _))| begins(name));
    let of_user = fitting().filter(|(_, (_, team))| team.members.iter().any(|member| member == user)).take(EACH);
    let owned = fitting().filter(|(owner, _)| user_role(state, owner, user) == Some(TeamRole::Admin)).take(EACH);
    let mut found: Vec<(&String, &String)> = Vec::new();
    for (organization, (name, _)) in of_user.chain(owned) {
        if !found.contains(&(organization, name)) {
            found.push((organization, name));
        }
    }
    let view = |(organization, name): (&String, &String)| {
        json!({
            "kind": "team",
            "name": name,
            "organization": entity(state, call, organization),
            "avatar": team_avatar(name),
            "score": 2,
            "href": format!("/organization/{organization}/teams/{name}"),
        })
    };
    found.into_iter().map(view).collect()
}

/// How near a name is to what was asked for, from 0 to 1: letters in order, with less for what stands between and behind them.
fn closeness(name: &str, query: &str) -> f64 {
    let (letters, wanted): (Vec<char>, Vec<char>) = (name.chars().collect(), query.to_lowercase().chars().collect());
    // In hundredths: their sum is exact.
    let mut scores = vec![0_u32; letters.len()];
    let (mut next, mut started) = (0, false);
    for letter in wanted {
        let at = letters.iter().skip(next).position(|known| known.to_lowercase().eq(std::iter::once(letter)));
        let Some(at) = at.map(|at| at + next) else { return 0.0 };
        started |= at == 0;
        if letters[at].is_uppercase() {
            scores[next..at].fill(85);
        }
        scores[at] = 100;
        next = at + 1;
    }
    scores[next..].fill(if started { 90 } else { 80 });
    #[allow(clippy::cast_precision_loss, reason = "a name is short")]
    let length = letters.len().max(1) as f64;
    f64::from(scores.iter().sum::<u32>()) / 100.0 / length
}

#[cfg(test)]
mod tests {
    use super::closeness;

    #[test]
    fn names_are_as_near_as_recorded() {
        for (name, expected) in [("a", 1.0), ("app1", 0.925), ("alice", 0.92)] {
            assert!((closeness(name, "a") - expected).abs() < 1e-9, "{name}");
        }
        assert!(closeness("bob", "a") < 1e-9);
    }
}
