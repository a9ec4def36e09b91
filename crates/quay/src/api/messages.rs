//! Notices that the web pages show to everybody.
//!
//! Observed: everybody may read them, without a token too; creating answers 201 with an empty page and does not tell the id; there is no
//! change; deleting answers 204 also for what is not there.

use registry_http::{Answer, Collection, Endpoint, Kind, Listing, Repetition};
use serde::{Deserialize, Serialize};

use super::scopes::SUPERUSER;
use crate::features;

/// A notice.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct MessageJson {
    pub uuid: String,
    pub content: String,
    /// `text/plain` or `text/markdown`.
    pub media_type: String,
    /// `info`, `warning` or `error`.
    pub severity: String,
}

/// A new notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewMessage {
    pub content: String,
    pub media_type: String,
    pub severity: String,
}

impl NewMessage {
    /// Whether a notice is as this one will be.
    pub fn is(&self, message: &MessageJson) -> bool {
        (&self.content, &self.media_type, &self.severity) == (&message.content, &message.media_type, &message.severity)
    }
}

/// All notices of the registry.
pub struct Messages;

impl Collection for Messages {
    type Key = String;
    type Item = MessageJson;
    const NAME: &'static str = "messages";
    /// There is no single read.
    const SINGLES: u32 = 0;

    fn parent(_: &String) -> String {
        String::new()
    }

    fn name(uuid: &String) -> String {
        uuid.clone()
    }

    fn name_of(_: &str, message: &MessageJson) -> Option<String> {
        Some(message.uuid.clone())
    }

    fn single(uuid: &String) -> Endpoint<MessageJson> {
        get(uuid)
    }

    fn list(_: &String) -> Listing<MessageJson> {
        list()
    }
}

fn listing() -> Endpoint<Vec<MessageJson>> {
    Endpoint::get("messages", &[]).within("/messages").describe("list the global messages")
}

/// All notices, the oldest first.
pub fn list() -> Listing<MessageJson> {
    Listing::whole(listing())
}

/// One notice, out of the list.
fn get(uuid: &str) -> Endpoint<MessageJson> {
    let (wanted, known) = (uuid.to_owned(), uuid.to_owned());
    let is_there = move |all: &Vec<MessageJson>, _: &Answer| match all.iter().any(|message| message.uuid == wanted) {
        true => Ok(()),
        false => Err((Kind::NotFound, "there is no such message".to_owned())),
    };
    let none = || MessageJson {
        uuid: String::new(),
        content: String::new(),
        media_type: String::new(),
        severity: String::new(),
    };
    listing().check(is_there).map(move |all| all.into_iter().find(|message| message.uuid == known).unwrap_or_else(none))
}

/// Makes a notice; gives its UUID, which the list alone tells.
pub fn create(message: &NewMessage) -> Endpoint<String> {
    #[derive(Serialize)]
    struct Body<'a> {
        message: &'a NewMessage,
    }
    let wanted = message.clone();
    Endpoint::<()>::post("messages", &[])
        .describe("create a global message")
        .json(&Body { message })
        .requires_scope(SUPERUSER)
        .invalidates::<Messages>("")
        .no_content()
        .map(|()| String::new())
        .repetition(Repetition::told_by_list(
            "global messages",
            list(),
            |listed| listed.uuid.clone(),
            move |listed| wanted.is(&listed).then_some(listed.uuid),
        ))
}

/// Takes a notice away.
pub fn delete(uuid: &str) -> Endpoint<()> {
    Endpoint::delete("message/{uuid}", &[uuid])
        .describe(format!("delete global message {uuid}"))
        .requires_scope(SUPERUSER)
        .ability(&features::SUPERUSERS)
        .invalidates::<Messages>("")
        .no_content()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_message_that_the_list_lacks_is_gone() {
        let body = r#"{"messages":[{"uuid":"u","content":"c","media_type":"text/plain","severity":"info"}]}"#;
        let answer = Answer::new(200, "application/json", body);
        assert_eq!(get("u").decode(&answer).unwrap().content, "c");
        assert!(get("v").decode(&answer).is_err());
    }

    #[test]
    fn the_answer_to_a_creation_is_an_empty_page() {
        let new = NewMessage { content: "c".into(), media_type: "text/plain".into(), severity: "info".into() };
        let endpoint = create(&new);
        assert!(endpoint.decode(&Answer::new(201, "text/html; charset=utf-8", "")).is_ok());
        let message = json!({"content": "c", "media_type": "text/plain", "severity": "info"});
        assert_eq!(endpoint.body().unwrap(), json!({"message": message}));
    }
}
