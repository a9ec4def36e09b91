//! Data source `quay_organization`.
//!
//! Endpoint: `organization/{organization}`; see [`crate::api::organizations`].

use std::collections::BTreeMap;

use async_trait::async_trait;
use terraform_framework::{Computed, Context, DataSource, Model, Nested, Result};

use crate::api::organizations::{OrganizationJson, Organizations};
use crate::api::quota_types::{QuotaJson, QuotaLimitJson};
use crate::client::Quay;
use crate::names;
use crate::teams::team;

/// Reads an organization with its teams and its quota.
///
/// Scope: `org:admin`. A member who is no administrator sees teams and quota, but not the settings: those are null then.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_organization")]
pub struct OrganizationData {
    /// Name of the organization.
    #[attribute(required, check = names::namespace())]
    name: String,
    /// E-mail address of its contact; `""` for none, null when the token may not see it.
    #[computed]
    email: Computed<Option<String>>,
    /// How long deleted and overwritten tags can be brought back, in seconds; null when the token may not see it.
    #[computed]
    tag_expiration_s: Computed<Option<i64>>,
    /// Whether invoices are sent by e-mail; null when the token may not see it.
    #[computed]
    invoice_email: Computed<Option<bool>>,
    /// Where invoices are sent, if not to `email`; null otherwise, and when the token may not see it.
    #[computed]
    invoice_email_address: Computed<Option<String>>,
    /// Whether the token may administer the organization.
    #[computed]
    is_admin: Computed<bool>,
    /// The teams, by name.
    #[computed]
    teams: Computed<BTreeMap<String, OrganizationTeam>>,
    /// The organization's own quota; null when it has none, or when the server manages no quotas.
    #[computed]
    quota: Computed<Option<OrganizationQuota>>,
    /// How many bytes its repositories hold, as last counted by the server; null when it does not count.
    #[computed]
    quota_used_bytes: Computed<Option<i64>>,
}

/// A team of an organization.
#[derive(Debug, Clone, Nested)]
pub struct OrganizationTeam {
    /// `member`, `creator` or `admin`.
    #[computed]
    role: String,
    /// What the team is for.
    #[computed]
    description: String,
    /// How many members it has.
    #[computed]
    member_count: Option<i64>,
    /// On how many repositories it has permissions.
    #[computed]
    repo_count: Option<i64>,
    /// Whether its members follow a group of a directory.
    #[computed]
    is_synced: bool,
}

/// A quota.
#[derive(Debug, Clone, Nested)]
pub struct OrganizationQuota {
    /// The quota in bytes.
    #[computed]
    limit_bytes: i64,
    /// What happens at parts of it.
    #[computed]
    limits: Vec<OrganizationQuotaLimit>,
}

/// What happens at a part of a quota.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Nested)]
pub struct OrganizationQuotaLimit {
    /// `Warning` or `Reject`.
    #[computed(name = "type")]
    kind: String,
    /// At how much of the quota, in percent.
    #[computed]
    threshold_percent: i64,
}

#[async_trait]
impl DataSource for OrganizationData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        let found = cx.read_fresh::<Organizations>(&config.name).await?;
        let found = found.ok_or_else(|| team::no_organization(&config.name))?;
        Ok(config.with(found.into_inner()))
    }
}

impl OrganizationData {
    fn with(self, view: OrganizationJson) -> Self {
        let quota = view.quotas.iter().flatten().find(|quota| quota.id.is_some()).cloned();
        let used = view.quota_report.as_ref().and_then(|report| report.quota_bytes);
        let teams = view.teams().clone().into_iter().map(|(name, team)| {
            let shown = OrganizationTeam {
                role: team.role,
                description: team.description.unwrap_or_default(),
                member_count: team.member_count,
                repo_count: team.repo_count,
                is_synced: team.is_synced.unwrap_or_default(),
            };
            (name, shown)
        });
        Self {
            name: self.name,
            email: Computed::from(view.email.filter(|_| view.is_admin)),
            tag_expiration_s: Computed::from(view.tag_expiration_s),
            invoice_email: Computed::from(view.invoice_email),
            invoice_email_address: Computed::from(view.invoice_email_address),
            is_admin: Computed::from(view.is_admin),
            teams: Computed::from(teams.collect::<BTreeMap<_, _>>()),
            quota: Computed::from(quota.map(OrganizationQuota::of)),
            quota_used_bytes: Computed::from(used),
        }
    }
}

impl OrganizationQuota {
    /// Limits in an order of their own: the server's says nothing, and changes.
    fn of(json: QuotaJson) -> Self {
        let limit = |limit: QuotaLimitJson| OrganizationQuotaLimit {
            kind: limit.spelled().to_owned(),
            threshold_percent: limit.limit_percent,
        };
        let mut limits: Vec<_> = json.limits.into_iter().map(limit).collect();
        limits.sort();
        Self { limit_bytes: json.limit_bytes, limits }
    }
}
