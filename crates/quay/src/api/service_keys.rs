//! Keys with which services, Quay's own among them, sign what they send to each other.
//!
//! Observed: creating answers 200 with the private half, which nothing shows again; the key is approved at once. Dates end in `GMT`.
//! The server adds members of its own to the metadata; a change adds to the metadata, so that nothing can be taken out of it. Approving
//! answers 201 with an empty page, also for a key that is approved already, which stays as it is.

use registry_http::{Collection, Endpoint, Listing, Repetition};
use registry_service::dates;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use terraform_framework::Secret;

use super::scopes::SUPERUSER;
use crate::features;

/// A service key.
#[derive(Debug, Clone, Deserialize)]
pub struct ServiceKeyJson {
    pub kid: String,
    #[serde(default)]
    pub name: Option<String>,
    pub service: String,
    /// The public half, as a JSON Web Key.
    #[serde(default)]
    pub jwk: Value,
    #[serde(default)]
    pub metadata: Map<String, Value>,
    #[serde(default)]
    pub created_date: Option<String>,
    /// Null for never.
    #[serde(default)]
    pub expiration_date: Option<String>,
    /// Null of a key that waits for it.
    #[serde(default)]
    pub approval: Option<ApprovalJson>,
}

/// Who let a key in.
#[derive(Debug, Clone, Deserialize)]
pub struct ApprovalJson {
    /// Null of the server's own keys.
    #[serde(default)]
    pub approver: Option<ApproverJson>,
    #[serde(default)]
    pub approved_date: Option<String>,
    #[serde(default)]
    pub notes: Option<String>,
}

/// A superuser.
#[derive(Debug, Clone, Deserialize)]
pub struct ApproverJson {
    pub username: String,
}

impl ServiceKeyJson {
    /// What the server notes in the metadata itself.
    pub const OWN_METADATA: [&str; 3] = ["created_by", "creator", "ip"];

    /// The metadata without what the server notes, and without what was taken out (which stays as null).
    pub fn own_metadata(&self) -> Map<String, Value> {
        let given =
            |(name, value): &(&String, &Value)| !Self::OWN_METADATA.contains(&name.as_str()) && !value.is_null();
        self.metadata.iter().filter(given).map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// Seconds since 1970.
    pub fn expiration(&self) -> Option<i64> {
        self.expiration_date.as_deref().and_then(dates::seconds)
    }

    /// What was said when it was approved.
    pub fn notes(&self) -> &str {
        self.approval.as_ref().and_then(|approval| approval.notes.as_deref()).unwrap_or_default()
    }
}

/// A new key.
#[derive(Debug, Clone, Serialize)]
pub struct NewServiceKey {
    pub service: String,
    pub name: String,
    pub metadata: Map<String, Value>,
    pub notes: String,
    /// Seconds since 1970; null for never. It must be there.
    pub expiration: Option<i64>,
}

/// A change: what is left out stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ServiceKeyChange {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Added to what is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiration: Option<Option<i64>>,
}

/// A key that was made.
pub struct MadeServiceKey {
    pub kid: String,
    /// In PEM; `None` when the answer that held it was lost.
    pub private_key: Option<Secret>,
}

#[derive(Deserialize)]
struct CreatedJson {
    kid: String,
    #[serde(default)]
    service: Option<String>,
    private_key: String,
}

/// All service keys of the registry.
pub struct ServiceKeys;

impl Collection for ServiceKeys {
    type Key = String;
    type Item = ServiceKeyJson;
    const NAME: &'static str = "service keys";

    fn parent(_: &String) -> String {
        String::new()
    }

    fn name(kid: &String) -> String {
        kid.clone()
    }

    fn name_of(_: &str, key: &ServiceKeyJson) -> Option<String> {
        Some(key.kid.clone())
    }

    fn single(kid: &String) -> Endpoint<ServiceKeyJson> {
        get(kid)
    }

    fn list(_: &String) -> Listing<ServiceKeyJson> {
        list()
    }
}

fn about<T: 'static>(endpoint: Endpoint<T>, action: impl Into<String>) -> Endpoint<T> {
    endpoint.describe(action).requires_scope(SUPERUSER).ability(&features::SUPERUSERS)
}

/// One key.
pub fn get(kid: &str) -> Endpoint<ServiceKeyJson> {
    let wanted = kid.to_owned();
    about(Endpoint::get("superuser/keys/{kid}", &[kid]), format!("read service key {kid}"))
        .identified(move |key: &ServiceKeyJson| key.kid == wanted)
}

/// All keys, in no order.
pub fn list() -> Listing<ServiceKeyJson> {
    Listing::whole(about(Endpoint::get("superuser/keys", &[]).within("/keys"), "list all service keys"))
}

/// Makes a key, which is approved at once.
pub fn create(body: &NewServiceKey) -> Endpoint<MadeServiceKey> {
    let (wanted, service) = (body.clone(), body.service.clone());
    about(Endpoint::<CreatedJson>::post("superuser/keys", &[]), format!("create a service key of {}", body.service))
        .json(body)
        .identified(move |made| made.service.as_ref().is_none_or(|of| *of == service))
        .invalidates::<ServiceKeys>("")
        .map(|made| MadeServiceKey { kid: made.kid, private_key: Some(Secret::from(made.private_key)) })
        .repetition(Repetition::compared(
            "service keys",
            list(),
            |key| key.kid.clone(),
            move |key| wanted.describes(&key).then_some(MadeServiceKey { kid: key.kid, private_key: None }),
            |made| made.kid.clone(),
        ))
}

impl NewServiceKey {
    /// Whether a key is as this would have made it.
    fn describes(&self, key: &ServiceKeyJson) -> bool {
        key.service == self.service
            && key.name.as_deref().unwrap_or_default() == self.name
            && key.notes() == self.notes
            && key.expiration() == self.expiration
            && key.own_metadata() == self.metadata
    }
}

/// Changes a key.
pub fn update(kid: &str, change: &ServiceKeyChange) -> Endpoint<ServiceKeyJson> {
    let wanted = kid.to_owned();
    about(Endpoint::put("superuser/keys/{kid}", &[kid]), format!("change service key {kid}"))
        .json(change)
        .identified(move |key: &ServiceKeyJson| key.kid == wanted)
        .invalidates::<ServiceKeys>("")
        .repetition(Repetition::IDEMPOTENT)
}

/// Deletes a key: what it signed is no longer believed.
pub fn delete(kid: &str) -> Endpoint<()> {
    about(Endpoint::delete("superuser/keys/{kid}", &[kid]), format!("delete service key {kid}"))
        .invalidates::<ServiceKeys>("")
        .no_content()
}

/// Lets a key in.
pub fn approve(kid: &str, notes: &str) -> Endpoint<()> {
    #[derive(Serialize)]
    struct Body<'a> {
        notes: &'a str,
    }
    about(Endpoint::<()>::post("superuser/approvedkeys/{kid}", &[kid]), format!("approve service key {kid}"))
        .json(&Body { notes })
        .invalidates::<ServiceKeys>("")
        .repetition(Repetition::IDEMPOTENT)
        .no_content()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;
    use registry_http::Answer;

    #[test]
    fn what_the_server_notes_is_not_the_users() {
        let body = r#"{"kid":"k","name":"n","service":"svc","jwk":{},"metadata":{"a":1,"b":null,"creator":"admin","ip":"::1"},
            "created_date":"Fri, 20 Nov 2026 14:19:38 GMT","expiration_date":"Sun, 17 Mar 2030 17:46:40 GMT","approval":null}"#;
        let key = get("k").decode(&Answer::new(200, "application/json", body)).unwrap();
        assert_eq!(Value::Object(key.own_metadata()), json!({"a": 1}));
        assert_eq!(key.expiration(), Some(1_900_000_000));
    }

    #[test]
    fn an_expiration_that_is_taken_away_is_null() {
        let change = ServiceKeyChange { expiration: Some(None), ..ServiceKeyChange::default() };
        assert_eq!(update("k", &change).body().unwrap(), json!({"expiration": null}));
        let new = NewServiceKey {
            service: "svc".to_owned(),
            name: String::new(),
            metadata: Map::new(),
            notes: String::new(),
            expiration: None,
        };
        assert_eq!(create(&new).body().unwrap()["expiration"], Value::Null);
    }

    #[test]
    fn an_approval_has_an_empty_answer() {
        assert!(approve("k", "").decode(&Answer::new(201, "text/html; charset=utf-8", "")).is_ok());
    }
}
