//! Tests of endpoints, without any server.

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;

use super::{Endpoint, NotFound};
use crate::decode::Unusable;
use crate::{Acknowledgement, Answer, Kind};

#[derive(Debug, PartialEq, Deserialize)]
struct Thing {
    name: String,
}

fn get() -> Endpoint<Thing> {
    Endpoint::get("things/{thing}", &["a"])
}

fn body(text: &'static str) -> Answer {
    Answer::new(200, "application/json", text)
}

#[test]
fn an_endpoint_is_a_value() {
    let endpoint: Endpoint<Thing> = Endpoint::post("o/{org}/things", &["a b"])
        .query("limit", 5)
        .json(&json!({"password": "s3cret"}))
        .describe("make it");
    assert_eq!(endpoint.path(), Ok("o/a%20b/things"));
    assert_eq!(endpoint.method(), "POST");
    assert_eq!(endpoint.query_pairs(), [("limit", "5".to_owned())]);
    assert_eq!(endpoint.body(), Some(json!({"password": "s3cret"})));
    assert_eq!(format!("{endpoint:?}"), "POST o/a%20b/things");
}

#[test]
fn json_and_a_part_of_it() {
    assert_eq!(get().decode(&body(r#"{"name": "a", "more": 1}"#)), Ok(Thing { name: "a".to_owned() }));
    let part = Endpoint::<Vec<Thing>>::get("things", &[]).within("/data/things");
    assert_eq!(part.decode(&body(r#"{"data": {"things": [{"name": "a"}]}}"#)).unwrap().len(), 1);
    assert_eq!(part.decode(&body(r#"{"data": {}}"#)).unwrap_err(), "it has nothing at /data/things");
    assert_eq!(get().map(|thing| thing.name).decode(&body(r#"{"name": "a"}"#)), Ok("a".to_owned()));
}

#[test]
fn a_cut_body_is_told_from_a_wrong_one() {
    let unusable = |text| (get().decode)(&body(text)).unwrap_err();
    for cut in ["", "  \n", "{", r#"{"name": "a"#] {
        assert!(matches!(unusable(cut), Unusable::Cut(_)), "{cut}");
    }
    for wrong in ["<html>", "{]", r#"{"name": 1}"#, "{}", "Created"] {
        assert!(matches!(unusable(wrong), Unusable::Unreadable(_)), "{wrong}");
    }
}

#[test]
fn what_is_wrong_with_a_body_is_said_without_its_values() {
    let why = |text| get().decode(&body(text)).unwrap_err();
    assert_eq!(why("{}"), "missing field `name` (line 1, column 2)");
    assert_eq!(why(r#"{"name": 12345}"#), "expected a string (line 1, column 14)");
    assert_eq!(why("<title>Sign in</title>"), "an HTML page of 22 bytes");
    let number = Endpoint::<u32>::get("n", &[]);
    assert!(!number.decode(&body("\"s3cret\"")).unwrap_err().contains("s3cret"));
    let within = Endpoint::<u32>::get("n", &[]).within("/n");
    assert!(!within.decode(&body(r#"{"n": "s3cret"}"#)).unwrap_err().contains("s3cret"));
}

#[test]
fn answers_that_say_nothing() {
    let delete = Endpoint::delete("things/{thing}", &["a"]);
    for said in ["", " \n", "null"] {
        assert_eq!(delete.decode(&body(said)), Ok(()));
    }
    for foreign in ["{}", "\"Deleted\"", "Created", "<html>Sign in</html>"] {
        assert!(delete.decode(&body(foreign)).is_err(), "{foreign}");
    }

    let created = Endpoint::<Thing>::post("things", &[]).acknowledged(Acknowledgement::Word(&["Created"]));
    assert_eq!(created.decode(&Answer::new(201, "application/json", "\"Created\"\n")), Ok(()));
    assert!(created.decode(&body("{}")).is_err());

    let token = Endpoint::<Thing>::post("login", &[]).text();
    assert_eq!(token.decode(&body(" t0ken\n")), Ok("t0ken".to_owned()));
    assert!(token.decode(&body("<html>")).is_err());
    assert!(token.decode(&body("")).is_err());
    let secret = token.map(SecretString::from);
    assert!(!format!("{:?}", secret.decode(&body("t0ken"))).contains("t0ken"));
}

#[test]
fn signs_of_gone() {
    let answer = |status, text: &'static str| Answer::new(status, "application/json", text);
    let unknown = NotFound::message(400, "Could not find robot");
    assert!(unknown.matches(&answer(400, "{}"), Some("could not find Robot with specified username")));
    assert!(!unknown.matches(&answer(403, "{}"), Some("Could not find robot")));
    assert!(!unknown.matches(&answer(400, "{}"), None));
    assert!(NotFound::empty_list(200).matches(&answer(200, "[]\n"), None));
    assert!(NotFound::null(200, "").matches(&answer(200, "null\n"), None));
    for other in ["", " ", "{}", "[1]", r#"{"a": 1}"#, "<html>"] {
        assert!(!NotFound::null(200, "").matches(&answer(200, other), None), "{other}");
        assert!(!NotFound::empty_list(200).matches(&answer(200, other), None), "{other}");
    }
    let null = NotFound::null(200, "/data/thing");
    assert!(null.matches(&answer(200, r#"{"data": {"thing": null}}"#), None));
    assert!(!null.matches(&answer(200, r#"{"data": {"thing": {}}}"#), None));
    let failed = r#"{"errors": [{"message": "Access denied"}], "data": {"thing": null}}"#;
    assert!(!null.matches(&answer(200, failed), Some("Access denied")), "null beside an error is no news of the thing");
    assert!(!null.matches(&answer(200, r#"{"errors": [{"message": "Timeout"}]}"#), Some("Timeout")));
    assert!(!null.matches(&answer(200, "{}"), None), "what is not there is not null");
    assert!(!null.matches(&answer(200, "<html>"), None));
    assert!(NotFound::when(|answer| answer.status() == 500).matches(&answer(500, ""), None));
}

#[test]
fn a_check_sees_value_and_answer() {
    let checked = get().check(|thing, answer| match (thing.name.as_str(), answer.status()) {
        ("", 200) => Err((Kind::AnonymousView, "no name".to_owned())),
        _ => Ok(()),
    });
    assert!(checked.decode(&body(r#"{"name": "a"}"#)).is_ok());
    assert_eq!(checked.decode(&body(r#"{"name": ""}"#)), Err("no name".to_owned()));
}

#[test]
fn an_answer_about_another_object_is_none() {
    let get = get().identified(|thing| thing.name == "a");
    assert!(get.decode(&body(r#"{"name": "a"}"#)).is_ok());
    assert_eq!(get.decode(&body(r#"{"name": "b"}"#)), Err("the answer is about another object".to_owned()));
}
