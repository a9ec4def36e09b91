//! How a server says that a write was done, where it has nothing to tell about it.
//!
//! A proxy, a login page or a maintenance page may answer 200 as well. So what an answer with a good status has to look like is declared
//! by its endpoint, as it was recorded for its route; with anything else the outcome of the write is not known.

use std::sync::Arc;

use serde_json::Value;

use super::answer::Answer;
use super::decode::{self, Decode, Unusable};

/// What the body of such an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acknowledgement {
    /// Nothing, or JSON's `null` or `""`.
    Empty,
    /// One of these words, as a JSON string: Quay's `"Created"`.
    Word(&'static [&'static str]),
    /// A JSON object that has these members. Without any it is `{}`.
    Object(&'static [&'static str]),
    /// Anything but an HTML page: of a server that is not the service, whose words are not known.
    Unspecified,
}

impl Acknowledgement {
    pub(super) fn decoder(self) -> Decode<()> {
        Arc::new(move |answer| self.check(answer))
    }

    fn check(self, answer: &Answer) -> Result<(), Unusable> {
        let blank = answer.is_blank();
        if blank && matches!(self, Self::Empty | Self::Unspecified) {
            return Ok(());
        }
        let body: Value = match self {
            // What is there is no acknowledgement, whether it is JSON or not.
            Self::Empty | Self::Unspecified => answer.json().unwrap_or(Value::Bool(false)),
            _ => decode::json(answer)?,
        };
        let is_it = match self {
            Self::Empty => body.is_null() || body == "",
            Self::Word(words) => body.as_str().is_some_and(|word| words.contains(&word)),
            Self::Object(members) => body.as_object().is_some_and(|object| {
                members.iter().all(|member| object.contains_key(*member)) && (!members.is_empty() || object.is_empty())
            }),
            Self::Unspecified => !answer.is_html(),
        };
        match is_it {
            true => Ok(()),
            false => Err(Unusable::Unreadable(format!("{} was expected", self.expected()))),
        }
    }

    fn expected(self) -> String {
        match self {
            Self::Empty => "an empty body".to_owned(),
            Self::Word(words) => format!("{:?}", words.join(" or ")),
            Self::Object([]) => "an empty JSON object".to_owned(),
            Self::Object(members) => format!("a JSON object with {}", members.join(", ")),
            Self::Unspecified => "no HTML page".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Acknowledgement::{self, Empty, Object, Unspecified, Word};
    use crate::http::Answer;

    fn accepts(by: Acknowledgement, body: &'static str) -> bool {
        by.check(&Answer::new(200, "application/json", body)).is_ok()
    }

    #[test]
    fn only_what_the_route_answers_counts() {
        let foreign = ["<html>ok</html>", "ok", "{\"status\":\"ok\"}", "[1", "\"ok\""];
        for by in [Empty, Word(&["Created"]), Object(&["uuid"]), Object(&[])] {
            for body in foreign {
                assert!(!accepts(by, body), "{by:?} {body}");
            }
        }
        assert!(
            accepts(Empty, "")
                && accepts(Empty, "\n")
                && accepts(Empty, "null")
                && accepts(Empty, "\"\"\n")
                && !accepts(Empty, "{}")
        );
        assert!(accepts(Word(&["Created"]), "\"Created\"\n") && !accepts(Word(&["Created"]), ""));
        assert!(accepts(Object(&["uuid"]), "{\"uuid\":1,\"more\":2}") && !accepts(Object(&["uuid"]), "{}"));
        assert!(accepts(Object(&[]), "{}") && !accepts(Object(&[]), ""));
        assert!(accepts(Unspecified, "") && accepts(Unspecified, "ok") && !accepts(Unspecified, "<html>ok</html>"));
    }
}
