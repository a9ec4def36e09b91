//! `saagie_docker_credentials`: a login to a registry, with which a project's jobs and apps pull images.
//!
//! GraphQL operations: see [`crate::api::credentials`].

use std::collections::BTreeSet;

use async_trait::async_trait;
use registry_http::{Found as Read, Kind};
use registry_service::exists_already;
use terraform_framework::{Computed, Context, Error, Found, List, Model, Resource, Result, SecretArgument, check};

use crate::api::credentials::{self, AllCredentials, CredentialsJson, CredentialsKey, Login};
use crate::client::Saagie;

/// Manages Docker credentials of a Saagie project: the login with which the platform pulls images of a registry.
///
/// Saagie never returns the password, and demands it with every change: changes of `registry` or `username` send it again. A user
/// of a registry can have credentials only once in a project.
#[derive(Debug, Clone, Model)]
#[model(
    type = "saagie_docker_credentials",
    id = "{project_id}/{credentials_id}",
    identity(project_id, credentials_id),
    exactly_one_of(password, password_wo),
    subcategory = "Docker credentials"
)]
pub struct DockerCredentials {
    /// UUID of the project. A change replaces the credentials.
    #[attribute(required, requires_replace, check = uuid())]
    project_id: String,
    /// Address of the registry, such as `quay.example.com`; Docker Hub when it is not set.
    #[attribute(optional, check = check::length(1, 255))]
    registry: Option<String>,
    /// Name of the user at the registry, such as a robot's.
    #[attribute(required, check = check::length(1, 255))]
    username: String,
    /// Password of the user at the registry.
    #[attribute(optional, not_returned = "Saagie never returns it")]
    password: SecretArgument,
    /// UUID of the credentials.
    #[computed(use_state_for_unknown)]
    credentials_id: Computed<String>,
    /// When they were last changed (RFC 3339).
    #[computed]
    last_update: Computed<String>,
    /// UUIDs of the jobs that use them.
    #[computed(use_state_for_unknown)]
    jobs: Computed<BTreeSet<String>>,
}

/// A UUID in lower case, as Saagie writes it.
pub fn uuid() -> terraform_framework::schema::Check {
    check::text("a UUID", |text| {
        let groups: Vec<&str> = text.split('-').collect();
        let fits = groups.iter().map(|g| g.len()).eq([8, 4, 4, 4, 12]);
        let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        match fits && groups.iter().all(|g| g.chars().all(hex)) {
            true => Ok(()),
            false => {
                Err(format!("{text:?} is not a UUID such as \"5e923c6e-910b-4bc9-ab9e-e8ddf3415e80\" (lower case)."))
            }
        }
    })
}

#[async_trait]
impl Resource for DockerCredentials {
    type Client = Saagie;

    async fn create(cx: &mut Context<Saagie>, plan: Self) -> Result<Self> {
        let project = cx.project(&plan.project_id);
        match cx.send(credentials::create(&project, &plan.login()?)).await {
            Ok(made) => Ok(plan.with(made)),
            Err(error) => Err(plan.explain(cx, error).await),
        }
    }

    async fn read(cx: &mut Context<Saagie>, state: Self) -> Result<Option<Self>> {
        let key = state.key(cx)?;
        let found = match cx.read::<AllCredentials>(&key).await {
            Ok(found) => found.map(Read::into_inner),
            Err(error) if error.kind() == Kind::Rejected => still_there(cx, &key).await.map_err(|_| error)?,
            Err(error) => return Err(error.into()),
        };
        Ok(found.map(|found| state.with(found)))
    }

    async fn update(cx: &mut Context<Saagie>, state: Self, plan: Self) -> Result<Self> {
        let key = state.key(cx)?;
        let moved = (&state.registry, &state.username) != (&plan.registry, &plan.username);
        if !moved && !plan.password.changed_since(&state.password) {
            return Ok(Self {
                credentials_id: state.credentials_id,
                last_update: state.last_update,
                jobs: state.jobs,
                ..plan
            });
        }
        let changed = cx.send(credentials::update(&key, &plan.login()?)).await?;
        Ok(Self { jobs: state.jobs, ..plan }.with(changed))
    }

    async fn delete(cx: &mut Context<Saagie>, state: Self) -> Result<()> {
        let key = state.key(cx)?;
        if let Err(error) = cx.delete(credentials::delete(&key)).await {
            // Saagie has no answer of its own for credentials that are gone already, and none was found in public material.
            return match still_there(cx, &key).await {
                Ok(None) => Ok(()),
                Ok(Some(found)) => Err(Error::from(error).with_hint(in_use(&found))),
                Err(failed) => {
                    Err(error.note(format!("A look at the server afterwards failed: {}.", failed.summary())).into())
                }
            };
        }
        Ok(())
    }
}

/// What a query for credentials that are gone answers is not published: null, or an error that others look like too. Only a list that
/// lacks them is certain.
async fn still_there(cx: &Saagie, key: &CredentialsKey) -> registry_http::Result<Option<CredentialsJson>> {
    Ok(cx.list(credentials::list(&key.project)).await?.into_iter().find(|found| found.id == key.id))
}

fn in_use(found: &CredentialsJson) -> String {
    match found.jobs.as_deref().unwrap_or_default() {
        [] => "The credentials are still there.".to_owned(),
        jobs => {
            let ids: Vec<&str> = jobs.iter().map(|j| j.id.as_str()).collect();
            format!("The credentials are used by {} jobs: {}. Give these others first.", ids.len(), ids.join(", "))
        }
    }
}

impl DockerCredentials {
    fn key(&self, cx: &Context<Saagie>) -> Result<CredentialsKey> {
        Ok(CredentialsKey { project: cx.project(&self.project_id), id: self.credentials_id.get()?.clone() })
    }

    /// Says what the server's refusal of new credentials means, where others of this user and registry are there.
    async fn explain(&self, cx: &Context<Saagie>, error: registry_http::Error) -> Error {
        if matches!(error.kind(), Kind::Conflict | Kind::Rejected)
            && let Ok(all) = cx.list(credentials::list(&cx.project(&self.project_id))).await
            && let Some(found) = all.iter().find(|f| (&f.registry, &f.username) == (&self.registry, &self.username))
        {
            let place = self.registry.as_deref().unwrap_or("Docker Hub");
            let what = format!("login of {} to {place} in project {}", self.username, self.project_id);
            return exists_already("saagie_docker_credentials", &what, &format!("{}/{}", self.project_id, found.id));
        }
        error.into()
    }

    fn login(&self) -> Result<Login> {
        let missing = || {
            let detail =
                "Saagie demands the password with every change, and neither `password` nor `password_wo` gives it.";
            Error::new("Password is missing", detail).at("password")
        };
        let password = self.password.given().cloned().ok_or_else(missing)?;
        Ok(Login { registry: self.registry.clone(), username: self.username.clone(), password })
    }

    /// The same, as the server has it.
    fn with(mut self, json: CredentialsJson) -> Self {
        self.registry = json.registry.clone();
        self.username = json.username.clone();
        self.credentials_id = Computed::from(json.id.clone());
        self.last_update = Computed::from(last_update(&json));
        // The answers to mutations do not name the jobs: credentials that were just made have none, and a change moves none.
        if json.jobs.is_some() || self.jobs.known().is_none() {
            self.jobs = Computed::from(jobs(&json));
        }
        self
    }
}

/// The time of the last change in one form: mutations answer with `[UTC]` behind it, and with more digits than reads, which end
/// at milliseconds.
pub fn last_update(json: &CredentialsJson) -> String {
    let text = json.last_update.as_deref().unwrap_or_default().split('[').next().unwrap_or_default();
    match text.parse::<jiff::Timestamp>() {
        Ok(time) => time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
        Err(_) => text.to_owned(),
    }
}

/// UUIDs of the jobs that use the credentials.
pub fn jobs(json: &CredentialsJson) -> BTreeSet<String> {
    json.jobs.iter().flatten().map(|job| job.id.clone()).collect()
}

/// Finds the Docker credentials of a project.
#[derive(Debug, Clone, Model)]
#[model(type = "saagie_docker_credentials")]
pub struct DockerCredentialsQuery {
    /// UUID of the project.
    #[attribute(required, check = uuid())]
    project_id: String,
}

#[async_trait]
impl List for DockerCredentials {
    type Query = DockerCredentialsQuery;

    async fn list(cx: &mut Context<Saagie>, query: Self::Query, found: &mut Found<Self>) -> Result<()> {
        let project = cx.project(&query.project_id);
        for json in cx.list(credentials::list(&project)).await? {
            let stub = Self {
                project_id: query.project_id.clone(),
                registry: None,
                username: String::new(),
                password: SecretArgument::default(),
                credentials_id: Computed::UNSET,
                last_update: Computed::UNSET,
                jobs: Computed::UNSET,
            };
            if !found.push(&stub.with(json)).await {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_has_one_form() {
        let json = |t: &str| CredentialsJson {
            id: "i".into(),
            registry: None,
            username: "u".into(),
            last_update: Some(t.into()),
            jobs: None,
        };
        assert_eq!(last_update(&json("2026-11-20T14:00:00Z[UTC]")), last_update(&json("2026-11-20T14:00:00Z")));
        assert_eq!(last_update(&json("2026-11-20T14:00:00.123987Z[UTC]")), "2026-11-20T14:00:00.123Z");
    }
}
