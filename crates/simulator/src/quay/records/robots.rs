//! Robot accounts.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A robot account.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Robot {
    /// Tells the order of the last changes, in which lists come.
    pub touched: u64,
    /// When it was made, as the API shows it.
    pub created: String,
    /// When its token was last used.
    pub last_accessed: Option<String>,
    /// What it is for.
    pub description: String,
    /// Its password.
    pub token: String,
    /// Whatever its maker wanted to note.
    pub unstructured_metadata: Value,
    /// Issuers and subjects whose tokens may be exchanged for one of this robot.
    #[serde(default)]
    pub federation: Vec<Federation>,
}

/// An identity that may become a robot.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Federation {
    /// Who vouches.
    pub issuer: String,
    /// For whom.
    pub subject: String,
}
