//! Data source `quay_organizations`.
//!
//! Endpoint: `superuser/organizations/`; see [`crate::api::organizations`].

use async_trait::async_trait;
use terraform_framework::{Computed, Context, DataSource, Model, Nested, Result};

use crate::api::organizations::{self, NamedJson};
use crate::client::Quay;

/// Reads all organizations of the registry.
///
/// Scope: `super:user`, of a superuser. The server needs FEATURE_SUPER_USERS. The organizations of the token's own user
/// are in `quay_current_user`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_organizations", subcategory = "Organizations")]
pub struct OrganizationsData {
    /// The organizations, by name.
    #[computed]
    organizations: Computed<Vec<OrganizationItem>>,
}

/// An organization in a list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Nested)]
pub struct OrganizationItem {
    /// Name of the organization.
    #[computed]
    name: String,
    /// E-mail address of its contact; `""` for none.
    #[computed]
    email: String,
    /// How many bytes its repositories may hold; null without a limit of its own or of the whole registry, and where the server manages
    /// no quotas.
    #[computed]
    quota_bytes: Option<i64>,
    /// How many bytes they hold, as last counted by the server; null when it does not count.
    #[computed]
    used_bytes: Option<i64>,
}

impl From<NamedJson> for OrganizationItem {
    fn from(json: NamedJson) -> Self {
        let report = json.quota_report.as_ref();
        Self {
            name: json.name,
            email: json.email.unwrap_or_default(),
            quota_bytes: report.and_then(|report| report.configured_quota),
            used_bytes: report.and_then(|report| report.quota_bytes),
        }
    }
}

#[async_trait]
impl DataSource for OrganizationsData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, _: Self) -> Result<Self> {
        let found = cx.list(organizations::list_all()).await?;
        let mut organizations: Vec<OrganizationItem> = found.into_iter().map(OrganizationItem::from).collect();
        organizations.sort();
        Ok(Self { organizations: Computed::from(organizations) })
    }
}
