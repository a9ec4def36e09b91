//! Data source `saagie_docker_credentials`.

use std::collections::BTreeSet;

use async_trait::async_trait;
use terraform_framework::{Computed, Context, DataSource, Error, Model, Result, check};

use super::docker_credentials::{jobs, last_update, uuid};
use crate::api::credentials::{self, CredentialsJson, CredentialsKey};
use crate::client::Saagie;

/// Reads Docker credentials of a Saagie project, by their id, or by user and registry. The password is never returned.
#[derive(Debug, Clone, Model)]
#[model(
    type = "saagie_docker_credentials",
    exactly_one_of(credentials_id, username),
    conflicting(credentials_id, registry)
)]
pub struct DockerCredentialsData {
    /// UUID of the project.
    #[attribute(required, check = uuid())]
    project_id: String,
    /// UUID of the credentials.
    #[attribute(optional, computed, check = uuid())]
    credentials_id: Computed<String>,
    /// Name of the user at the registry.
    #[attribute(optional, computed, check = check::length(1, 255))]
    username: Computed<String>,
    /// Address of the registry; Docker Hub when it is not set.
    #[attribute(optional, computed, check = check::length(1, 255))]
    registry: Computed<Option<String>>,
    /// When they were last changed (RFC 3339).
    #[computed]
    last_update: Computed<String>,
    /// UUIDs of the jobs that use them.
    #[computed]
    jobs: Computed<BTreeSet<String>>,
}

#[async_trait]
impl DataSource for DockerCredentialsData {
    type Client = Saagie;

    async fn read(cx: &mut Context<Saagie>, config: Self) -> Result<Self> {
        let found = match config.credentials_id.known() {
            Some(id) => config.by_id(cx, id).await?,
            None => config.by_login(cx).await?,
        };
        Ok(Self {
            project_id: config.project_id,
            last_update: Computed::from(last_update(&found)),
            jobs: Computed::from(jobs(&found)),
            credentials_id: Computed::from(found.id),
            username: Computed::from(found.username),
            registry: Computed::from(found.registry),
        })
    }
}

impl DockerCredentialsData {
    async fn by_id(&self, cx: &Context<Saagie>, id: &str) -> Result<CredentialsJson> {
        let key = CredentialsKey { project: cx.project(&self.project_id), id: id.to_owned() };
        let missing = || format!("Project {} has no Docker credentials {id}.", self.project_id);
        cx.find(credentials::get(&key)).await?.ok_or_else(|| not_found(missing()).at("credentials_id"))
    }

    async fn by_login(&self, cx: &Context<Saagie>) -> Result<CredentialsJson> {
        let username = self.username.get()?;
        let registry = self.registry.known().and_then(Option::as_ref);
        let all = cx.list(credentials::list(&cx.project(&self.project_id))).await?;
        let fits = |c: &CredentialsJson| &c.username == username && c.registry.as_ref() == registry;
        let place = registry.map_or("Docker Hub", String::as_str);
        let missing = || format!("Project {} has no Docker credentials of {username:?} for {place}.", self.project_id);
        all.into_iter().find(fits).ok_or_else(|| not_found(missing()).at("username"))
    }
}

fn not_found(detail: String) -> Error {
    Error::new("Docker credentials not found", detail)
}
