//! Data source `saagie_docker_credentials_list`.

use std::collections::BTreeSet;

use async_trait::async_trait;
use terraform_framework::{Computed, Context, DataSource, Model, Nested, Result};

use super::docker_credentials::{jobs, last_update, uuid};
use crate::api::credentials::{self, CredentialsJson};
use crate::client::Saagie;

/// Reads all Docker credentials of a Saagie project. Passwords are never returned.
#[derive(Debug, Clone, Model)]
#[model(type = "saagie_docker_credentials_list")]
pub struct DockerCredentialsList {
    /// UUID of the project.
    #[attribute(required, check = uuid())]
    project_id: String,
    /// The credentials, by registry and user.
    #[computed]
    credentials: Computed<Vec<Entry>>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Nested)]
pub struct Entry {
    /// Address of the registry; null is Docker Hub.
    #[computed]
    registry: Option<String>,
    /// Name of the user at the registry.
    #[computed]
    username: String,
    /// UUID of the credentials.
    #[computed]
    credentials_id: String,
    /// When they were last changed (RFC 3339).
    #[computed]
    last_update: String,
    /// UUIDs of the jobs that use them.
    #[computed]
    jobs: BTreeSet<String>,
}

#[async_trait]
impl DataSource for DockerCredentialsList {
    type Client = Saagie;

    async fn read(cx: &mut Context<Saagie>, config: Self) -> Result<Self> {
        let all = cx.list(credentials::list(&cx.project(&config.project_id))).await?;
        let mut entries: Vec<Entry> = all.into_iter().map(Entry::of).collect();
        entries.sort();
        Ok(Self { credentials: Computed::from(entries), ..config })
    }
}

impl Entry {
    fn of(json: CredentialsJson) -> Self {
        Self {
            last_update: last_update(&json),
            jobs: jobs(&json),
            registry: json.registry,
            username: json.username,
            credentials_id: json.id,
        }
    }
}
