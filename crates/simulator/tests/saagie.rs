//! The simulated Saagie platform, seen over HTTP.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use axum::serve;
use registry_simulator::saagie::{Options, Saagie, Unknown};
use reqwest::{Client, Response};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::net::TcpListener;

const ALL: &str = "query allDockerCredentialsQuery($projectId: UUID!) {
  allDockerCredentials(projectId: $projectId) { id registry username lastUpdate jobs { id } } }";
const ONE: &str = "query dockerCredentialsQuery($id: UUID!, $projectId: UUID!) {
  dockerCredentials(id: $id, projectId: $projectId) { id registry username lastUpdate jobs { id } } }";
const CREATE: &str = "mutation createDockerCredentialsMutation($registry: String, $username: String!, $password: String!, $projectId: UUID!) {
  createDockerCredentials(dockerCredentials: {registry: $registry username: $username password: $password projectId: $projectId}) { id registry username lastUpdate } }";
const UPDATE: &str = "mutation updateDockerCredentialsMutation($id: UUID!, $registry: String, $username: String, $password: String!, $projectId: UUID!) {
  updateDockerCredentials(dockerCredentialsUpdate: {id: $id registry: $registry username: $username password: $password projectId: $projectId}) { id registry username lastUpdate } }";
const DELETE: &str = "mutation deleteDockerCredentialsMutation($id: UUID!, $projectId: UUID!) {
  deleteDockerCredentials(id: $id projectId: $projectId) }";

const UNKNOWN: &str = "860b8dc8-e734-4c98-b2e7-f9ec32ab4771";

struct Platform {
    url: String,
    saagie: Arc<Saagie>,
    client: Client,
    token: String,
}

async fn start() -> Platform {
    start_with(Options::default()).await
}

/// A platform, logged in to.
async fn start_with(options: Options) -> Platform {
    let saagie = Saagie::new(options);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = saagie.clone().router();
    tokio::spawn(async move { serve(listener, router).await });
    let mut platform = Platform { url, saagie, client: Client::new(), token: String::new() };
    platform.token = platform.log_in(&platform.saagie.realm(), &platform.saagie.password()).await.text().await.unwrap();
    platform
}

impl Platform {
    async fn log_in(&self, realm: &str, password: &str) -> Response {
        let body = json!({"login": self.saagie.username(), "password": password});
        let url = format!("{}/authentication/api/open/authenticate", self.url);
        self.client.post(url).header("Saagie-Realm", realm).json(&body).send().await.unwrap()
    }

    async fn send(&self, token: &str, platform_id: u32, body: &Value) -> Response {
        let url = format!("{}/projects/api/platform/{platform_id}/graphql", self.url);
        self.client.post(url).bearer_auth(token).json(body).send().await.unwrap()
    }

    /// Runs an operation in the first project, unless the variables name another.
    async fn run(&self, query: &str, mut variables: Value) -> Value {
        if variables.get("projectId").is_none() {
            variables["projectId"] = json!(self.saagie.project_id());
        }
        let body = json!({"query": query, "variables": variables});
        let response = self.send(&self.token, self.saagie.platform_id(), &body).await;
        assert_eq!(response.status(), 200);
        response.json().await.unwrap()
    }

    /// Runs an operation that must not fail and gives its one field.
    async fn ok(&self, query: &str, variables: Value) -> Value {
        let answer = self.run(query, variables).await;
        assert_eq!(answer.get("errors"), None, "{answer}");
        answer["data"].as_object().unwrap().values().next().unwrap().clone()
    }

    /// Runs an operation that must fail with 200, null and an error.
    async fn fails(&self, query: &str, variables: Value) -> String {
        let before = self.saagie.dump();
        let answer = self.run(query, variables).await;
        assert!(
            answer["data"].is_null() || answer["data"].as_object().unwrap().values().all(Value::is_null),
            "{answer}"
        );
        assert_eq!(self.saagie.dump(), before);
        answer["errors"][0]["message"].as_str().unwrap().to_owned()
    }

    async fn create(&self, registry: Option<&str>, username: &str) -> Value {
        self.ok(CREATE, json!({"registry": registry, "username": username, "password": "first"})).await
    }

    /// The only credential, as the platform holds it.
    fn stored(&self) -> Value {
        self.saagie.dump()["projects"][self.saagie.project_id()]["docker_credentials"][0].clone()
    }

    fn edit(&self, change: impl FnOnce(&mut Value)) {
        let mut state = self.saagie.dump();
        change(&mut state);
        self.saagie.replace(state).unwrap();
    }
}

#[tokio::test]
async fn a_login_answers_the_bare_token() {
    let platform = start().await;
    let response = platform.log_in("saagie", &platform.saagie.password()).await;
    assert_eq!(response.status(), 200);
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/plain"));
    let token = response.text().await.unwrap();
    assert!(token.chars().all(char::is_alphanumeric) && token != platform.token);
    let body = json!({"query": "{ __typename }"});
    assert_eq!(platform.send(&token, 1, &body).await.status(), 200);
}

#[tokio::test]
async fn a_wrong_login_or_realm_is_refused_with_the_chosen_status() {
    for status in [401, 403] {
        let platform = start_with(Options { refused_login_status: status, ..Options::default() }).await;
        let password = platform.saagie.password();
        for (realm, password) in [("saagie", "wrong"), ("other", password.as_str())] {
            assert_eq!(platform.log_in(realm, password).await.status(), status);
        }
    }
}

#[tokio::test]
async fn what_is_given_is_used_and_stays_out_of_the_settings() {
    let options = Options {
        username: Some("me".into()),
        password: Some("secret".into()),
        realm: Some("realm".into()),
        platform_id: Some(6),
        ..Options::default()
    };
    let platform = start_with(options).await;
    let saagie = &platform.saagie;
    let found = (saagie.username(), saagie.password(), saagie.realm(), saagie.platform_id());
    assert_eq!(found, ("me".into(), "secret".into(), "realm".into(), 6));
    assert_eq!(saagie.dump()["settings"].as_object().unwrap().len(), 3);
    platform.ok(ALL, json!({})).await;
}

#[tokio::test]
async fn a_token_is_needed_and_can_expire() {
    let platform = start().await;
    let body = json!({"query": "{ __typename }"});
    assert_eq!(platform.send("", 1, &body).await.status(), 401);
    assert_eq!(platform.send(&platform.token, 2, &body).await.status(), 404);
    platform.edit(|state| state["tokens"] = json!([]));
    assert_eq!(platform.send(&platform.token, 1, &body).await.status(), 401);
    let fresh = platform.log_in("saagie", &platform.saagie.password()).await.text().await.unwrap();
    assert_eq!(platform.send(&fresh, 1, &body).await.status(), 200);
}

#[tokio::test]
async fn the_life_of_a_credential() {
    let platform = start().await;
    let made = platform.create(Some("quay.io"), "robot$proj+ci").await;
    assert_eq!((&made["registry"], &made["username"]), (&json!("quay.io"), &json!("robot$proj+ci")));
    let id = json!({"id": made["id"]});
    let read = platform.ok(ONE, id.clone()).await;
    assert_eq!((&read["id"], &read["username"], &read["jobs"]), (&made["id"], &made["username"], &json!([])));
    assert_eq!(platform.ok(ALL, json!({})).await, json!([read]));
    assert_eq!(platform.ok(DELETE, id.clone()).await, true);
    assert_eq!(platform.ok(ALL, json!({})).await, json!([]));
    assert_eq!(platform.ok(ONE, id).await, Value::Null);
}

#[tokio::test]
async fn the_last_update_is_written_in_two_ways() {
    let platform = start().await;
    let made = platform.create(None, "me").await;
    platform.edit(|state| {
        let project = state["first_project"].as_str().unwrap().to_owned();
        state["projects"][project]["docker_credentials"][0]["last_update"] = json!("2022-04-26T14:20:17.138482Z");
    });
    assert_eq!(platform.ok(ONE, json!({"id": made["id"]})).await["lastUpdate"], "2022-04-26T14:20:17.138Z");
    let update = json!({"id": made["id"], "password": "second"});
    let written = platform.ok(UPDATE, update).await["lastUpdate"].as_str().unwrap().to_owned();
    let (moment, zone) = written.split_once('[').unwrap();
    assert_eq!((moment.len(), zone), ("2022-04-26T14:20:17.138482Z".len(), "UTC]"));
    assert_ne!(moment, "2022-04-26T14:20:17.138482Z");
}

#[tokio::test]
async fn an_update_resets_the_registry_and_keeps_the_username() {
    let platform = start().await;
    let id = platform.create(Some("quay.io"), "me").await["id"].clone();
    let kept = platform.ok(UPDATE, json!({"id": id, "registry": "quay.io", "password": "second"})).await;
    assert_eq!((&kept["registry"], &kept["username"]), (&json!("quay.io"), &json!("me")));
    assert_eq!(platform.stored()["password"], "second");
    let reset = platform.ok(UPDATE, json!({"id": id, "username": "you", "password": "third"})).await;
    assert_eq!((&reset["registry"], &reset["username"]), (&Value::Null, &json!("you")));
    assert_eq!((&platform.stored()["password"], &platform.stored()["registry"]), (&json!("third"), &Value::Null));
}

#[tokio::test]
async fn the_password_is_mandatory_and_never_answered() {
    let platform = start().await;
    let id = platform.create(None, "me").await["id"].clone();
    assert_eq!(platform.stored()["password"], "first");
    platform.fails(UPDATE, json!({"id": id, "username": "you"})).await;
    platform.fails(CREATE, json!({"username": "you"})).await;
    platform.fails(&ALL.replace("username", "password"), json!({})).await;
}

#[tokio::test]
async fn registry_and_username_are_unique_in_a_project() {
    let platform = start().await;
    let first = platform.create(None, "me").await["id"].clone();
    let other = platform.create(Some("quay.io"), "me").await["id"].clone();
    platform.create(Some("quay.io"), "you").await;
    let again = json!({"registry": "quay.io", "username": "me", "password": "x"});
    assert!(platform.fails(CREATE, again).await.contains("already exist"));
    assert!(platform.fails(UPDATE, json!({"id": other, "password": "x"})).await.contains("already exist"));
    platform.ok(UPDATE, json!({"id": first, "password": "x"})).await;
    platform.edit(|state| state["projects"][UNKNOWN] = json!({"name": "second"}));
    let elsewhere = json!({"registry": "quay.io", "username": "me", "password": "x", "projectId": UNKNOWN});
    platform.ok(CREATE, elsewhere).await;
}

#[tokio::test]
async fn what_does_not_exist_is_null_or_an_error_when_read() {
    let platform = start().await;
    let id = json!({"id": UNKNOWN});
    let project = json!({"id": UNKNOWN, "projectId": UNKNOWN});
    for (query, variables) in [(ONE, &id), (ONE, &project), (ALL, &project)] {
        assert_eq!(platform.ok(query, variables.clone()).await, Value::Null);
    }
    platform.edit(|state| state["settings"]["unknown"] = json!("error"));
    for (query, variables) in [(ONE, &id), (ONE, &project), (ALL, &project)] {
        assert!(platform.fails(query, variables.clone()).await.contains("not exist"));
    }
    let chosen = start_with(Options { unknown: Unknown::Error, ..Options::default() }).await;
    chosen.fails(ONE, id).await;
}

#[tokio::test]
async fn what_does_not_exist_is_an_error_when_changed() {
    let platform = start().await;
    for project in [platform.saagie.project_id(), UNKNOWN.to_owned()] {
        let variables = json!({"id": UNKNOWN, "projectId": project, "username": "a", "password": "x"});
        platform.fails(UPDATE, variables.clone()).await;
        platform.fails(DELETE, json!({"id": UNKNOWN, "projectId": project})).await;
    }
    platform.fails(CREATE, json!({"projectId": UNKNOWN, "username": "a", "password": "x"})).await;
    platform.fails("mutation { createDockerCredentials { id } }", json!({})).await;
}

#[tokio::test]
async fn a_credential_in_use_is_deleted_or_not_as_chosen() {
    for user in ["jobs", "apps"] {
        let platform = start().await;
        let id = json!({"id": platform.create(None, "me").await["id"]});
        platform.edit(|state| {
            let project = state["first_project"].as_str().unwrap().to_owned();
            state["projects"][project]["docker_credentials"][0][user] = json!([{"id": UNKNOWN, "name": "nightly"}]);
        });
        if user == "jobs" {
            assert_eq!(platform.ok(ONE, id.clone()).await["jobs"], json!([{"id": UNKNOWN}]));
        }
        assert!(platform.fails(DELETE, id.clone()).await.contains("in use"));
        platform.edit(|state| state["settings"]["deletes_used"] = json!(true));
        assert_eq!(platform.ok(DELETE, id).await, true);
    }
}

#[tokio::test]
async fn the_dump_round_trips_and_a_foreign_value_is_refused() {
    let platform = start().await;
    platform.create(Some("quay.io"), "me").await;
    let before = platform.saagie.dump();
    platform.saagie.replace(before.clone()).unwrap();
    assert_eq!(platform.saagie.dump(), before);
    assert!(platform.saagie.replace(json!({"tokens": 1})).is_err());
    let mut misspelt = before.clone();
    misspelt["settings"]["deletes"] = json!(true);
    assert!(platform.saagie.replace(misspelt).is_err());
    assert_eq!(platform.saagie.dump(), before);
}

#[tokio::test]
async fn wrong_ids_and_broken_requests() {
    let platform = start().await;
    platform.fails(ONE, json!({"id": "not-an-id"})).await;
    let response = platform.send(&platform.token, 1, &json!({"no_query": 1})).await;
    assert!(response.status() == 400 || response.json::<Value>().await.unwrap().get("errors").is_some());
}

/// Name and type of each member, written as the schema language writes them.
fn members(list: &Value) -> Vec<String> {
    fn shown(kind: &Value) -> String {
        match kind["kind"].as_str().unwrap() {
            "NON_NULL" => format!("{}!", shown(&kind["ofType"])),
            "LIST" => format!("[{}]", shown(&kind["ofType"])),
            _ => kind["name"].as_str().unwrap().to_owned(),
        }
    }
    list.as_array()
        .unwrap()
        .iter()
        .map(|member| format!("{}: {}", member["name"].as_str().unwrap(), shown(&member["type"])))
        .collect()
}

#[tokio::test]
async fn introspection_shows_the_platforms_types() {
    let platform = start().await;
    let query = "query T($name: String!) { __type(name: $name) { kind
        fields { name type { ...T } args { name type { ...T } } } inputFields { name type { ...T } } } }
        fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";
    let of = |name: &'static str| platform.ok(query, json!({"name": name}));
    let object = of("DockerCredentials").await;
    let fields =
        ["id: UUID!", "registry: String", "username: String!", "lastUpdate: DateTime!", "jobs: [Job!]", "apps: [App!]"];
    assert_eq!(members(&object["fields"]), fields);
    let input = of("DockerCredentialsInput").await;
    assert_eq!(
        members(&input["inputFields"]),
        ["registry: String", "username: String!", "password: String!", "projectId: UUID!"]
    );
    let update = of("DockerCredentialsUpdate").await;
    let fields = ["id: UUID!", "registry: String", "username: String", "password: String!", "projectId: UUID!"];
    assert_eq!(members(&update["inputFields"]), fields);
    let query_type = of("Query").await;
    assert_eq!(
        members(&query_type["fields"]),
        ["allDockerCredentials: [DockerCredentials!]", "dockerCredentials: DockerCredentials"]
    );
    assert_eq!(members(&query_type["fields"][1]["args"]), ["id: UUID!", "projectId: UUID!"]);
    let mutation = of("Mutation").await;
    let fields = [
        "createDockerCredentials: DockerCredentials",
        "updateDockerCredentials: DockerCredentials",
        "deleteDockerCredentials: Boolean",
    ];
    assert_eq!(members(&mutation["fields"]), fields);
    assert_eq!(members(&mutation["fields"][0]["args"]), ["dockerCredentials: DockerCredentialsInput"]);
    assert_eq!(members(&mutation["fields"][1]["args"]), ["dockerCredentialsUpdate: DockerCredentialsUpdate"]);
    for scalar in ["UUID", "DateTime"] {
        assert_eq!(of(scalar).await["kind"], "SCALAR");
    }
}
