//! Makes what a recording presupposes, and sends its requests.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use registry_simulator::Simulator;
use serde_json::{Map, Value, json};

use super::compare::Learned;
use super::recording::{Exchange, preparations, recorded_at};
use super::registry;
use super::rename::Renaming;

/// A simulator as one recording sees it.
pub(super) struct Session {
    client: reqwest::Client,
    url: String,
    /// Tokens by the names that the recordings have for them.
    tokens: BTreeMap<String, String>,
    /// Robots that log in with identity tokens: one that may, and another one.
    robots: [String; 2],
    /// Who pushed images.
    admin: String,
    /// Where the recorded server was, such as `http://localhost:8080`.
    recorded_at: String,
}

/// What came back.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: String,
    pub(super) location: Option<String>,
    pub(super) body: String,
}

/// Adds the recording's users under their new names, and runs its preparations. `alone` takes the users with the old
/// names away.
pub(super) async fn session(simulator: &Simulator, file: &str, renaming: &Renaming, alone: bool) -> Session {
    let tokens = add_users(simulator, renaming);
    if alone && !renaming.is_none() {
        let users: Map<String, Value> = SEEDED.map(|name| (name.to_owned(), Value::Null)).into_iter().collect();
        simulator.edit(json!({"quay": {"users": users}})).unwrap();
    }
    let robot = |namespace: &str, name: &str| format!("{}+{}", renaming.name(namespace), renaming.name(name));
    let robots = [robot("fedorg4", "ci"), robot("acme", "rich")];
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let (url, admin) = (simulator.url().to_owned(), renaming.name("admin"));
    let session = Session { client, url, tokens, robots, admin, recorded_at: recorded_at(file) };
    for step in preparations(file) {
        let step = renaming.value(&step);
        if let Some(written) = step.get("logs") {
            let edit = json!({"logs": logs(written), "clock": written["clock"]});
            simulator.edit(json!({"quay": edit})).unwrap();
            continue;
        }
        match (step.get("edit"), step.get("repositories")) {
            (Some(edit), _) => simulator.edit(json!({"quay": edit})).unwrap(),
            (None, Some(series)) => {
                simulator.edit(json!({"quay": {"repositories": repositories(series, renaming)}})).unwrap()
            }
            (None, None) => session.run(&step).await,
        }
    }
    session
}

/// When the first recordings were made: 20 November 2026.
const RECORDED: i64 = 1_795_132_800;

/// A body whose `expiration` is as far ahead of now as it was of the recording, if it is over since.
fn still_ahead(body: &Value) -> Value {
    let mut body = body.clone();
    let now = jiff::Timestamp::now().as_second();
    if let Some(end) = body["expiration"].as_i64().filter(|end| (RECORDED..=now).contains(end)) {
        body["expiration"] = json!(end + now - RECORDED);
    }
    body
}

/// Logs that earlier recordings left behind: `{"clock", "counts", "entries"}`. Of what was counted only (kind, namespace, repository and
/// how often) nothing else is known; it was done before everything else on that day.
fn logs(written: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    for counted in written["counts"].as_array().unwrap() {
        let entry = json!({
            "kind": counted[0],
            "time": "2026-11-20T00:00:01Z",
            "namespace": counted[1],
            "repository": counted[2],
        });
        all.extend(std::iter::repeat_n(entry, usize::try_from(counted[3].as_u64().unwrap()).unwrap()));
    }
    all.extend(written["entries"].as_array().unwrap().iter().cloned());
    all
}

/// A series of repositories that the recording left out: `{"namespace", "prefix", "from", "to"}`. They come behind all
/// others.
fn repositories(series: &Value, renaming: &Renaming) -> Value {
    let number = |name: &str| series[name].as_u64().unwrap();
    let text = |name: &str| series[name].as_str().unwrap();
    let repository = |at: u64| {
        let name = renaming.name(&format!("{}{at:03}", text("prefix")));
        let repository = json!({
            "number": 1_000_000 + at,
            "description": "",
            "is_public": false,
            "state": "NORMAL",
            "status_token": "",
            "users": {},
            "teams": {},
        });
        (format!("{}/{name}", text("namespace")), repository)
    };
    (number("from")..=number("to")).map(repository).collect()
}

/// Users that are there from the start.
const SEEDED: [&str; 4] = ["admin", "alice", "bob", "carol"];

/// The seeded users and tokens once more, with other names, so that several recordings can share a simulator.
fn add_users(simulator: &Simulator, renaming: &Renaming) -> BTreeMap<String, String> {
    let quay = simulator.dump()["quay"].clone();
    let renamed: Map<String, Value> =
        SEEDED.iter().map(|name| (renaming.name(name), quay["users"][*name].clone())).collect();
    let mut tokens = Map::new();
    let mut by_label = BTreeMap::new();
    for (text, token) in quay["tokens"].as_object().unwrap() {
        let user = token["user"].as_str().unwrap();
        if !SEEDED.contains(&user) || token["label"].as_str().unwrap().contains(' ') {
            continue;
        }
        let label = token["label"].as_str().unwrap();
        if renaming.is_none() {
            by_label.insert(label.to_owned(), text.clone());
            continue;
        }
        let mut token = token.clone();
        token["user"] = json!(renaming.name(user));
        token["label"] = json!(format!("{label} {}", renaming.name(user)));
        let text = format!("{text}{}", renaming.name("suffix"));
        by_label.insert(label.to_owned(), text.clone());
        tokens.insert(text, token);
    }
    if !renaming.is_none() {
        let mut superusers = quay["config"]["SUPER_USERS"].as_array().unwrap().clone();
        superusers.push(json!(renaming.name("admin")));
        let edit = json!({"users": renamed, "tokens": tokens, "config": {"SUPER_USERS": superusers}});
        simulator.edit(json!({"quay": edit})).unwrap();
    }
    by_label
}

impl Session {
    /// Runs a preparation, which must succeed: `{"as", "method", "path", "body"}`.
    async fn run(&self, step: &Value) {
        let text = |name: &str| step[name].as_str().unwrap_or_default();
        let method = text("method").parse().unwrap();
        let request = self.client.request(method, format!("{}/api/v1/{}", self.url, text("path")));
        let request = match step.get("body") {
            Some(body) => request.json(body),
            None => request,
        };
        let response = request.bearer_auth(&self.tokens[text("as")]).send().await.unwrap();
        assert!(response.status().is_success(), "{step}: {}", response.text().await.unwrap());
    }

    /// The robot's name and the identity token that were sent where tokens were exchanged. The recording tells only what was the matter
    /// with them.
    fn robots_login(&self, note: &str) -> (String, String) {
        let [federated, other] = &self.robots;
        let robot = match note {
            "unknown robot" => format!("{federated}-nosuch"),
            "not a robot" => "admin".to_owned(),
            "federation exchange with robot token" => other.clone(),
            _ => federated.clone(),
        };
        let (issuer, subject) = match note {
            "wrong subject" => ("https://localhost:9100", "repo:acme/app:ref:other"),
            "wrong issuer" => ("http://127.0.0.1:9101", "repo:acme/app:ref:main"),
            "audience ok" | "audience wrong" | "audience missing" => ("https://localhost:9100", "s"),
            _ => ("https://localhost:9100", "repo:acme/app:ref:main"),
        };
        let now = jiff::Timestamp::now().as_second();
        let end = if note == "expired" { now - 10 } else { now + 300 };
        let encoded = |part: Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let claims = encoded(json!({"iss": issuer, "sub": subject, "exp": end}));
        let identity = format!("{}.{claims}.c2lnbmF0dXJl", encoded(json!({"alg": "RS256", "typ": "JWT"})));
        let is_other = matches!(note, "not a jwt" | "federation exchange with robot token");
        (robot, if is_other { "no token of an issuer".to_owned() } else { identity })
    }

    /// A member of an answer.
    async fn member(&self, request: reqwest::RequestBuilder, name: &str) -> Option<String> {
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        answer[name].as_str().map(str::to_owned)
    }

    /// Sends a recorded request as it was sent then.
    pub(super) async fn send(&self, exchange: &Exchange, learned: &mut Learned) -> Answer {
        let content = registry::content(exchange, learned);
        let (path, query) = (learned.path(&exchange.path), learned.path(&exchange.query_text()));
        let separator = if query.is_empty() { "" } else { "?" };
        let url = format!("{}{path}{separator}{query}", self.url);
        let mut request = self.client.request(exchange.method.parse().unwrap(), url);
        request = match (exchange.identity(), exchange.note().contains("basic")) {
            ("basic robot:short-lived", _) => {
                let (robot, identity) = self.robots_login("");
                let url = format!("{}/oauth2/federation/robot/token", self.url);
                let exchanged = self.client.get(url).basic_auth(&robot, Some(identity));
                request.basic_auth(&robot, self.member(exchanged, "token").await)
            }
            ("<custom auth>", _) if path == "/v2/auth" => {
                let robot = &self.robots[1];
                let (namespace, name) = robot.split_once('+').unwrap();
                let url = format!("{}/api/v1/organization/{namespace}/robots/{name}", self.url);
                let shown = self.client.get(url).bearer_auth(&self.tokens["admin"]);
                request.basic_auth(robot, self.member(shown, "token").await)
            }
            ("<custom auth>", _) if path.starts_with("/v2/") => {
                request.bearer_auth(registry::token(&self.client, &self.url, &path, &self.admin).await)
            }
            ("nobody" | "none", _) => request,
            ("basic robot:jwt", _) | ("<custom auth>", false) if exchange.path.starts_with("/oauth2/") => {
                let (robot, identity) = self.robots_login(exchange.note());
                request.basic_auth(robot, Some(identity))
            }
            ("<custom auth>", true) => request.basic_auth("somebody", Some("secret")),
            ("<custom auth>", false) => request.bearer_auth("no-such-token"),
            (identity, _) => request.bearer_auth(&self.tokens[identity]),
        };
        request = match &exchange.request_body {
            None => request,
            Some(_) if content.is_some() => {
                let (kind, content) = content.unwrap_or_default();
                request.header("Content-Type", kind).body(content)
            }
            Some(Value::String(text)) => {
                let request = request.body(text.clone());
                match exchange.note() {
                    "form body" => request.header("Content-Type", "application/x-www-form-urlencoded"),
                    "no Content-Type" => request,
                    _ => request.header("Content-Type", "application/json"),
                }
            }
            Some(body) => request.json(&still_ahead(body)),
        };
        let response = request.send().await.unwrap();
        let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        Answer {
            status: response.status().as_u16(),
            content_type: header("content-type").unwrap_or_default(),
            location: header("location").map(|location| location.replace(&self.url, &self.recorded_at)),
            body: response.text().await.unwrap().replace(&self.url, &self.recorded_at),
        }
    }
}
