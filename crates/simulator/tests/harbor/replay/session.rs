//! Sends the requests of one file, as whom they were sent, and makes what it presupposes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use registry_simulator::Simulator;
use reqwest::Client;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use super::ids::Learned;
use super::recording::{self, Auth, Exchange};

/// Where the recorded server was.
const RECORDED_AT: &str = "127.0.0.1:28080";
/// The one text that is a reference in a request's header.
const TOKEN: &str = "<X-Harbor-Csrf-Token answered in line ";

/// What came back.
pub(super) struct Answer {
    pub(super) status: u16,
    headers: HeaderMap,
    pub(super) text: String,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// A simulator as one file sees it.
pub(super) struct Session<'a> {
    simulator: &'a Simulator,
    file: String,
    client: Client,
    identities: Value,
    answers: BTreeMap<usize, Answer>,
    /// Images by where they were pushed: blobs that a project has take no room again.
    pushed: BTreeSet<(String, String)>,
    /// Where the simulator listens, without the scheme.
    address: String,
}

impl<'a> Session<'a> {
    pub(super) fn new(simulator: &'a Simulator, file: &str) -> Self {
        // Each request on a connection of its own, and no answer is waited for that never comes.
        let client = Client::builder().pool_max_idle_per_host(0).timeout(Duration::from_secs(30)).build().unwrap();
        let address = simulator.url().trim_start_matches("http://").to_owned();
        let identities = recording::identities();
        Self {
            simulator,
            file: file.into(),
            client,
            identities,
            answers: BTreeMap::new(),
            pushed: BTreeSet::new(),
            address,
        }
    }

    /// Sends a recorded request. None where the connection was cut.
    pub(super) async fn send(&mut self, line: usize, exchange: &Exchange, learned: &Learned) -> Option<&Answer> {
        let mut url = format!("{}{}", self.simulator.url(), learned.path(&exchange.path));
        if let Some(query) = &exchange.query {
            // What its ids are may depend on the path.
            let mapped = learned.query(&format!("{}?{query}", exchange.path));
            url = format!("{url}?{}", mapped.split_once('?').unwrap().1);
        }
        let mut request =
            self.client.request(exchange.method.parse().unwrap(), url).header("accept", "application/json");
        if let Some(auth) = &exchange.request_auth {
            if let Some([user, password]) = &auth.basic {
                request = request.basic_auth(user, Some(password));
            }
            if let Some(value) = &auth.authorization {
                request = request.header("authorization", value);
            }
            if let Some(cookies) = self.cookies(auth) {
                request = request.header("cookie", cookies);
            }
        } else if let Some(name) = &exchange.identity {
            let (user, password) = self.login(name, line);
            request =
                request.header("authorization", format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))));
        }
        for (name, value) in exchange.request_headers.iter().flatten() {
            let value = match value.strip_prefix(TOKEN).and_then(|rest| rest.strip_suffix('>')) {
                Some(line) => self.answers[&line.parse().unwrap()].header("x-harbor-csrf-token").unwrap(),
                None => value,
            };
            request = request.header(name, value);
        }
        if let Some(body) = learned.body(exchange) {
            if let Some(media_type) = &exchange.request_content_type {
                request = request.header("content-type", media_type);
            }
            // A text is what was sent.
            request = request.body(body.as_str().map_or_else(|| body.to_string(), str::to_owned));
        }
        let response = request.send().await.ok()?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.ok()?.replace(&self.address, RECORDED_AT);
        self.answers.insert(line, Answer { status, headers, text });
        self.answers.get(&line)
    }

    /// User name and password behind a name of the recordings.
    fn login(&self, name: &str, line: usize) -> (String, String) {
        let text = |value: &Value| -> String {
            if let Some(text) = value.as_str().or_else(|| value["text"].as_str()) {
                return text.to_owned();
            }
            let answer = &self.answers[&usize::try_from(value["answer_of_line"].as_u64().unwrap()).unwrap()];
            let body: Value = serde_json::from_str(&answer.text).unwrap();
            body.pointer(value["pointer"].as_str().unwrap()).unwrap().as_str().unwrap().to_owned()
        };
        if let Some(known) = self.identities["everywhere"].get(name) {
            return (text(&known["user"]), text(&known["password"]));
        }
        let known = &self.identities["by_file"][&self.file][name];
        let from = |entry: &&Value| entry["from_line"].as_u64().unwrap();
        let passwords = known["password"].as_array().unwrap_or_else(|| panic!("{}: who is {name}?", self.file));
        let password = passwords.iter().filter(|entry| from(entry) <= line as u64).max_by_key(from).unwrap();
        (text(&known["user"]), text(password))
    }

    /// The header `Cookie`: as given, or what the answers up to a line have set.
    fn cookies(&self, auth: &Auth) -> Option<String> {
        if let Some(cookie) = &auth.cookie {
            return Some(cookie.clone());
        }
        let last = auth.cookies_after_line?;
        let mut jar = BTreeMap::new();
        for answer in self.answers.range(..=last).map(|(_, answer)| answer) {
            for cookie in answer.headers.get_all("set-cookie") {
                let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
        Some(jar.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; "))
    }

    /// Does what happened before a line, or behind the last one (`None`), without being recorded.
    pub(super) async fn prepare(&mut self, before: Option<usize>, learned: &mut Learned) {
        let file = recording::preparations()["files"][&self.file].clone();
        let steps = match before {
            Some(_) => file["between"].clone(),
            None => file["after_last_line"].clone(),
        };
        let is_due = |step: &&Value| before.is_none_or(|line| step["before_line"] == line);
        for step in steps.as_array().into_iter().flatten().filter(is_due) {
            if let Some(seconds) = step["wait_s"].as_i64() {
                let before = self.simulator.dump()["harbor"]["clock"]["offset_seconds"].as_i64().unwrap();
                let clock = json!({"harbor": {"clock": {"offset_seconds": before + seconds}}});
                self.simulator.edit(clock).unwrap();
            }
            if step["push"].is_object() && step["status"] == 201 {
                self.push(&step["push"]);
            }
            if step["request"].is_object() {
                self.unrecorded(step, learned).await;
            }
        }
    }

    /// Sends a request that was not recorded, and learns the id of what it makes.
    async fn unrecorded(&mut self, step: &Value, learned: &mut Learned) {
        let request = &step["request"];
        let body = request["body"].clone();
        let line = json!({
            "as": request["as"],
            "method": request["method"],
            "path": request["path"],
            "query": null,
            "request_body": body,
            "request_content_type": (!body.is_null()).then_some("application/json"),
            "status": step["status"],
            "response_headers": step["location"].as_str().map_or(json!({}), |location| json!({"Location": location})),
            "response_content_type": null,
            "response_body": "",
            "response_body_is": "empty",
        });
        let exchange: Exchange = serde_json::from_value(line).unwrap();
        // It has no line of its own: nothing refers to its answer.
        let answer = self.send(usize::MAX, &exchange, learned).await.unwrap();
        let got = format!("{}: {} {}", step["request"], answer.status, answer.text);
        super::compare::made(&exchange, answer, learned).unwrap();
        assert_eq!(Value::from(answer.status), step["status"], "{got}");
    }

    /// Adds an image, of which the simulator keeps only the repository and its size.
    fn push(&mut self, push: &Value) {
        let harbor = self.simulator.dump()["harbor"].clone();
        let name = push["repository"].as_str().unwrap();
        let project_name = name.split('/').next().unwrap();
        let rows = |table: &str| harbor[table]["rows"].as_object().unwrap().clone();
        let is_meant = |(_, project): &(String, Value)| project["name"] == project_name;
        let project: i64 = rows("projects").into_iter().find(is_meant).unwrap().0.parse().unwrap();
        let image = push["image"].as_str().unwrap();
        let size = recording::preparations()["images"][image]["total"].as_i64().unwrap();
        let mut is_new = |place: &str| self.pushed.insert((place.to_owned(), image.to_owned()));
        let size = if is_new(project_name) { size } else { 0 };
        if !is_new(name) {
            // Another tag of the same artifact.
            return;
        }
        let offset = harbor["clock"]["offset_seconds"].as_i64().unwrap();
        let now = Timestamp::now().as_millisecond() + offset * 1000;
        let now = Timestamp::from_millisecond(now).unwrap().to_string();
        let found = rows("repositories").into_iter().find(|(_, repository)| repository["name"] == name);
        let next = harbor["repositories"]["next_id"].as_i64().unwrap();
        let (id, mut repository, next) = match found {
            Some((id, repository)) => (id, repository, next),
            None => {
                let zero =
                    json!({"name": name, "project_id": project, "creation_time": now, "artifact_count": 0, "size": 0});
                (next.to_string(), zero, next + 1)
            }
        };
        repository["artifact_count"] = json!(repository["artifact_count"].as_i64().unwrap() + 1);
        repository["size"] = json!(repository["size"].as_i64().unwrap() + size);
        repository["update_time"] = json!(now);
        let quota = rows("quotas").into_iter().find(|(_, quota)| quota["project_id"] == project);
        let quotas = quota
            .map(|(id, quota)| json!({(id): {"used": quota["used"].as_i64().unwrap() + size, "update_time": now}}));
        let change = json!({
            "repositories": {"next_id": next, "rows": {(id): repository}},
            "quotas": {"rows": quotas.unwrap_or(json!({}))},
        });
        self.simulator.edit(json!({"harbor": change})).unwrap();
    }
}
