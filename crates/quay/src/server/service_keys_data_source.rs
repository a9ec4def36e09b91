//! Data source `quay_service_keys`.
//!
//! Endpoint: `superuser/keys`; see [`crate::api::service_keys`].

use async_trait::async_trait;
use registry_service::dates;
use serde_json::Value;
use terraform_framework::{Computed, Context, DataSource, Json, Model, Nested, Result};

use crate::api::service_keys::{self, ServiceKeyJson};
use crate::client::Quay;

/// Reads the service keys of the registry, those too that wait to be approved.
///
/// Scope: `super:user`, of a superuser. The server needs FEATURE_SUPER_USERS.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_service_keys", subcategory = "Service keys")]
pub struct ServiceKeysData {
    /// Only keys of this service.
    #[attribute(optional)]
    service: Option<String>,
    /// The keys, by id.
    #[computed]
    keys: Computed<Vec<ServiceKeyItem>>,
}

/// A service key in a list.
#[derive(Debug, Clone, Nested)]
pub struct ServiceKeyItem {
    /// Id of the key.
    #[computed]
    kid: String,
    /// Name of the service that signs with it.
    #[computed]
    service: String,
    /// What the key is called.
    #[computed]
    name: String,
    /// When it ends (RFC 3339); null for never.
    #[computed]
    expiration: Option<String>,
    /// A JSON object that is kept with the key, without what Quay notes itself.
    #[computed]
    metadata: Json,
    /// Why it was approved.
    #[computed]
    notes: String,
    /// Whether it was approved: until then it is not believed.
    #[computed]
    approved: bool,
    /// Superuser who approved it; null where the server did itself, and where nobody has.
    #[computed]
    approved_by: Option<String>,
    /// When it was approved (RFC 3339).
    #[computed]
    approved_at: Option<String>,
    /// The public half as a JSON Web Key.
    #[computed]
    jwk: Json,
    /// When it was made (RFC 3339).
    #[computed]
    created: Option<String>,
}

impl From<ServiceKeyJson> for ServiceKeyItem {
    fn from(json: ServiceKeyJson) -> Self {
        let approval = json.approval.as_ref();
        Self {
            expiration: json.expiration_date.as_deref().and_then(dates::rfc3339),
            metadata: Json::from(&Value::Object(json.own_metadata())),
            notes: json.notes().to_owned(),
            approved: approval.is_some(),
            approved_by: approval.and_then(|a| Some(a.approver.as_ref()?.username.clone())),
            approved_at: approval.and_then(|a| dates::rfc3339(a.approved_date.as_deref()?)),
            created: json.created_date.as_deref().and_then(dates::rfc3339),
            jwk: Json::from(&json.jwk),
            name: json.name.unwrap_or_default(),
            service: json.service,
            kid: json.kid,
        }
    }
}

#[async_trait]
impl DataSource for ServiceKeysData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        let wanted = |key: &ServiceKeyJson| config.service.as_ref().is_none_or(|service| *service == key.service);
        let found = cx.list(service_keys::list()).await?;
        let mut keys: Vec<_> = found.into_iter().filter(wanted).map(ServiceKeyItem::from).collect();
        keys.sort_by(|a, b| a.kid.cmp(&b.kid));
        Ok(Self { keys: Computed::from(keys), ..config })
    }
}
