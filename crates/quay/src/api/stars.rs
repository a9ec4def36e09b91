//! Stars: repositories that the token's own user has marked.
//!
//! Observed: marking one twice answers 201 both times, and an unknown repository 200 with null; taking a star away that is not there answers
//! 204, and of an unknown repository 200 with null. From Quay's source: the list comes in pages of 100, and holds private repositories too
//! that the user may no longer see.

use registry_http::{Collection, Endpoint, Listing, NotFound, Repetition, Seen};
use serde::Deserialize;
use serde_json::json;

use super::keys::RepositoryKey;

const ADMIN: &str = "user:admin";

/// A repository with a star.
#[derive(Debug, Clone, Deserialize)]
pub struct StarJson {
    pub namespace: String,
    /// Without the namespace.
    pub name: String,
}

impl StarJson {
    /// The repository's name in full.
    pub fn key(&self) -> RepositoryKey {
        RepositoryKey { namespace: self.namespace.clone(), name: self.name.clone() }
    }
}

/// The stars of the token's own user. The parent is always the same.
pub struct Stars;

impl Stars {
    /// Whose stars they are, as the parent of the collection.
    pub const OWN: &'static str = "own";
}

impl Collection for Stars {
    type Key = RepositoryKey;
    type Item = StarJson;
    const NAME: &'static str = "stars";
    // A single one is read by the list too.
    const SINGLES: u32 = 0;

    fn parent(_: &RepositoryKey) -> String {
        Self::OWN.to_owned()
    }

    fn name(key: &RepositoryKey) -> String {
        key.full_name()
    }

    fn name_of(_: &str, star: &StarJson) -> Option<String> {
        Some(star.key().full_name())
    }

    /// Out of the first page: what is not on it is not gone.
    fn single(key: &RepositoryKey) -> Endpoint<StarJson> {
        let wanted = key.clone();
        listing()
            .describe(format!("read the star of repository {}", key.full_name()))
            .pick("the repository has no star of the token's own user", move |found| {
                found.into_iter().find(|star| star.key() == wanted)
            })
    }

    fn list(_: &RepositoryKey) -> Listing<StarJson> {
        list()
    }
}

fn listing() -> Endpoint<Vec<StarJson>> {
    Endpoint::get("user/starred", &[])
        .within("/repositories")
        .describe("list the stars of the token's own user")
        .requires_scope(ADMIN)
}

/// All stars of the token's own user.
pub fn list() -> Listing<StarJson> {
    Listing::token(listing(), "next_page")
}

/// Gives a repository a star. Gone: there is no such repository. After a lost answer the star is looked for on the first page; one that is not
/// there is given once more, which changes nothing.
pub fn add(key: &RepositoryKey) -> Endpoint<()> {
    #[derive(Deserialize)]
    struct StarredJson {
        namespace: String,
        repository: String,
    }
    let wanted = key.clone();
    Endpoint::<StarredJson>::post("user/starred", &[])
        .describe(format!("star repository {}", key.full_name()))
        .json(&json!({ "namespace": key.namespace, "repository": key.name }))
        .requires_scope(ADMIN)
        .not_found_when(NotFound::null(200, ""))
        .invalidates::<Stars>(Stars::OWN)
        .identified(move |starred| starred.namespace == wanted.namespace && starred.repository == wanted.name)
        .map(drop)
        .repetition(Repetition::confirmed(Stars::single(key), |_| Seen::Ours(())))
}

/// Takes the star away.
pub fn remove(key: &RepositoryKey) -> Endpoint<()> {
    Endpoint::delete("user/starred/{namespace}/{+repository}", &key.names())
        .describe(format!("take the star of repository {}", key.full_name()))
        .requires_scope(ADMIN)
        .not_found_when(NotFound::null(200, ""))
        .invalidates::<Stars>(Stars::OWN)
        .no_content()
}
