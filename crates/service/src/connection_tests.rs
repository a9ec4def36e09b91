//! Each argument of a connection, from the block and from the environment, arrives in the settings.

use std::collections::BTreeMap;

use registry_http::{Pem, Settings};
use serde_json::{Value as Json, json};
use terraform_framework::author::Variables;
use terraform_framework::model::{Fields, Object};
use terraform_framework::value::Value;
use terraform_framework::{Connection, Error, Secret};

use super::{ConnectionArgs, parse_headers};
use crate::Source;

/// An argument: its value, the same in its environment variable, and how it looks in the settings.
struct Row {
    name: &'static str,
    value: Json,
    variable: &'static str,
    shown: fn(&Settings) -> String,
    expect: &'static str,
}

const fn row(
    name: &'static str,
    value: Json,
    variable: &'static str,
    shown: fn(&Settings) -> String,
    expect: &'static str,
) -> Row {
    Row { name, value, variable, shown, expect }
}

fn pem(pem: Option<&Pem>) -> String {
    match pem {
        Some(Pem::Text(text)) => format!("text {text}"),
        Some(Pem::File(path)) => format!("file {}", path.display()),
        None => "none".to_owned(),
    }
}

fn rows() -> Vec<Row> {
    vec![
        row("connect_timeout", json!("3s"), "3s", |s| format!("{:?}", s.connect_timeout), "3s"),
        row("request_timeout", json!("2m"), "2m", |s| format!("{:?}", s.request_timeout), "120s"),
        row("max_retries", json!(7), "7", |s| s.max_retries.to_string(), "7"),
        row("retry_wait_min", json!("5ms"), "5ms", |s| format!("{:?}", s.retry_wait_min), "5ms"),
        row("retry_wait_max", json!("9s"), "9s", |s| format!("{:?}", s.retry_wait_max), "9s"),
        row("max_concurrent_requests", json!(3), "3", |s| s.max_concurrent_requests.to_string(), "3"),
        row("requests_per_second", json!(20), "20", |s| s.requests_per_second.to_string(), "20"),
        row("max_response_mib", json!(2), "2", |s| s.max_response_size.to_string(), "2097152"),
        row("coalesce_max_age", json!("0s"), "0s", |s| format!("{:?}", s.coalesce_max_age), "0ns"),
        row("proxy_url", json!(""), "", |s| format!("{:?}", s.proxy_url), "Some(\"\")"),
        row("no_proxy", json!("a.example"), "a.example", |s| format!("{:?}", s.no_proxy), "Some(\"a.example\")"),
        row("ca_certificate", json!("/ca.pem"), "/ca.pem", |s| pem(s.ca_certificate.as_ref()), "file /ca.pem"),
        row(
            "client_certificate",
            json!("-----BEGIN CERTIFICATE-----"),
            "-----BEGIN CERTIFICATE-----",
            |s| pem(s.client_certificate.as_ref()),
            "text -----BEGIN CERTIFICATE-----",
        ),
        row("client_key", json!("/key.pem"), "/key.pem", |s| pem(s.client_key.as_ref()), "file /key.pem"),
        row("tls_server_name", json!("q"), "q", |s| format!("{:?}", s.tls_server_name), "Some(\"q\")"),
        row("insecure", json!(true), "1", |s| s.insecure.to_string(), "true"),
        row(
            "headers",
            json!({ "X-Team": "a" }),
            r#"{"X-Team": "a"}"#,
            |s| format!("{:?}", s.headers),
            r#"[("X-Team", "a")]"#,
        ),
        row("user_agent_suffix", json!("ci"), "ci", |s| format!("{:?}", s.user_agent.suffix), "Some(\"ci\")"),
    ]
}

fn value(json: &Json) -> Value {
    match json {
        Json::String(text) => Value::from(text.as_str()),
        Json::Number(number) => Value::from(number.as_i64().unwrap()),
        Json::Bool(flag) => Value::from(*flag),
        Json::Object(map) => Value::Map(map.iter().map(|(name, v)| (name.clone(), value(v))).collect()),
        _ => unreachable!("no argument is one"),
    }
}

fn args(given: &[(&str, Value)]) -> ConnectionArgs {
    let mut object = Object::new();
    let schema = ConnectionArgs::attributes();
    for attribute in &schema {
        object.insert(attribute.name.clone(), Value::Null);
    }
    for (name, value) in given {
        object.insert((*name).to_owned(), value.clone());
    }
    ConnectionArgs::from_object(&object).unwrap()
}

fn source(variables: &[(&str, &str)]) -> Source {
    let variables: BTreeMap<String, String> =
        variables.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let variables = Variables::new(move |name| variables.get(name).cloned());
    let connection = Connection::new("1.15.5", variables);
    Source::new("quay", &connection)
}

fn settings(args: &ConnectionArgs, variables: &[(&str, &str)]) -> Result<Settings, Error> {
    args.settings(Some(&"https://quay.example.com".to_owned()), &source(variables))
}

#[test]
fn every_argument_has_a_row_and_names_its_variable() {
    let schema = ConnectionArgs::attributes();
    let named: Vec<&str> = rows().iter().map(|row| row.name).collect();
    let offered: Vec<&str> = schema.iter().map(|attribute| attribute.name.as_str()).collect();
    assert_eq!(named, offered);
    for attribute in &schema {
        let variable = format!("`$PREFIX_{}`", attribute.name.to_uppercase());
        assert!(attribute.doc.contains(&variable), "{} does not name {variable}", attribute.name);
    }
}

#[test]
fn arguments_and_variables_arrive_and_arguments_go_first() {
    let usual = settings(&args(&[]), &[]).unwrap();
    for Row { name, value: given, variable, shown, expect } in rows() {
        assert_ne!(shown(&usual), expect, "{name} is to be set to something that is not its default");
        let own = format!("QUAY_{}", name.to_uppercase());
        let by_argument = settings(&args(&[(name, value(&given))]), &[]).unwrap();
        assert_eq!(shown(&by_argument), expect, "{name} as an argument");
        assert_eq!(shown(&settings(&args(&[]), &[(&own, variable)]).unwrap()), expect, "{own}");
        let both = settings(&args(&[(name, value(&given))]), &[(&own, "true")]).unwrap();
        assert_eq!(shown(&both), expect, "{name} and {own}");
    }
}

#[test]
fn what_cannot_be_right_in_the_environment_is_refused() {
    for (name, text) in [
        ("CONNECT_TIMEOUT", "soon"),
        ("REQUEST_TIMEOUT", "0s"),
        ("MAX_RETRIES", "101"),
        ("MAX_CONCURRENT_REQUESTS", "0"),
        ("REQUESTS_PER_SECOND", "-1"),
        ("MAX_RESPONSE_MIB", "2000"),
        ("INSECURE", "yes"),
    ] {
        let error = settings(&args(&[]), &[(&format!("QUAY_{name}"), text)]).unwrap_err();
        assert!(error.detail().contains(&format!("QUAY_{name}, is {text:?}")), "{}", error.detail());
    }
    let error = settings(&args(&[]), &[("QUAY_HEADERS", "X-Api-Key: s3cret")]).unwrap_err();
    assert!(error.detail().contains("QUAY_HEADERS") && !error.detail().contains("s3cret"), "{}", error.detail());
}

#[test]
fn the_address_and_credentials_come_from_the_environment_too() {
    let from = source(&[("QUAY_URL", "https://quay.example.com"), ("QUAY_TOKEN", "t"), ("QUAY_NAME", "")]);
    assert_eq!(args(&[]).settings(None, &from).unwrap().url, "https://quay.example.com");
    assert_eq!(from.secret("token", None).unwrap().expose(), "t");
    assert_eq!(from.secret("token", Some(&Secret::from("own"))).unwrap().expose(), "own");
    let error = from.required("Name", "name", None).unwrap_err();
    assert!(error.detail().contains("QUAY_NAME"), "{}", error.detail());
    assert!(args(&[]).settings(None, &source(&[])).unwrap_err().detail().contains("QUAY_URL"));
}

#[test]
fn headers_are_a_json_object_of_texts() {
    assert_eq!(parse_headers(r#"{"X-Team":"a"}"#), Some(vec![("X-Team".to_owned(), "a".to_owned())]));
    assert_eq!(parse_headers("X-Team: a"), None);
    assert_eq!(parse_headers(r#"{"X-Team":1}"#), None);
}
