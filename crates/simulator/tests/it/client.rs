//! Clients for the tests: one that sees every byte, and one that speaks JSON.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use registry_simulator::{Options, Simulator};
use serde_json::Value;

/// A simulator with default options.
pub(crate) fn simulator() -> Simulator {
    Simulator::start(Options::default()).unwrap()
}

/// Sends one request, byte by byte as given, and reads until the server ends the connection.
pub(crate) fn raw(address: SocketAddr, method: &str, path: &str, token: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    // Only a server that neither answers nor ends the connection makes this matter.
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    // A reset ends the connection as well as an orderly end does.
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        answer.extend_from_slice(&buffer[..read]);
    }
    String::from_utf8(answer).unwrap()
}

/// Speaks to the Quay of a simulator.
pub(crate) struct Quay<'a> {
    simulator: &'a Simulator,
    token: String,
    client: reqwest::Client,
}

impl<'a> Quay<'a> {
    /// With the token that has this label in the simulator's state.
    pub(crate) fn new(simulator: &'a Simulator, label: &str) -> Self {
        let dump = simulator.dump();
        let tokens = dump["quay"]["tokens"].as_object().unwrap();
        let token = tokens.iter().find(|(_, token)| token["label"] == label).unwrap().0.clone();
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { simulator, token, client }
    }

    /// Sends a request; a null body is none.
    pub(crate) async fn send(&self, method: &str, path: &str, body: Value) -> reqwest::Result<(u16, Value)> {
        let url = format!("{}/api/v1/{path}", self.simulator.url());
        let mut request = self.client.request(method.parse().unwrap(), url).bearer_auth(&self.token);
        if !body.is_null() {
            request = request.json(&body);
        }
        let response = request.send().await?;
        let status = response.status().as_u16();
        let text = response.text().await?;
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
    }

    /// Sends a request that must succeed, and gives the body of the answer.
    pub(crate) async fn ok(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.send(method, path, body).await.unwrap();
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    /// Sends a GET that must succeed.
    pub(crate) async fn get(&self, path: &str) -> Value {
        self.ok("GET", path, Value::Null).await
    }

    /// The status of a request.
    pub(crate) async fn status(&self, method: &str, path: &str, body: Value) -> u16 {
        self.send(method, path, body).await.unwrap().0
    }
}
