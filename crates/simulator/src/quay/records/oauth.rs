//! What programs log in with, beside robots: OAuth applications of organizations with their tokens, and users' app tokens.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An OAuth application of an organization.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// Names it everywhere.
    pub client_id: String,
    /// What it proves itself with.
    pub client_secret: String,
    /// Its name, which others may have too.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Its home page.
    pub application_uri: String,
    /// Where it is sent back to.
    pub redirect_uri: String,
    /// Whose picture it has.
    pub avatar_email: Option<String>,
    /// Its tokens, the oldest first.
    #[serde(default)]
    pub api_tokens: Vec<ApiToken>,
}

/// A token of an OAuth application: it acts for the user who made it, as far as its scopes go.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiToken {
    /// Names it.
    pub uuid: String,
    /// For people.
    pub name: String,
    /// Scopes with spaces between them.
    pub scope: String,
    /// When it ends (ISO 8601).
    pub expires_at: String,
    /// When it was made (ISO 8601).
    pub created: String,
    /// For whom it acts.
    pub created_by: String,
    /// When it was last used.
    pub last_accessed: Option<String>,
    /// The token itself.
    pub token: String,
}

/// An application that somebody asked a user to let in. The user has not answered yet.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssignedAuthorization {
    /// Names it.
    pub uuid: String,
    /// Who was asked.
    pub user: String,
    /// Which application.
    pub client_id: String,
    /// What it is called.
    pub application: String,
    /// Whose it is.
    pub organization: String,
    /// Where the user is sent to with the answer.
    pub redirect_uri: String,
    /// Scopes with spaces between them.
    pub scope: String,
}

/// A password of a user's own for a program.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppToken {
    /// Names it.
    pub uuid: String,
    /// Whose it is.
    pub user: String,
    /// For people; others may have the same.
    pub title: String,
    /// When it was made, as the API shows it.
    pub created: String,
    /// When it ends, where the server lets app tokens end.
    pub expiration: Option<String>,
    /// When it was last used.
    pub last_accessed: Option<String>,
    /// The password itself.
    pub token_code: String,
}

/// An OAuth access token.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// A name for tests to find it by; clients do not see it.
    pub label: String,
    /// Whose rights it has.
    pub user: String,
    /// Scopes to which those rights are cut.
    pub scopes: Vec<String>,
    /// Whether its time is over.
    #[serde(default)]
    pub expired: bool,
}

impl ApiToken {
    /// Whether its time is not over yet.
    pub(crate) fn is_valid(&self) -> bool {
        self.expires_at.parse::<Timestamp>().is_ok_and(|end| end > Timestamp::now())
    }
}
