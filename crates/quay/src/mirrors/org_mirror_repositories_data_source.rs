//! Data source `quay_org_mirror_repositories`.
//!
//! Endpoint: `organization/{organization}/mirror/repositories`; see [`crate::api::org_mirrors`].

use async_trait::async_trait;
use terraform_framework::{Computed, Context, DataSource, Error, Model, Nested, Result};

use crate::api::org_mirrors::{self, MirroredJson};
use crate::client::Quay;
use crate::names;

/// Reads the repositories that the mirror of an organization has found at its source, and how far each is.
///
/// Scope: `org:admin`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_org_mirror_repositories")]
pub struct OrgMirrorRepositoriesData {
    /// The organization.
    #[attribute(required, check = names::namespace())]
    organization: String,
    /// The repositories, by name.
    #[computed]
    repositories: Computed<Vec<MirroredRepository>>,
}

/// A repository that was found.
#[derive(Debug, Clone, PartialEq, Eq, Nested)]
pub struct MirroredRepository {
    /// Name at the source, without its namespace.
    #[computed]
    name: String,
    /// How far it is: `NEVER_RUN`, `SYNC_NOW`, `SYNCING`, `SUCCESS`, `FAIL`, `CANCEL`, `SKIP`.
    #[computed]
    sync_status: String,
    /// When it was found (RFC 3339).
    #[computed]
    discovery_date: Option<String>,
    /// When it was last synchronized (RFC 3339); null before the first time.
    #[computed]
    last_sync_date: Option<String>,
    /// What the server has to say of it.
    #[computed]
    status_message: Option<String>,
    /// Full name of the repository that was made for it, `acme/app`; null before it was made.
    #[computed]
    quay_repository: Option<String>,
}

#[async_trait]
impl DataSource for OrgMirrorRepositoriesData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        let organization = &config.organization;
        let listed = cx.list(org_mirrors::repositories(organization)).await;
        let found = listed.map_err(|error| match error.is_not_found() {
            true => Error::new(
                format!("Organization {organization} is no mirror"),
                "There is no such organization, or it has no mirror. Create one with quay_org_mirror.",
            )
            .at("organization"),
            false => error.into(),
        })?;
        let mut repositories: Vec<_> = found.into_iter().map(MirroredRepository::from).collect();
        repositories.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Self { repositories: Computed::from(repositories), ..config })
    }
}

impl From<MirroredJson> for MirroredRepository {
    fn from(json: MirroredJson) -> Self {
        Self {
            name: json.name,
            sync_status: json.sync_status,
            discovery_date: json.discovery_date,
            last_sync_date: json.last_sync_date,
            status_message: json.status_message.filter(|message| !message.is_empty()),
            quay_repository: json.quay_repository,
        }
    }
}
