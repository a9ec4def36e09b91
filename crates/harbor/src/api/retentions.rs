//! Retention policies, as far as deleting a project needs them.
//!
//! Observed on Harbor 2.15.2: a policy whose trigger has no `settings.cron` is accepted (an empty cron is fine). From then on PUT of a whole
//! policy and DELETE fail (500), and deleting its project ends the server's process right after the answer; everything that was in flight
//! is lost. An unknown policy is a 500 in the usual envelope, and a policy that was deleted with its project is one too.

use registry_http::{Answer, Endpoint, NotFound};
use serde::Deserialize;
use serde_json::{Value, json};

/// The part of a policy that is used here.
#[derive(Debug, Clone, Deserialize)]
pub struct RetentionJson {
    #[serde(default)]
    pub id: i64,
    /// What starts it: `{"kind": "Schedule", "settings": {"cron": ""}}`.
    #[serde(default)]
    trigger: Value,
}

impl RetentionJson {
    /// Whether its trigger tells when, if only that it never does. Harbor takes a missing one, and anything but a text, for granted and
    /// fails.
    pub fn has_cron(&self) -> bool {
        self.trigger.pointer("/settings/cron").is_some_and(Value::is_string)
    }
}

/// Whether an answer is Harbor's for a policy that is not there, to the letter. A failure of its database looks the same.
fn is_unknown(answer: &Answer) -> bool {
    answer.status() == 500
        && answer.json() == Some(json!({ "errors": [{ "code": "UNKNOWN", "message": "internal server error" }] }))
}

/// One policy, by the number that the metadata of its project hold.
pub fn get(id: &str) -> Endpoint<RetentionJson> {
    let asked = id.to_owned();
    Endpoint::<RetentionJson>::get("retentions/{id}", &[id])
        .describe(format!("read retention policy {id}"))
        .identified(move |found| found.id.to_string() == asked)
        .requires_scope("the permission tag-retention:read of the project")
        .not_found_when(NotFound::when(is_unknown))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{get, is_unknown};
    use registry_http::Answer;

    fn read(trigger: &str) -> bool {
        let body = format!(r#"{{"algorithm": "or", "id": 58, "rules": null, "trigger": {trigger}}}"#);
        get("58").decode(&Answer::new(200, "application/json", body)).is_ok_and(|policy| policy.has_cron())
    }

    #[test]
    fn a_cron_may_be_empty_and_must_be_there() {
        assert!(read(r#"{"kind": "Schedule", "settings": {"cron": ""}}"#));
        assert!(read(r#"{"kind": "Schedule", "settings": {"cron": "0 0 0 * * *"}, "references": {}}"#));
        for without in [
            r#"{"kind": "Schedule"}"#,
            r#"{"kind": "Schedule", "settings": {}}"#,
            r#"{"kind": "Schedule", "settings": null}"#,
            r#"{"kind": "Schedule", "settings": {"cron": null}}"#,
            "null",
        ] {
            assert!(!read(without), "{without}");
        }
    }

    #[test]
    fn only_harbors_own_words_say_that_there_is_none() {
        let said = |status: u16, code: &str, message: &str| {
            let body = json!({ "errors": [{ "code": code, "message": message }] }).to_string();
            is_unknown(&Answer::new(status, "application/json; charset=utf-8", body))
        };
        assert!(said(500, "UNKNOWN", "internal server error"));
        assert!(!said(500, "UNKNOWN", "internal server error: pq: too many clients"));
        assert!(!said(500, "INTERNAL", "internal server error") && !said(502, "UNKNOWN", "internal server error"));
        for body in ["", "internal server error", r#"{"message": "internal server error"}"#] {
            assert!(!is_unknown(&Answer::new(500, "application/json", body)), "{body}");
        }
    }

    #[test]
    fn another_policy_is_not_the_one_that_was_asked_for() {
        let body = r#"{"id": 59, "trigger": {"kind": "Schedule", "settings": {"cron": ""}}}"#;
        assert!(get("58").decode(&Answer::new(200, "application/json", body)).is_err());
        assert!(get("59").decode(&Answer::new(200, "application/json", body)).is_ok());
    }
}
