//! Tokens of OAuth applications.
//!
//! Observed: the token itself is in the answer to its creation alone; names are not unique; there is no read of one token, but a list
//! of all, newest first (in pages, as Quay's source tells); nobody gives scopes that the own token lacks (403).

use registry_http::{Answer, Collection, Endpoint, Kind, Listing, Repetition};
use serde::{Deserialize, Serialize};
use terraform_framework::Secret;

use super::applications::ApplicationKey;
use super::robots::secret;
use crate::features;

/// A token as administrators of the organization see it.
#[derive(Clone, Deserialize)]
pub struct ApplicationTokenJson {
    pub uuid: String,
    /// Null of tokens that were made in another way.
    #[serde(default)]
    pub name: Option<String>,
    /// With spaces between the scopes.
    pub scope: String,
    #[serde(default)]
    pub expires_at: Option<String>,
    #[serde(default)]
    pub created: Option<String>,
    /// The user for whom it acts.
    #[serde(default)]
    pub created_by: Option<String>,
    /// The token itself: in the answer to its creation alone.
    #[serde(default, deserialize_with = "secret")]
    pub token: Option<Secret>,
}

impl ApplicationTokenJson {
    /// Its scopes.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.scope.split([' ', ',']).filter(|scope| !scope.is_empty())
    }
}

/// What a new token is made of.
#[derive(Debug, Clone, Serialize)]
pub struct NewApplicationToken {
    pub name: String,
    /// With spaces between the scopes.
    pub scope: String,
    /// Seconds; ten years when it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiration: Option<i64>,
}

/// Names one token.
#[derive(Debug, Clone)]
pub struct ApplicationTokenKey {
    pub application: ApplicationKey,
    pub uuid: String,
}

const ADMIN: &str = "org:admin";
const TOKENS: &str = "organization/{organization}/applications/{client_id}/tokens";

/// The tokens of an application.
pub struct ApplicationTokens;

impl Collection for ApplicationTokens {
    type Key = ApplicationTokenKey;
    type Item = ApplicationTokenJson;
    const NAME: &'static str = "tokens of OAuth applications";
    const SINGLES: u32 = 0;

    fn parent(key: &ApplicationTokenKey) -> String {
        key.application.to_string()
    }

    fn name(key: &ApplicationTokenKey) -> String {
        key.uuid.clone()
    }

    fn name_of(_: &str, token: &ApplicationTokenJson) -> Option<String> {
        Some(token.uuid.clone())
    }

    fn single(key: &ApplicationTokenKey) -> Endpoint<ApplicationTokenJson> {
        first_page(key)
    }

    fn list(key: &ApplicationTokenKey) -> Listing<ApplicationTokenJson> {
        list(&key.application)
    }
}

/// What says that a token may be on a further page.
pub const FURTHER: &str = "it is not on the first page of the list";

/// A token out of the first page of the list. One that is not there while there are further pages is refused, with [`FURTHER`].
fn first_page(key: &ApplicationTokenKey) -> Endpoint<ApplicationTokenJson> {
    let (wanted, taken) = (key.uuid.clone(), key.uuid.clone());
    page(&key.application)
        .held_by(&key.application.organization)
        .check(move |found, answer: &Answer| {
            let has_more = answer.text_at("/next_page").is_some_and(|token| token.starts_with('"'));
            match (found.iter().any(|token| token.uuid == wanted), has_more) {
                (true, _) => Ok(()),
                (false, true) => Err((Kind::Rejected, FURTHER.to_owned())),
                (false, false) => Err((Kind::NotFound, "there is no such token".to_owned())),
            }
        })
        .map(move |found| found.into_iter().find(|token| token.uuid == taken))
        .check(|found, _| found.is_some().then_some(()).ok_or((Kind::NotFound, String::new())))
        .map(|found| found.unwrap_or_else(nobodys))
}

/// Never seen: what is not there was refused before.
fn nobodys() -> ApplicationTokenJson {
    ApplicationTokenJson {
        uuid: String::new(),
        name: None,
        scope: String::new(),
        expires_at: None,
        created: None,
        created_by: None,
        token: None,
    }
}

fn page(key: &ApplicationKey) -> Endpoint<Vec<ApplicationTokenJson>> {
    Endpoint::get(TOKENS, &key.names())
        .within("/tokens")
        .describe(format!("list the tokens of OAuth application {key}"))
        .ability(&features::APPLICATION_TOKENS)
        .requires_scope(ADMIN)
}

/// All tokens of an application, newest first.
pub fn list(key: &ApplicationKey) -> Listing<ApplicationTokenJson> {
    Listing::token(page(key), "next_page")
}

/// Makes a token. When the answer is lost, so is the token: then what is found has none.
pub fn create(key: &ApplicationKey, body: &NewApplicationToken) -> Endpoint<ApplicationTokenJson> {
    let (wanted, asked) = (body.clone(), body.name.clone());
    Endpoint::<ApplicationTokenJson>::post(TOKENS, &key.names())
        .describe(format!("create token {:?} of OAuth application {key}", body.name))
        .json(body)
        .ability(&features::APPLICATION_TOKENS)
        .requires_scope("org:admin (and every scope that the new token is to have)")
        .invalidates::<ApplicationTokens>(key.to_string())
        .identified(move |made| made.name.as_ref().is_none_or(|name| *name == asked))
        .repetition(Repetition::compared(
            format!("tokens of {key}"),
            list(key),
            |item: &ApplicationTokenJson| item.uuid.clone(),
            move |found| (found.name.as_ref() == Some(&wanted.name) && found.scope == wanted.scope).then_some(found),
            |made| made.uuid.clone(),
        ))
}

/// Revokes a token.
pub fn delete(key: &ApplicationTokenKey) -> Endpoint<()> {
    let names = [key.application.organization.as_str(), &key.application.client_id, &key.uuid];
    Endpoint::delete("organization/{organization}/applications/{client_id}/tokens/{uuid}", &names)
        .describe(format!("revoke token {} of OAuth application {}", key.uuid, key.application))
        .ability(&features::APPLICATION_TOKENS)
        .requires_scope(ADMIN)
        .held_by(&key.application.organization)
        .invalidates::<ApplicationTokens>(key.application.to_string())
        .no_content()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(more: bool) -> Answer {
        let next = if more { r#", "next_page": "x""# } else { "" };
        let token = r#"{"uuid": "u1", "name": "n", "scope": "repo:read", "expires_at": null}"#;
        Answer::new(200, "application/json", format!(r#"{{"tokens": [{token}]{next}}}"#))
    }

    #[test]
    fn a_token_on_a_further_page_is_not_taken_for_gone() {
        let application = ApplicationKey { organization: "acme".to_owned(), client_id: "I".to_owned() };
        let find = |uuid: &str, more: bool| {
            let key = ApplicationTokenKey { application: application.clone(), uuid: uuid.to_owned() };
            ApplicationTokens::single(&key).decode(&answer(more)).map(|token| token.uuid)
        };
        assert_eq!(find("u1", true), Ok("u1".to_owned()));
        assert_eq!(find("u2", true), Err(FURTHER.to_owned()));
        assert_eq!(find("u2", false), Err("there is no such token".to_owned()));
    }
}
