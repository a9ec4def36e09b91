//! OAuth applications of an organization.
//!
//! Observed: names are not unique and may be empty; creating answers 200; every view shows the client's secret; a change needs name and
//! both addresses, and resets what it leaves out of the rest; a name of more than 255 characters is a 500.

use registry_http::{Collection, Endpoint, Listing, Repetition};
use serde::{Deserialize, Serialize};
use terraform_framework::Secret;

use super::application_tokens::ApplicationTokens;
use super::robots::secret;

/// An application as administrators of its organization see it.
#[derive(Clone, Deserialize)]
pub struct ApplicationJson {
    pub name: String,
    pub client_id: String,
    #[serde(default, deserialize_with = "secret")]
    pub client_secret: Option<Secret>,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(default)]
    pub application_uri: Option<String>,
    #[serde(default)]
    pub redirect_uri: Option<String>,
    #[serde(default)]
    pub avatar_email: Option<String>,
}

/// What an application is to be. An address of a picture that is empty is left out, and so none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApplicationBody {
    pub name: String,
    pub description: String,
    pub application_uri: String,
    pub redirect_uri: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub avatar_email: String,
}

impl From<&ApplicationJson> for ApplicationBody {
    fn from(json: &ApplicationJson) -> Self {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        Self {
            name: json.name.clone(),
            description: text(&json.description),
            application_uri: text(&json.application_uri),
            redirect_uri: text(&json.redirect_uri),
            avatar_email: text(&json.avatar_email),
        }
    }
}

/// Names one application.
#[derive(Debug, Clone)]
pub struct ApplicationKey {
    pub organization: String,
    pub client_id: String,
}

impl ApplicationKey {
    pub(super) fn names(&self) -> [&str; 2] {
        [&self.organization, &self.client_id]
    }
}

impl std::fmt::Display for ApplicationKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.organization, self.client_id)
    }
}

const ADMIN: &str = "org:admin";
const APPLICATION: &str = "organization/{organization}/applications/{client_id}";

/// The applications of an organization.
pub struct Applications;

impl Collection for Applications {
    type Key = ApplicationKey;
    type Item = ApplicationJson;
    const NAME: &'static str = "OAuth applications";

    fn parent(key: &ApplicationKey) -> String {
        key.organization.clone()
    }

    fn name(key: &ApplicationKey) -> String {
        key.client_id.clone()
    }

    fn name_of(_: &str, application: &ApplicationJson) -> Option<String> {
        Some(application.client_id.clone())
    }

    fn single(key: &ApplicationKey) -> Endpoint<ApplicationJson> {
        get(key)
    }

    fn list(key: &ApplicationKey) -> Listing<ApplicationJson> {
        list(&key.organization)
    }
}

/// One application.
pub fn get(key: &ApplicationKey) -> Endpoint<ApplicationJson> {
    let wanted = key.client_id.clone();
    Endpoint::<ApplicationJson>::get(APPLICATION, &key.names())
        .describe(format!("read OAuth application {key}"))
        .requires_scope(ADMIN)
        .held_by(&key.organization)
        .identified(move |found| found.client_id == wanted)
}

/// All applications of an organization.
pub fn list(organization: &str) -> Listing<ApplicationJson> {
    let endpoint = Endpoint::get("organization/{organization}/applications", &[organization])
        .within("/applications")
        .describe(format!("list the OAuth applications of organization {organization}"));
    Listing::whole(endpoint.requires_scope(ADMIN))
}

/// Creates an application. Names do not tell which one it is, so a lost answer is settled by what is new and has this content.
pub fn create(organization: &str, body: &ApplicationBody) -> Endpoint<ApplicationJson> {
    let (wanted, asked) = (body.clone(), body.name.clone());
    Endpoint::<ApplicationJson>::post("organization/{organization}/applications", &[organization])
        .describe(format!("create OAuth application {:?} in organization {organization}", body.name))
        .json(body)
        .requires_scope(ADMIN)
        .invalidates::<Applications>(organization)
        .identified(move |made| made.name == asked)
        .repetition(Repetition::compared(
            format!("OAuth applications of {organization}"),
            list(organization),
            |item: &ApplicationJson| item.client_id.clone(),
            move |found| (ApplicationBody::from(&found) == wanted).then_some(found),
            |made| made.client_id.clone(),
        ))
}

/// Changes an application: all of it.
pub fn update(key: &ApplicationKey, body: &ApplicationBody) -> Endpoint<ApplicationJson> {
    let wanted = key.client_id.clone();
    Endpoint::<ApplicationJson>::put(APPLICATION, &key.names())
        .describe(format!("change OAuth application {key}"))
        .json(body)
        .requires_scope(ADMIN)
        .invalidates::<Applications>(&key.organization)
        .identified(move |found| found.client_id == wanted)
        .repetition(Repetition::IDEMPOTENT)
}

/// Gives an application a new secret; the old one ends at once.
pub fn reset_secret(key: &ApplicationKey) -> Endpoint<ApplicationJson> {
    // Whichever of several new secrets is the last one counts, and the answer to the last request shows it.
    let wanted = key.client_id.clone();
    Endpoint::<ApplicationJson>::post(
        "organization/{organization}/applications/{client_id}/resetclientsecret",
        &key.names(),
    )
    .describe(format!("reset the client secret of OAuth application {key}"))
    .requires_scope(ADMIN)
    .invalidates::<Applications>(&key.organization)
    .identified(move |found| found.client_id == wanted)
    .repetition(Repetition::IDEMPOTENT)
}

/// Deletes an application; its tokens end with it.
pub fn delete(key: &ApplicationKey) -> Endpoint<()> {
    Endpoint::delete(APPLICATION, &key.names())
        .describe(format!("delete OAuth application {key}"))
        .requires_scope(ADMIN)
        .held_by(&key.organization)
        .invalidates::<Applications>(&key.organization)
        .invalidates::<ApplicationTokens>(key.to_string())
        .no_content()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use registry_http::Answer;

    #[test]
    fn a_picture_of_nobody_is_null_or_empty_and_never_sent() {
        let body = r#"{"name": "a", "description": "", "application_uri": "", "client_id": "I", "client_secret": "S",
            "redirect_uri": "", "avatar_email": null}"#;
        let key = ApplicationKey { organization: "acme".to_owned(), client_id: "I".to_owned() };
        let found = get(&key).decode(&Answer::new(200, "application/json", body)).unwrap();
        let body = ApplicationBody::from(&found);
        assert_eq!(body.avatar_email, "");
        let sent = update(&key, &body).body().unwrap();
        assert_eq!(
            sent,
            serde_json::json!({"name": "a", "description": "", "application_uri": "", "redirect_uri": ""})
        );
    }
}
