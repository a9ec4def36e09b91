//! Repositories.
//!
//! Observed: creating needs description and visibility, and answers 201 without either; `PUT` changes the description alone and
//! ignores the rest; `changevisibility` answers 200 with null for an unknown repository; `changestate` is there only with
//! FEATURE_REPO_MIRROR; deleting answers 204 whether there was something or not. A list comes in pages of 100; that of an unknown
//! namespace is empty.

use std::collections::BTreeMap;

use registry_http::{Acknowledgement, Collection, Endpoint, Kind, Listing, NotFound, Repetition, Seen};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::keys::RepositoryKey;
use super::labels::Labels;
use super::namespaces::{FLAT_NOT_FOUND, same_name};
use super::permissions::{OfHolder, OfRepository};
use super::tags::Tags;
use crate::features;

/// A repository as Quay shows it.
#[derive(Debug, Clone, Deserialize)]
pub struct RepositoryJson {
    pub namespace: String,
    /// Without the namespace; may hold slashes.
    pub name: String,
    #[serde(default)]
    pub description: Option<String>,
    pub is_public: bool,
    /// `NORMAL`, `READ_ONLY` or `MIRROR`.
    #[serde(default)]
    pub state: Option<String>,
    /// In lists absent for anonymous readers.
    #[serde(default)]
    pub is_starred: Option<bool>,
    /// Only in single reads.
    #[serde(default)]
    pub can_admin: Option<bool>,
    /// Seconds, of the namespace. Only in single reads.
    #[serde(default)]
    pub tag_expiration_s: Option<i64>,
    /// Only in single reads, and only when asked for.
    #[serde(default)]
    pub tags: BTreeMap<String, TagJson>,
}

impl RepositoryJson {
    /// `public` or `private`.
    pub fn visibility(&self) -> &'static str {
        if self.is_public { "public" } else { "private" }
    }
}

/// A tag as a repository shows it.
#[derive(Debug, Clone, Deserialize)]
pub struct TagJson {
    #[serde(default)]
    pub manifest_digest: Option<String>,
    /// Bytes; absent for lists of manifests.
    #[serde(default)]
    pub size: Option<i64>,
    /// RFC 2822.
    #[serde(default)]
    pub last_modified: Option<String>,
}

/// What a new repository is made of.
#[derive(Debug, Clone, Serialize)]
pub struct NewRepository {
    pub description: String,
    /// `public` or `private`.
    pub visibility: String,
}

const ADMIN: &str = "repo:admin";

/// The repositories of a namespace.
pub struct Repositories;

impl Collection for Repositories {
    type Key = RepositoryKey;
    type Item = RepositoryJson;
    const NAME: &'static str = "repositories";

    fn parent(key: &RepositoryKey) -> String {
        key.namespace.clone()
    }

    fn name(key: &RepositoryKey) -> String {
        key.name.clone()
    }

    fn name_of(namespace: &str, repository: &RepositoryJson) -> Option<String> {
        (repository.namespace == namespace).then(|| repository.name.clone())
    }

    fn single(key: &RepositoryKey) -> Endpoint<RepositoryJson> {
        get(key)
    }

    fn list(key: &RepositoryKey) -> Listing<RepositoryJson> {
        list(&key.namespace)
    }
}

/// One repository, without its tags.
pub fn get(key: &RepositoryKey) -> Endpoint<RepositoryJson> {
    with_tags(key).query("includeTags", false)
}

/// One repository with its tags.
pub fn with_tags(key: &RepositoryKey) -> Endpoint<RepositoryJson> {
    let wanted = key.clone();
    Endpoint::<RepositoryJson>::get("repository/{namespace}/{+repository}", &key.names())
        .describe(format!("read repository {}", key.full_name()))
        .requires_scope("repo:read")
        .held_by(&key.namespace)
        .identified(move |found| same_name(&found.namespace, &wanted.namespace) && same_name(&found.name, &wanted.name))
}

/// The repositories of a namespace in which the token's user has a role, or all for its owners.
pub fn list(namespace: &str) -> Listing<RepositoryJson> {
    listing(namespace, Endpoint::get("repository", &[]))
}

/// The same with all that is public.
pub fn list_visible(namespace: &str) -> Listing<RepositoryJson> {
    listing(namespace, Endpoint::get("repository", &[]).query("public", true))
}

fn listing(namespace: &str, endpoint: Endpoint<Vec<RepositoryJson>>) -> Listing<RepositoryJson> {
    let wanted = namespace.to_owned();
    let endpoint = endpoint
        .query("namespace", namespace)
        .describe(format!("list the repositories of {namespace}"))
        .requires_scope("repo:read")
        .within("/repositories")
        .identified(move |items| items.iter().all(|item| same_name(&item.namespace, &wanted)))
        .check(|items, _| not_anonymous(items));
    Listing::token(endpoint, "next_page")
}

/// Quay answers a bad token as it answers nobody: with what is public, in items that lack `is_starred`.
fn not_anonymous(items: &[RepositoryJson]) -> Result<(), (Kind, String)> {
    match items.iter().any(|item| item.is_starred.is_none()) {
        true => Err((Kind::AnonymousView, "the answer is that for a reader without a token".to_owned())),
        false => Ok(()),
    }
}

#[derive(Deserialize)]
struct CreatedJson {
    namespace: String,
    name: String,
}

/// Creates a repository; one that exists already is refused.
pub fn create(key: &RepositoryKey, new: &NewRepository) -> Endpoint<()> {
    let body = json!({
        "namespace": key.namespace,
        "repository": key.name,
        "description": new.description,
        "visibility": new.visibility,
        "repo_kind": "image",
    });
    let (wanted, asked) = (new.clone(), key.clone());
    let endpoint = Endpoint::<CreatedJson>::post("repository", &[])
        .describe(format!("create repository {}", key.full_name()))
        .json(&body)
        .requires_scope("repo:create")
        .identified(move |made| made.namespace == asked.namespace && made.name == asked.name)
        .map(drop);
    let judge = move |found: RepositoryJson| {
        let same = found.description.as_deref().unwrap_or_default() == wanted.description
            && found.visibility() == wanted.visibility;
        if same { Seen::Ours(()) } else { Seen::other("it has another description or visibility") }
    };
    touching(endpoint, key).repetition(Repetition::confirmed(get(key), judge))
}

/// What hangs on the repository is touched with it: the creator gets a permission, default permissions apply.
fn touching(endpoint: Endpoint<()>, key: &RepositoryKey) -> Endpoint<()> {
    endpoint
        .invalidates::<Repositories>(&key.namespace)
        .invalidates::<OfRepository>(OfRepository::users_of(key))
        .invalidates::<OfRepository>(OfRepository::teams_of(key))
        .invalidates_all::<OfHolder>()
}

/// Changes the description.
pub fn describe(key: &RepositoryKey, description: &str) -> Endpoint<()> {
    Endpoint::<()>::put("repository/{namespace}/{+repository}", &key.names())
        .describe(format!("change the description of repository {}", key.full_name()))
        .json(&json!({ "description": description }))
        .requires_scope(ADMIN)
        .invalidates::<Repositories>(&key.namespace)
        .repetition(Repetition::IDEMPOTENT)
        .acknowledged(Acknowledgement::Object(&["success"]))
}

/// Makes it public or private.
pub fn change_visibility(key: &RepositoryKey, visibility: &str) -> Endpoint<()> {
    Endpoint::<()>::post("repository/{namespace}/{+repository}/changevisibility", &key.names())
        .describe(format!("make repository {} {visibility}", key.full_name()))
        .json(&json!({ "visibility": visibility }))
        .requires_scope(ADMIN)
        .not_found_when(NotFound::null(200, ""))
        .invalidates::<Repositories>(&key.namespace)
        .repetition(Repetition::IDEMPOTENT)
        .acknowledged(Acknowledgement::Object(&["success"]))
}

/// Asks somebody, by e-mail, to agree to get a repository's notifications; and tells whether that was done.
pub fn authorize_email(key: &RepositoryKey, email: &str) -> Endpoint<AuthorizedJson> {
    about_email(Endpoint::post(EMAIL, &[&key.namespace, &key.name, email]), "ask", key, email)
        .repetition(Repetition::IDEMPOTENT)
}

/// Whether somebody has agreed.
pub fn authorized_email(key: &RepositoryKey, email: &str) -> Endpoint<AuthorizedJson> {
    about_email(Endpoint::get(EMAIL, &[&key.namespace, &key.name, email]), "look whether it was agreed by", key, email)
        .not_found_when(FLAT_NOT_FOUND)
}

const EMAIL: &str = "repository/{namespace}/{+repository}/authorizedemail/{email}";

fn about_email(
    endpoint: Endpoint<AuthorizedJson>,
    verb: &str,
    key: &RepositoryKey,
    email: &str,
) -> Endpoint<AuthorizedJson> {
    let asked = email.to_owned();
    endpoint
        .identified(move |found| same_name(&found.email, &asked))
        .describe(format!("{verb} {email} to get the notifications of repository {}", key.full_name()))
        .requires_scope(ADMIN)
        .ability(&features::MAIL_NOTIFICATIONS)
}

/// An e-mail address that a repository's notifications may go to.
#[derive(Debug, Clone, Deserialize)]
pub struct AuthorizedJson {
    pub email: String,
    pub confirmed: bool,
}

/// Changes the state: `NORMAL`, `READ_ONLY`, `MIRROR`.
pub fn change_state(key: &RepositoryKey, state: &str) -> Endpoint<()> {
    Endpoint::<()>::put("repository/{namespace}/{+repository}/changestate", &key.names())
        .describe(format!("change the state of repository {} to {state}", key.full_name()))
        .json(&json!({ "state": state }))
        .requires_scope(ADMIN)
        .ability(&features::REPOSITORY_MIRROR)
        .invalidates::<Repositories>(&key.namespace)
        .repetition(Repetition::IDEMPOTENT)
        .acknowledged(Acknowledgement::Object(&["success"]))
}

/// Deletes a repository with all its images. Answered with success also when there is none.
pub fn delete(key: &RepositoryKey) -> Endpoint<()> {
    let endpoint = Endpoint::delete("repository/{namespace}/{+repository}", &key.names())
        .describe(format!("delete repository {}", key.full_name()))
        .requires_scope(ADMIN)
        .held_by(&key.namespace);
    touching(endpoint, key).invalidates::<Tags>(Tags::of(key)).invalidates_all::<Labels>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use registry_http::Answer;

    #[test]
    fn a_list_for_nobody_is_refused() {
        let decode = |body: &'static str| {
            list("acme").first().decode(&Answer::new(200, "application/json", body)).map(|items| items.len())
        };
        let known = r#"{"repositories": [{"namespace": "acme", "name": "a", "is_public": true, "is_starred": false}]}"#;
        let anonymous = r#"{"repositories": [{"namespace": "acme", "name": "a", "is_public": true}]}"#;
        assert_eq!(decode(known), Ok(1));
        assert!(decode(anonymous).is_err());
        assert_eq!(decode(r#"{"repositories": []}"#), Ok(0));
    }

    #[test]
    fn a_new_repository_always_says_its_description_and_visibility() {
        let key = RepositoryKey { namespace: "acme".to_owned(), name: "team/app".to_owned() };
        let new = NewRepository { description: String::new(), visibility: "private".to_owned() };
        let body = create(&key, &new).body().unwrap_or_default();
        assert_eq!((&body["description"], &body["visibility"]), (&json!(""), &json!("private")));
        assert_eq!(change_visibility(&key, "public").path(), Ok("repository/acme/team/app/changevisibility"));
    }
}
