//! What belongs to the server as a whole: messages and service keys.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A notice on the web pages.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Its id.
    pub uuid: String,
    /// The text.
    pub content: String,
    /// `text/plain` or `text/markdown`.
    pub media_type: String,
    /// `info`, `warning` or `error`.
    pub severity: String,
}

/// A key with which a service signs. Nobody keeps the private half.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceKey {
    /// Tells the order of creation.
    pub number: u64,
    /// What it is called.
    pub name: String,
    /// Who signs with it.
    pub service: String,
    /// Public half: the modulus, in base64.
    pub modulus: String,
    /// Whatever its maker wanted to note, and what the server notes.
    pub metadata: Map<String, Value>,
    /// When it was made, in seconds.
    pub created: i64,
    /// When it ends, in seconds; null for never.
    pub expiration: Option<i64>,
    /// Who let it in; nobody yet of a key that a service brought itself.
    pub approval: Option<Approval>,
}

/// That a service key may be used.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// `SUPERUSER`, `KEY_ROTATION` or `AUTOMATIC`.
    pub kind: String,
    /// The superuser.
    pub approver: Option<String>,
    /// When, in seconds.
    pub date: i64,
    /// Why.
    pub notes: String,
}
