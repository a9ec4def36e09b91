//! What the token's own user lets programs do, and what it was invited to.
//!
//! Observed: the list holds all tokens that act for the user, also those that have ended; another user's is not there (404); a wrong
//! password for a client key is a 400. Accepting an invitation accepts all of the user's in that organization; a code that is used up,
//! withdrawn or another user's is a 400. Read in Quay's source: looking at assigned authorizations takes the notices of them away.

use registry_http::{Answer, Endpoint, Kind, Listing, Repetition};
use serde::Deserialize;
use serde_json::json;
use terraform_framework::Secret;

use super::organizations::Organizations;
use super::robots::secret;
use super::teams::TeamMembers;
use crate::features;

/// A token that acts for the user, or an application that the user was asked to give one.
#[derive(Debug, Clone, Deserialize)]
pub struct AuthorizationJson {
    pub uuid: String,
    pub application: ApplicationOfJson,
    #[serde(default)]
    pub scopes: Vec<ScopeJson>,
    /// Where the user is sent to with the answer: of assigned ones alone.
    #[serde(default, rename = "redirectUri")]
    pub redirect_uri: Option<String>,
}

/// Whose authorization it is.
#[derive(Debug, Clone, Deserialize)]
pub struct ApplicationOfJson {
    pub name: String,
    #[serde(default)]
    pub description: Option<String>,
    /// Its home page.
    #[serde(default)]
    pub url: Option<String>,
    /// Of assigned ones alone.
    #[serde(default, rename = "clientId")]
    pub client_id: Option<String>,
    pub organization: NamedJson,
}

/// An application as everybody may see it.
#[derive(Debug, Clone, Deserialize)]
pub struct PublicApplicationJson {
    pub name: String,
    #[serde(default)]
    pub description: Option<String>,
    /// Its home page.
    #[serde(default)]
    pub uri: Option<String>,
    pub organization: NamedJson,
}

/// An organization by name.
#[derive(Debug, Clone, Deserialize)]
pub struct NamedJson {
    pub name: String,
}

/// A scope by name.
#[derive(Debug, Clone, Deserialize)]
pub struct ScopeJson {
    pub scope: String,
}

/// Where an accepted invitation leads.
#[derive(Debug, Clone, Deserialize)]
pub struct AcceptedJson {
    pub org: String,
    pub team: String,
}

const ADMIN: &str = "user:admin";

/// All tokens that act for the token's own user.
pub fn list() -> Listing<AuthorizationJson> {
    let endpoint = Endpoint::get("user/authorizations", &[]).within("/authorizations");
    Listing::whole(endpoint.describe("list what acts for the token's own user").requires_scope(ADMIN))
}

/// One of them.
pub fn get(uuid: &str) -> Endpoint<AuthorizationJson> {
    let wanted = uuid.to_owned();
    Endpoint::<AuthorizationJson>::get("user/authorizations/{uuid}", &[uuid])
        .describe(format!("read authorization {uuid}"))
        .requires_scope(ADMIN)
        .identified(move |found| found.uuid == wanted)
}

/// Ends the token of an authorization.
pub fn revoke(uuid: &str) -> Endpoint<()> {
    Endpoint::delete("user/authorizations/{uuid}", &[uuid])
        .describe(format!("revoke authorization {uuid}"))
        .requires_scope(ADMIN)
        .invalidates_all::<super::application_tokens::ApplicationTokens>()
        .no_content()
}

/// Applications that the token's own user was asked to let in.
pub fn list_assigned() -> Listing<AuthorizationJson> {
    let endpoint = Endpoint::get("user/assignedauthorization", &[]).within("/authorizations");
    let endpoint = endpoint.describe("list the applications that the token's own user was asked to let in");
    Listing::whole(endpoint.ability(&features::ASSIGNED_AUTHORIZATIONS).requires_scope(ADMIN))
}

/// Does not let an application in.
pub fn decline_assigned(uuid: &str) -> Endpoint<()> {
    Endpoint::delete("user/assignedauthorization/{uuid}", &[uuid])
        .describe(format!("decline authorization {uuid}"))
        .ability(&features::ASSIGNED_AUTHORIZATIONS)
        .requires_scope(ADMIN)
        .no_content()
}

/// What everybody may see of an application.
pub fn application(client_id: &str) -> Endpoint<PublicApplicationJson> {
    Endpoint::get("app/{client_id}", &[client_id])
        .describe(format!("read the OAuth application with client id {client_id}"))
}

/// What Docker takes in place of the own user's password.
#[derive(Deserialize)]
struct ClientKeyJson {
    #[serde(default, deserialize_with = "secret")]
    key: Option<Secret>,
}

/// Encrypts the own user's password. It changes nothing.
pub fn client_key(password: &Secret) -> Endpoint<Secret> {
    let empty = |made: &ClientKeyJson, _: &Answer| match made.key {
        Some(_) => Ok(()),
        None => Err((Kind::Undecodable, "it holds no encrypted password".to_owned())),
    };
    Endpoint::<ClientKeyJson>::post("user/clientkey", &[])
        .describe("encrypt the password of the token's own user")
        .json(&json!({ "password": password.expose() }))
        .hiding(&password.expose().to_owned().into())
        .requires_scope(ADMIN)
        .check(empty)
        .map(|made| made.key.unwrap_or_else(|| Secret::from("")))
        .repetition(Repetition::Safe)
}

/// Accepts an invitation to a team, and with it all of the user's in that organization.
pub fn accept_invitation(code: &str) -> Endpoint<AcceptedJson> {
    Endpoint::put("teaminvite/{code}", &[code])
        .describe("accept the invitation")
        .ability(&features::INVITATIONS)
        .requires_scope(ADMIN)
        .invalidates_all::<TeamMembers>()
        .invalidates_all::<Organizations>()
}

/// Declines an invitation to a team.
pub fn decline_invitation(code: &str) -> Endpoint<()> {
    Endpoint::delete("teaminvite/{code}", &[code])
        .describe("decline the invitation")
        .ability(&features::INVITATIONS)
        .requires_scope(ADMIN)
        .invalidates_all::<TeamMembers>()
        .no_content()
}
