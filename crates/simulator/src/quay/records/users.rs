//! Users.

use serde::{Deserialize, Serialize};

use super::namespaces::Namespace;

/// A user.
#[derive(Clone, Serialize, Deserialize)]
pub struct User {
    /// What it shares with organizations.
    #[serde(flatten)]
    pub namespace: Namespace,
    /// Whether the user may log in.
    pub enabled: bool,
    /// Whether the e-mail address was confirmed.
    pub verified: bool,
    /// Company, family name, given name, location.
    #[serde(default)]
    pub profile: Profile,
    /// What the web interface asks at the next login.
    #[serde(default)]
    pub prompts: Vec<String>,
    /// What logs in to the web pages.
    #[serde(default)]
    pub password: String,
    /// Services whose logins are the user's too.
    #[serde(default)]
    pub logins: Vec<String>,
    /// What the directory calls the user, where that is another name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory_name: Option<String>,
    /// How often the user was logged out of the web pages everywhere.
    #[serde(default)]
    pub sign_outs: u64,
    /// How often the user was sent an e-mail with which to choose another password.
    #[serde(default)]
    pub recovery_emails: u64,
    /// Invitations that the user was told of, the oldest first. They stay when the invitation is taken back.
    #[serde(default)]
    pub notifications: Vec<Notification>,
}

impl User {
    /// A new one, who may log in, and has no password here.
    pub fn new(namespace: Namespace) -> Self {
        Self {
            namespace,
            enabled: true,
            verified: true,
            profile: Profile::default(),
            prompts: Vec::new(),
            password: String::new(),
            logins: Vec::new(),
            directory_name: None,
            sign_outs: 0,
            recovery_emails: 0,
            notifications: Vec::new(),
        }
    }
}

/// What tells a user of an invitation to a team.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notification {
    /// Its id.
    pub id: String,
    /// When it was sent, as the API shows it.
    pub created: String,
    /// Code of the invitation.
    pub code: String,
    /// Who invited.
    pub inviter: String,
    /// The team's organization.
    pub organization: String,
    /// The team.
    pub team: String,
    /// Whether the user has put it away.
    #[serde(default)]
    pub dismissed: bool,
}

/// What users tell about themselves.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Profile {
    /// Company.
    pub company: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// Given name.
    pub given_name: Option<String>,
    /// Location.
    pub location: Option<String>,
}
