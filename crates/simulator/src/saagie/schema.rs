//! The part of the platform's GraphQL schema that concerns Docker credentials. Of its own scalars this part uses `UUID`
//! and `DateTime`.

use super::state::{self, Credentials, Project, State, Time, Unknown, lock};
use async_graphql::{
    Context, EmptySubscription, Error, InputObject, InputValueError, InputValueResult, Object, Result, Scalar,
    ScalarType, SimpleObject, Value,
};
use jiff::Timestamp;
use std::sync::{Arc, Mutex, MutexGuard};

/// The schema with its state.
pub(super) type Schema = async_graphql::Schema<Query, Mutation, EmptySubscription>;

/// Builds the schema over a state.
pub(super) fn build(state: Arc<Mutex<State>>) -> Schema {
    Schema::build(Query, Mutation, EmptySubscription).data(state).finish()
}

/// An id in the usual form of 36 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Uuid(String);

#[Scalar(name = "UUID")]
impl ScalarType for Uuid {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => {
                let id: uuid::Uuid = text.parse().map_err(InputValueError::custom)?;
                Ok(Self(id.to_string()))
            }
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

/// A moment as text; the platform writes it in more than one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DateTime(String);

impl DateTime {
    /// As queries answer it: milliseconds.
    fn as_read(time: Time) -> Self {
        Self(time.0.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string())
    }

    /// As mutations answer it: microseconds, and the zone twice.
    fn as_written(time: Time) -> Self {
        Self(time.0.strftime("%Y-%m-%dT%H:%M:%S.%6fZ[UTC]").to_string())
    }
}

#[Scalar]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => Ok(Self(text)),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

/// A job that uses a credential.
#[derive(SimpleObject)]
pub(super) struct Job {
    id: Uuid,
    name: String,
}

/// An app that uses a credential.
#[derive(SimpleObject)]
pub(super) struct App {
    id: Uuid,
    name: String,
}

/// A login to a container registry, without its password.
#[derive(SimpleObject)]
pub(super) struct DockerCredentials {
    id: Uuid,
    registry: Option<String>,
    username: String,
    last_update: DateTime,
    jobs: Option<Vec<Job>>,
    apps: Option<Vec<App>>,
}

impl DockerCredentials {
    fn new(credentials: &Credentials, last_update: DateTime) -> Self {
        let job = |user: &state::User| Job { id: Uuid(user.id.clone()), name: user.name.clone() };
        let app = |user: &state::User| App { id: Uuid(user.id.clone()), name: user.name.clone() };
        Self {
            id: Uuid(credentials.id.clone()),
            registry: credentials.registry.clone(),
            username: credentials.username.clone(),
            last_update,
            jobs: Some(credentials.jobs.iter().map(job).collect()),
            apps: Some(credentials.apps.iter().map(app).collect()),
        }
    }

    fn as_read(credentials: &Credentials) -> Self {
        Self::new(credentials, DateTime::as_read(credentials.last_update))
    }

    fn as_written(credentials: &Credentials) -> Self {
        Self::new(credentials, DateTime::as_written(credentials.last_update))
    }
}

/// A new credential.
#[derive(InputObject)]
pub(super) struct DockerCredentialsInput {
    registry: Option<String>,
    username: String,
    password: String,
    project_id: Uuid,
}

/// A changed credential.
#[derive(InputObject)]
pub(super) struct DockerCredentialsUpdate {
    id: Uuid,
    registry: Option<String>,
    username: Option<String>,
    password: String,
    project_id: Uuid,
}

fn held<'c>(context: &Context<'c>) -> Result<MutexGuard<'c, State>> {
    context.data::<Arc<Mutex<State>>>().map(|state| lock(state))
}

fn unknown_project(id: &Uuid) -> Error {
    Error::new(format!("The project {} does not exist", id.0))
}

fn unknown_credentials(id: &Uuid) -> Error {
    Error::new(format!("The docker credentials {} do not exist", id.0))
}

fn project_mut<'s>(state: &'s mut State, id: &Uuid) -> Result<&'s mut Project> {
    state.projects.get_mut(&id.0).ok_or_else(|| unknown_project(id))
}

/// Null or an error, as chosen, for something that does not exist.
fn missing<T>(state: &State, error: Error) -> Result<Option<T>> {
    match state.settings.unknown {
        Unknown::Null => Ok(None),
        Unknown::Error => Err(error),
    }
}

/// Refuses a registry and username that another credential of the project has.
fn check_free(project: &Project, registry: Option<&str>, username: &str, but: Option<&str>) -> Result<()> {
    if project.is_taken(registry, username, but) {
        let registry = registry.unwrap_or("Docker Hub");
        return Err(Error::new(format!(
            "Docker credentials for {username} on {registry} already exist in the project"
        )));
    }
    Ok(())
}

/// What can be read.
pub(super) struct Query;

#[Object]
impl Query {
    /// All credentials of a project.
    async fn all_docker_credentials(
        &self,
        context: &Context<'_>,
        project_id: Uuid,
    ) -> Result<Option<Vec<DockerCredentials>>> {
        let state = held(context)?;
        match state.projects.get(&project_id.0) {
            Some(project) => Ok(Some(project.docker_credentials.iter().map(DockerCredentials::as_read).collect())),
            None => missing(&state, unknown_project(&project_id)),
        }
    }

    /// One credential of a project.
    async fn docker_credentials(
        &self,
        context: &Context<'_>,
        id: Uuid,
        project_id: Uuid,
    ) -> Result<Option<DockerCredentials>> {
        let state = held(context)?;
        let Some(project) = state.projects.get(&project_id.0) else {
            return missing(&state, unknown_project(&project_id));
        };
        match project.docker_credentials.iter().find(|credentials| credentials.id == id.0) {
            Some(credentials) => Ok(Some(DockerCredentials::as_read(credentials))),
            None => missing(&state, unknown_credentials(&id)),
        }
    }
}

/// What can be changed.
pub(super) struct Mutation;

#[Object]
impl Mutation {
    /// Makes a credential. Without a registry it is for Docker Hub.
    async fn create_docker_credentials(
        &self,
        context: &Context<'_>,
        docker_credentials: Option<DockerCredentialsInput>,
    ) -> Result<Option<DockerCredentials>> {
        let new = docker_credentials.ok_or_else(|| Error::new("dockerCredentials must not be null"))?;
        let mut state = held(context)?;
        let project = project_mut(&mut state, &new.project_id)?;
        check_free(project, new.registry.as_deref(), &new.username, None)?;
        let credentials = Credentials {
            id: uuid::Uuid::new_v4().to_string(),
            registry: new.registry,
            username: new.username,
            password: new.password,
            last_update: Time(Timestamp::now()),
            ..Credentials::default()
        };
        let answer = DockerCredentials::as_written(&credentials);
        project.docker_credentials.push(credentials);
        Ok(Some(answer))
    }

    /// Changes a credential. Without a registry it becomes one for Docker Hub; without a username it keeps its own.
    async fn update_docker_credentials(
        &self,
        context: &Context<'_>,
        docker_credentials_update: Option<DockerCredentialsUpdate>,
    ) -> Result<Option<DockerCredentials>> {
        let new = docker_credentials_update.ok_or_else(|| Error::new("dockerCredentialsUpdate must not be null"))?;
        let mut state = held(context)?;
        let project = project_mut(&mut state, &new.project_id)?;
        let place = project.place_of(&new.id.0).ok_or_else(|| unknown_credentials(&new.id))?;
        let mut changed = project.docker_credentials[place].clone();
        changed.username = new.username.unwrap_or(changed.username);
        changed.registry = new.registry;
        changed.password = new.password;
        changed.last_update = Time(Timestamp::now());
        check_free(project, changed.registry.as_deref(), &changed.username, Some(&changed.id))?;
        let answer = DockerCredentials::as_written(&changed);
        project.docker_credentials[place] = changed;
        Ok(Some(answer))
    }

    /// Deletes a credential.
    async fn delete_docker_credentials(
        &self,
        context: &Context<'_>,
        id: Uuid,
        project_id: Uuid,
    ) -> Result<Option<bool>> {
        let mut state = held(context)?;
        let deletes_used = state.settings.deletes_used;
        let project = project_mut(&mut state, &project_id)?;
        let place = project.place_of(&id.0).ok_or_else(|| unknown_credentials(&id))?;
        let credentials = &project.docker_credentials[place];
        let is_used = !credentials.jobs.is_empty() || !credentials.apps.is_empty();
        if is_used && !deletes_used {
            return Err(Error::new(format!("The docker credentials {} are in use", id.0)));
        }
        project.docker_credentials.remove(place);
        Ok(Some(true))
    }
}
