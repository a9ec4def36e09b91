//! A server on a port of its own, and requests to it whose answers are checked for what holds of all answers.

use axum::serve;
use registry_simulator::harbor::{Harbor, Options};
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::net::TcpListener;

/// An answer: its body is null when it was empty.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Code and message of the error.
    pub(crate) fn error(&self) -> (&str, &str) {
        let errors = self.body["errors"].as_array().unwrap_or_else(|| panic!("no error: {self:?}"));
        assert_eq!(errors.len(), 1);
        (errors[0]["code"].as_str().unwrap(), errors[0]["message"].as_str().unwrap())
    }

    /// Checks the status of an answer that must not fail, and gives its body.
    #[track_caller]
    pub(crate) fn ok(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.body
    }

    /// Checks an error whole.
    #[track_caller]
    pub(crate) fn fails(&self, status: u16, code: &str, message: &str) {
        assert_eq!((self.status, self.error()), (status, (code, message)));
    }
}

/// Who sends a request.
pub(crate) type Login<'a> = Option<(&'a str, &'a str)>;

pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) harbor: Arc<Harbor>,
    client: Client,
    password: String,
}

/// A server of the newest release.
pub(crate) async fn start() -> Server {
    start_with(Options::default()).await
}

/// A server of another release.
pub(crate) async fn start_version(version: &str) -> Server {
    start_with(Options { version: version.parse().unwrap(), ..Options::default() }).await
}

pub(crate) async fn start_with(options: Options) -> Server {
    let harbor = Harbor::new(options);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = harbor.clone().router();
    tokio::spawn(async move { serve(listener, router).await });
    let password = harbor.admin_password();
    Server { url, harbor, client: Client::new(), password }
}

impl Server {
    /// Sends a request and checks what holds of every answer: an id; no content type without a body; the envelope of
    /// errors; and that a refused write changed nothing.
    #[track_caller]
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        login: Login<'_>,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> impl Future<Output = Answer> {
        let before = self.harbor.dump();
        let mut request = self.client.request(method.parse::<Method>().unwrap(), format!("{}{path}", self.url));
        if let Some((name, password)) = login {
            request = request.basic_auth(name, Some(password));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.body(body.to_owned());
        }
        let harbor = self.harbor.clone();
        let is_head = method == "HEAD";
        async move {
            let response = request.send().await.unwrap();
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let text = response.text().await.unwrap();
            let answer = Answer { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::Null), text };
            assert!(answer.header("x-request-id").is_some());
            assert_eq!(
                answer.text.is_empty() && !is_head,
                answer.headers.get(CONTENT_TYPE).is_none() && !is_head,
                "{answer:?}"
            );
            if answer.text.is_empty() && !is_head {
                assert_eq!(answer.headers[CONTENT_LENGTH], "0");
            }
            if status >= 400 {
                // A handler that panicked says nothing, nor does the form that logs in.
                assert!(is_head || answer.text.is_empty() || !answer.error().0.is_empty());
                for table in ["/projects/rows", "/robots/rows", "/retentions/rows", "/configuration"] {
                    assert_eq!(before.pointer(table), harbor.dump().pointer(table));
                }
            }
            answer
        }
    }

    /// A request with a JSON body.
    pub(crate) async fn json(&self, method: &str, path: &str, login: Login<'_>, body: Value) -> Answer {
        let text = body.to_string();
        let body = (!body.is_null()).then_some(text.as_str());
        self.send(method, &format!("/api/v2.0{path}"), login, &[("content-type", "application/json")], body).await
    }

    /// What the administrator logs in with.
    pub(crate) fn admin(&self) -> Login<'_> {
        Some(("admin", &self.password))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.json("GET", path, self.admin(), Value::Null).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.json("POST", path, self.admin(), body).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.json("PUT", path, self.admin(), body).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.json("DELETE", path, self.admin(), Value::Null).await
    }

    /// Changes the state behind the clients' back.
    pub(crate) fn edit(&self, change: impl FnOnce(&mut Value)) {
        let mut state = self.harbor.dump();
        change(&mut state);
        self.harbor.replace(state).unwrap();
    }

    /// Stops the clock at a moment.
    pub(crate) fn set_clock(&self, moment: &str) {
        self.edit(|state| state["clock"]["fixed"] = json!(moment));
    }

    /// Adds a user who is no administrator, with a role in a project where one is given.
    pub(crate) fn add_user(&self, name: &str, role: Option<(i64, i64)>) {
        self.edit(|state| {
            let id = state["users"]["next_id"].as_i64().unwrap();
            state["users"]["next_id"] = json!(id + 1);
            state["users"]["rows"][id.to_string()] = json!({"username": name, "password": "Password1"});
            if let Some((project, role)) = role {
                let member = json!({"project_id": project, "user_id": id, "role_id": role});
                state["members"]["rows"][(100 + id).to_string()] = member;
            }
        });
    }

    /// Makes a project and gives its id.
    pub(crate) async fn project(&self, name: &str) -> i64 {
        let answer = self.post("/projects", json!({"project_name": name})).await;
        let location = answer.header("location").unwrap().to_owned();
        answer.ok(201);
        location.rsplit('/').next().unwrap().parse().unwrap()
    }

    /// Makes a robot and gives the answer's body.
    pub(crate) async fn robot(&self, body: Value) -> Value {
        self.post("/robots", body).await.ok(201)
    }
}

/// Permissions in one project.
pub(crate) fn block(namespace: &str, pairs: &[(&str, &str)]) -> Value {
    let access: Vec<Value> =
        pairs.iter().map(|(resource, action)| json!({"resource": resource, "action": action})).collect();
    let kind = if namespace == "/" { "system" } else { "project" };
    json!({"kind": kind, "namespace": namespace, "access": access})
}

/// A robot of the system that may pull everywhere.
pub(crate) fn puller(name: &str) -> Value {
    json!({"name": name, "level": "system", "duration": -1, "permissions": [block("*", &[("repository", "pull")])]})
}
