//! Docker credentials of a project.
//!
//! From the platform's own schema: (registry, username) is unique in a project; a null registry is Docker Hub; an update must
//! carry the password, and one without registry goes back to Docker Hub; the password is never returned. The time of the last
//! update ends in `Z` when read, and in `Z[UTC]` in the answer to a mutation.

use registry_http::{Collection, Endpoint, Kind, Listing, NotFound, Repetition};
use serde::Deserialize;
use serde_json::json;
use terraform_framework::Secret;

use super::{Project, graphql};

/// Docker credentials as Saagie shows them.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CredentialsJson {
    pub id: String,
    #[serde(default)]
    pub registry: Option<String>,
    pub username: String,
    #[serde(default)]
    pub last_update: Option<String>,
    /// Absent in the answers to mutations; may be null.
    #[serde(default)]
    pub jobs: Option<Vec<JobJson>>,
}

/// A job that uses the credentials.
#[derive(Debug, Clone, Deserialize)]
pub struct JobJson {
    pub id: String,
}

/// What credentials are made of.
#[derive(Clone)]
pub struct Login {
    /// `None`: Docker Hub.
    pub registry: Option<String>,
    pub username: String,
    pub password: Secret,
}

impl Login {
    fn place(&self) -> &str {
        self.registry.as_deref().unwrap_or("Docker Hub")
    }

    fn is_of(&self, found: &CredentialsJson) -> bool {
        found.username == self.username && found.registry == self.registry
    }
}

/// Names the credentials of a project.
#[derive(Debug, Clone)]
pub struct CredentialsKey {
    pub project: Project,
    /// UUID.
    pub id: String,
}

/// The Docker credentials of a project.
pub struct AllCredentials;

impl Collection for AllCredentials {
    type Key = CredentialsKey;
    type Item = CredentialsJson;
    const NAME: &'static str = "Docker credentials";

    fn parent(key: &CredentialsKey) -> String {
        key.project.id.clone()
    }

    fn name(key: &CredentialsKey) -> String {
        key.id.clone()
    }

    fn name_of(_: &str, item: &CredentialsJson) -> Option<String> {
        Some(item.id.clone())
    }

    fn single(key: &CredentialsKey) -> Endpoint<CredentialsJson> {
        get(key)
    }

    fn list(key: &CredentialsKey) -> Listing<CredentialsJson> {
        list(&key.project)
    }
}

const GET: &str = "query dockerCredentialsQuery($id: UUID!, $projectId: UUID!) { \
                   dockerCredentials(id: $id, projectId: $projectId) { id registry username lastUpdate jobs { id } } }";
const LIST: &str = "query allDockerCredentialsQuery($projectId: UUID!) { \
                    allDockerCredentials(projectId: $projectId) { id registry username lastUpdate jobs { id } } }";
const CREATE: &str = "mutation createDockerCredentialsMutation($registry: String, $username: String!, $password: String!, \
                      $projectId: UUID!) { createDockerCredentials(dockerCredentials: {registry: $registry, username: $username, \
                      password: $password, projectId: $projectId}) { id registry username lastUpdate } }";
const UPDATE: &str = "mutation updateDockerCredentialsMutation($id: UUID!, $registry: String, $username: String, \
                      $password: String!, $projectId: UUID!) { updateDockerCredentials(dockerCredentialsUpdate: {id: $id, \
                      registry: $registry, username: $username, password: $password, projectId: $projectId}) \
                      { id registry username lastUpdate } }";
const DELETE: &str = "mutation deleteDockerCredentialsMutation($id: UUID!, $projectId: UUID!) { \
                      deleteDockerCredentials(id: $id, projectId: $projectId) }";

/// One project's credentials by their id; null is how the server says that there are none.
pub fn get(key: &CredentialsKey) -> Endpoint<CredentialsJson> {
    let wanted = key.id.clone();
    graphql::<CredentialsJson>(&key.project, GET, &json!({ "id": key.id, "projectId": key.project.id }))
        .describe(format!("read Docker credentials {}", key.id))
        .within("/data/dockerCredentials")
        .identified(move |found| found.id == wanted)
        .not_found_when(NotFound::null(200, "/data/dockerCredentials"))
        .repetition(Repetition::Safe)
}

/// All of a project's credentials; they come in one piece. Null is no list: it does not say that a project has none.
pub fn list(project: &Project) -> Listing<CredentialsJson> {
    let endpoint = graphql::<Vec<CredentialsJson>>(project, LIST, &json!({ "projectId": project.id }))
        .describe(format!("list the Docker credentials of project {}", project.id))
        .within("/data/allDockerCredentials")
        .repetition(Repetition::Safe);
    Listing::whole(endpoint)
}

/// Makes credentials; the same user of the same registry is refused a second time.
pub fn create(project: &Project, login: &Login) -> Endpoint<CredentialsJson> {
    let variables = json!({
        "registry": login.registry, "username": login.username, "password": login.password.expose(), "projectId": project.id,
    });
    let (wanted, asked) = (login.clone(), login.username.clone());
    let secret = secrecy::SecretString::from(login.password.expose().to_owned());
    graphql::<CredentialsJson>(project, CREATE, &variables)
        .describe(format!("create Docker credentials of {} for {}", login.username, login.place()))
        .within("/data/createDockerCredentials")
        .identified(move |made| made.username == asked)
        .hiding(&secret)
        .invalidates::<AllCredentials>(&project.id)
        .repetition(Repetition::compared(
            format!("Docker credentials of {}", project.id),
            list(project),
            |item| item.id.clone(),
            move |found| wanted.is_of(&found).then_some(found),
            |made| made.id.clone(),
        ))
}

/// Changes credentials. Always carries registry and password.
pub fn update(key: &CredentialsKey, login: &Login) -> Endpoint<CredentialsJson> {
    let variables = json!({
        "id": key.id, "registry": login.registry, "username": login.username, "password": login.password.expose(),
        "projectId": key.project.id,
    });
    let wanted = key.id.clone();
    let secret = secrecy::SecretString::from(login.password.expose().to_owned());
    graphql::<CredentialsJson>(&key.project, UPDATE, &variables)
        .describe(format!("change Docker credentials {}", key.id))
        .within("/data/updateDockerCredentials")
        .identified(move |changed| changed.id == wanted)
        .hiding(&secret)
        .invalidates::<AllCredentials>(&key.project.id)
        .repetition(Repetition::IDEMPOTENT)
}

/// Deletes credentials. From the platform's own schema: the answer is a nullable boolean.
pub fn delete(key: &CredentialsKey) -> Endpoint<()> {
    graphql::<Option<bool>>(&key.project, DELETE, &json!({ "id": key.id, "projectId": key.project.id }))
        .describe(format!("delete Docker credentials {}", key.id))
        .within("/data/deleteDockerCredentials")
        .invalidates::<AllCredentials>(&key.project.id)
        .repetition(Repetition::IDEMPOTENT)
        .check(|deleted, _| match deleted {
            Some(true) => Ok(()),
            Some(false) | None => Err((Kind::Rejected, "the server says that it did not delete them".to_owned())),
        })
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::{CredentialsKey, delete, list};
    use crate::api::Project;
    use registry_http::Answer;

    fn project() -> Project {
        Project { platform: "1".to_owned(), id: "p".to_owned() }
    }

    fn answer(body: &'static str) -> Answer {
        Answer::new(200, "application/json", body)
    }

    #[test]
    fn null_is_no_list() {
        let is_list = |body| list(&project()).first().decode(&answer(body)).is_ok();
        assert!(is_list(r#"{"data": {"allDockerCredentials": []}}"#));
        for other in [r#"{"data": {"allDockerCredentials": null}}"#, r#"{"data": {}}"#, r#"{"data": null}"#, "{}"] {
            assert!(!is_list(other), "{other}");
        }
    }

    #[test]
    fn only_true_says_that_they_are_deleted() {
        let key = CredentialsKey { project: project(), id: "i".to_owned() };
        let is_deleted = |body| delete(&key).decode(&answer(body)).is_ok();
        assert!(is_deleted(r#"{"data": {"deleteDockerCredentials": true}}"#));
        for other in ["false", "null", "{}", "\"x\"", "1", "[]", "\"true\""] {
            let body = format!(r#"{{"data": {{"deleteDockerCredentials": {other}}}}}"#);
            let deleted = delete(&key).decode(&Answer::new(200, "application/json", body)).is_ok();
            assert!(!deleted, "{other}");
        }
        assert!(!is_deleted("{}") && !is_deleted(r#"{"data": {}}"#));
    }
}
