//! Tests of what errors say of successful answers: nothing of their bodies.

use serde::Deserialize;
use serde::de::{Error as _, IgnoredAny};

use super::json;
use crate::testing::{BEFORE_JSON, Reply, Server};
use crate::{Acknowledgement, Answer, Endpoint, Kind, Listing, Repetition};

const TOKEN: &str = "SEKRET-99";

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "only decoded")]
struct Robot {
    name: String,
    token: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(dead_code, reason = "only decoded")]
enum Role {
    Read,
    Write,
}

fn bodies() -> impl Iterator<Item = (String, String)> {
    let one = format!(r#"{{"name":"acme+ci","token":"{TOKEN}"}}"#);
    let list = format!(r#"{{"robots":[{one}]}}"#);
    BEFORE_JSON.iter().map(move |prefix| (format!("{prefix}{one}"), format!("{prefix}{list}")))
}

fn answer(status: u16, body: &str) -> Answer {
    Answer::new(status, "application/json", body.to_owned())
}

#[tokio::test(start_paused = true)]
async fn no_error_of_a_read_or_a_creation_holds_a_byte_of_the_body() {
    for (one, list) in bodies() {
        for (body, status) in [(&list, 200), (&one, 201)] {
            let reply = answer(status, body);
            let server = Server::new(move |_| Reply::of(reply.clone()));
            let client = server.client();
            let get = Endpoint::<Robot>::get("robots/{robot}", &["ci"]);
            let part = Endpoint::<Vec<Robot>>::get("robots", &[]).within("/robots");
            let put = Endpoint::<Robot>::put("robots/{robot}", &["ci"]);
            let ignored = Endpoint::<IgnoredAny>::post("robots", &[]);
            let errors = [
                client.send(get.clone()).await.map(drop).err(),
                client.find(get.map(drop)).await.map(drop).err(),
                client.send(part.clone()).await.map(drop).err(),
                client.list(Listing::whole(part.clone())).await.map(drop).err(),
                client.list(Listing::token(part.clone(), "next_page")).await.map(drop).err(),
                client.list(Listing::numbered(part, 100)).await.map(drop).err(),
                client.send(put.clone()).await.map(drop).err(),
                client.send(put.clone().repetition(Repetition::IDEMPOTENT)).await.map(drop).err(),
                client.send(put.clone().acknowledged(Acknowledgement::Word(&["Created"]))).await.map(drop).err(),
                client.send(ignored).await.map(drop).err(),
            ];
            for error in errors {
                let error = error.unwrap_or_else(|| panic!("{body:?} is taken"));
                let said = format!("{error} {error:?}");
                assert!(!said.contains("SEKRET") && !said.contains("acme+ci"), "{body:?}: {said}");
                assert!(said.contains(&format!("{status}")), "{said}");
            }
            let quiet = [client.send(put.clone().no_content()).await, client.send(put.text().map(drop)).await];
            for error in quiet.into_iter().filter_map(Result::err) {
                assert!(!format!("{error} {error:?}").contains("SEKRET"), "{error}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_of_html_is_named_as_such() {
    let reply = Answer::new(200, "text/html", "<html><title>Sign in, SEKRET-99</title></html>");
    let server = Server::new(move |_| Reply::of(reply.clone()));
    let error = server.client().send(Endpoint::<Robot>::get("robots/{robot}", &["ci"])).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Undecodable);
    assert_eq!(error.message(), Some("an HTML page of 46 bytes"));
}

/// The sentence about a body that is not a `T`.
fn why<T: for<'a> Deserialize<'a>>(body: &str) -> String {
    match json::<T>(&answer(200, body)) {
        Ok(_) => panic!("{body} is taken"),
        Err(unusable) => format!("{unusable:?}"),
    }
}

/// A message of its own about a value.
struct Quoting;

impl<'de> Deserialize<'de> for Quoting {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Err(D::Error::custom(text))
    }
}

#[test]
fn the_parsers_messages_are_shown_without_values() {
    for (said, words) in [
        (why::<Robot>(r#"{"name":"a"}"#), "missing field `token`"),
        (why::<Robot>(r#"{"name":"a","token":["SEKRET-99"]}"#), "expected a string"),
        (why::<Robot>(r#""SEKRET-99""#), "expected struct Robot"),
        (why::<u32>(r#""SEKRET-99, expected SEKRET-99 at line 7""#), "expected u32 (line 1"),
        (why::<Role>(r#""SEKRET-99, expected SEKRET-99""#), "expected `read` or `write`"),
        (why::<u8>("70000"), "expected u8"),
        (why::<Quoting>(r#""SEKRET-99""#), "a field has an unexpected value"),
        (why::<Quoting>(r#""x, expected SEKRET-99""#), "a field has an unexpected value"),
        (why::<Quoting>(r#""missing field SEKRET-99""#), "a field has an unexpected value"),
        (why::<Quoting>(r#""missing field `SEKRET 99`""#), "a field has an unexpected value"),
        (why::<Quoting>(r#""unknown field `SEKRET-99`""#), "a field has an unexpected value"),
        (why::<Robot>(r#"{"name":"SEKRET-99","#), "the JSON ends too early"),
        (why::<Robot>(r#"{"name":"SEKRET-99" "token"}"#), "it is not valid JSON"),
        (why::<Robot>(r#"{"name":"a","token":"b"} SEKRET-99"#), "it is not valid JSON"),
    ] {
        assert!(said.contains(words) && !said.contains("SEKRET"), "{said}");
    }
}

#[test]
fn a_part_that_is_not_there_is_named_without_what_is() {
    let part = Endpoint::<Vec<Robot>>::get("robots", &[]).within("/robots");
    for body in
        [r#"{"SEKRET-99":[]}"#, r#"["SEKRET-99"]"#, r#"{"robots":"SEKRET-99"}"#, r#"{"robots":{"SEKRET-99":1}}"#]
    {
        let why = part.decode(&answer(200, body)).unwrap_err();
        assert!(!why.contains("SEKRET"), "{why}");
    }
}
