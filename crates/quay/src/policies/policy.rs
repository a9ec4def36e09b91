//! What the resources of policies about tags share: auto-prune and immutability policies, of organizations, users and repositories.

use registry_http::Found;
use registry_service::exists_already;
use terraform_framework::schema::Check;
use terraform_framework::{Context, Error, Result, check};

use crate::api::namespaces;
use crate::api::policies::{self, Place, Policies, Policy, PolicyKey};
use crate::api::repositories;
use crate::client::Quay;
use crate::client::lookup::no_repository;
use crate::teams::team;

/// Creates a policy; gives its UUID. One that is there already is refused.
pub(super) async fn create<P: Policy>(
    cx: &Context<Quay>,
    type_name: &str,
    place: &Place,
    body: &P::Body,
    same: fn(&P, &P::Body) -> bool,
) -> Result<String> {
    let error = match cx.send(policies::create::<P>(place, body)).await {
        Ok(uuid) => return Ok(uuid),
        Err(error) => error,
    };
    if is_duplicate(&error)
        && let Ok(all) = cx.list(policies::list::<P>(place)).await
        && let Some(twin) = all.iter().find(|policy| same(policy, body))
    {
        let key = PolicyKey { place: place.clone(), uuid: twin.uuid().to_owned() };
        let what = format!("{} {} of {place}, which is alike,", P::NAME, key.uuid);
        return Err(exists_already(type_name, &what, &key.id()));
    }
    if is_only_one(&error)
        && let Ok(all) = cx.list(policies::list::<P>(place)).await
        && let Some(other) = all.first()
    {
        let key = PolicyKey { place: place.clone(), uuid: other.uuid().to_owned() };
        let what = format!("{} of {place}, {},", P::NAME, key.uuid);
        let hint = "Quay before 3.13 has one such policy at most of each organization, user and repository: keep a single one, or upgrade.";
        return Err(exists_already(type_name, &what, &key.id()).with_hint(hint));
    }
    Err(explain(cx, place, error).await)
}

/// In which words Quay says that there is such a policy already.
fn is_duplicate(error: &registry_http::Error) -> bool {
    error.status() == Some(400)
        && error.message().is_some_and(|m| m.contains("Existing policy") || m.contains("same tag_pattern"))
}

/// In which words Quay before 3.13 says that a place has a policy already, whatever it is.
fn is_only_one(error: &registry_http::Error) -> bool {
    error.status() == Some(400) && error.message().is_some_and(|m| m.contains("already exists, delete existing"))
}

/// What is not there, where a policy was to be made.
async fn explain(cx: &Quay, place: &Place, error: registry_http::Error) -> Error {
    let unknown = error.is_not_found() || error.message().is_some_and(|m| m.contains("does not exist"));
    match place {
        Place::Organization(name) if unknown && matches!(cx.find(namespaces::organization(name)).await, Ok(None)) => {
            team::no_organization(name)
        }
        Place::Repository(key) if unknown && matches!(cx.find(repositories::get(key)).await, Ok(None)) => {
            no_repository(key)
        }
        _ => error.into(),
    }
}

/// Reads a policy.
pub(super) async fn read<P: Policy>(cx: &Context<Quay>, key: &PolicyKey) -> Result<Option<P>> {
    Ok(cx.read::<Policies<P>>(key).await?.map(Found::into_inner))
}

/// Deletes a policy.
pub(super) async fn delete<P: Policy>(cx: &Context<Quay>, key: &PolicyKey) -> Result<()> {
    cx.delete(policies::delete::<P>(key)).await?;
    Ok(())
}

/// Lists the policies of a place that must be there: the list of an unknown organization is empty.
pub(super) async fn list<P: Policy>(cx: &Context<Quay>, place: &Place) -> Result<Vec<P>> {
    let found = cx.list(policies::list::<P>(place)).await?;
    if found.is_empty() && matches!(place, Place::Organization(_)) {
        cx.ensure_namespace(place.namespace()).await.map_err(|e| e.at("organization"))?;
    }
    Ok(found)
}

/// The token's own user, whose policies alone can be managed.
///
/// # Errors
/// When somebody else is meant: that is not the same as a policy that is gone.
pub(super) async fn own(cx: &Quay, user: &str) -> Result<Place> {
    let own = cx.authenticated_user().await?;
    if own == user {
        return Ok(Place::User(own));
    }
    let detail = format!(
        "The token belongs to {own:?}, and Quay offers no access to policies of other users. Set `user` to {own:?}, or use a token of \
         {user:?}."
    );
    Err(Error::new("Another user's policies", detail).at("user"))
}

/// A text that Quay does not trim.
pub(super) fn trimmed_pattern() -> Check {
    check::text("a regular expression of Python, without white space around it", |pattern| {
        match pattern.is_empty() || pattern.trim() != pattern {
            true => Err("It must not be empty, nor begin or end with white space, which Quay takes away.".to_owned()),
            false => Ok(()),
        }
    })
}

/// A regular expression for tags, as far as it can be told without Python's `re`, which Quay uses.
pub(super) fn pattern(longest: usize) -> Check {
    check::text("a regular expression of Python, without white space around it", move |pattern| {
        if pattern.is_empty() || pattern.trim() != pattern {
            return Err("It must not be empty, nor begin or end with white space, which Quay takes away.".to_owned());
        }
        if pattern.chars().count() > longest {
            return Err(format!("It must have at most {longest} characters."));
        }
        match flaw(pattern) {
            Some(flaw) => Err(format!("{pattern:?} is not a regular expression: {flaw}.")),
            None => Ok(()),
        }
    })
}

/// What is certainly wrong with a regular expression of Python.
pub(crate) fn flaw(pattern: &str) -> Option<&'static str> {
    let mut letters = pattern.chars().peekable();
    let (mut groups, mut set, mut first) = (0_usize, None, true);
    while let Some(letter) = letters.next() {
        match (letter, set) {
            ('\\', _) => {
                if letters.next().is_none() {
                    return Some("nothing follows the last backslash");
                }
                set = set.map(|inside: usize| inside + 1);
            }
            // In a set, a bracket that comes first is a member of it.
            (']', Some(inside)) if inside > 0 => set = None,
            ('^', Some(0)) if letters.peek() == Some(&']') => {}
            (_, Some(inside)) => set = Some(inside + 1),
            ('[', None) => {
                letters.next_if_eq(&'^');
                set = Some(0);
            }
            ('(', None) => groups += 1,
            (')', None) if groups == 0 => return Some("a parenthesis is closed that was not opened"),
            (')', None) => groups -= 1,
            ('*' | '+' | '?', None) if first => return Some("there is nothing to repeat at its beginning"),
            _ => {}
        }
        first = false;
    }
    match (set, groups) {
        (Some(_), _) => Some("a set, which begins with [, is not closed"),
        (None, 1..) => Some("a parenthesis is not closed"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::flaw;

    #[test]
    fn certain_flaws_are_found() {
        for wrong in ["[", "a[^", "[]", "(a", "a)", "\\", "*a", "[a\\]", "(a))"] {
            assert!(flaw(wrong).is_some(), "{wrong}");
        }
        for right in
            ["^v[0-9]+$", "[]]", "[^]]", "[[]", "(?i)a", "a(?=b)", "(?<!x)y", "[(]", "\\(", "a|b", "[\\]]", ".*"]
        {
            assert_eq!(flaw(right), None, "{right}");
        }
    }
}
