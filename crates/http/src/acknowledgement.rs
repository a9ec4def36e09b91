//! How a server says that a write was done, where it has nothing to tell about it.
//!
//! A proxy, a login page or a maintenance page may answer 200 as well. So what an answer with a good status has to look like is declared
//! by its endpoint, as it was recorded for its route; with anything else the outcome of the write is not known.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::IgnoredAny;

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
        let is_it = match self {
            Self::Empty => matches!(answer.body().trim_ascii(), b"" | b"null" | b"\"\""),
            Self::Word(words) => {
                let word: Option<String> = serde_json::from_str(decode::part(answer, "")?).ok();
                word.is_some_and(|word| words.contains(&word.as_str()))
            }
            // Of its members only the names are kept.
            Self::Object(members) => {
                let object: Option<BTreeMap<String, IgnoredAny>> = serde_json::from_str(decode::part(answer, "")?).ok();
                object.is_some_and(|object| {
                    members.iter().all(|member| object.contains_key(*member))
                        && (!members.is_empty() || object.is_empty())
                })
            }
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
    use crate::Answer;

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
        let large: &str = Box::leak(format!("{{\"many\":[{}0],\"uuid\":\"u\"}}", "0,".repeat(90_000)).into_boxed_str());
        assert!(accepts(Object(&["uuid"]), large) && !accepts(Object(&[]), large) && !accepts(Empty, large));
        assert!(accepts(Unspecified, "") && accepts(Unspecified, "ok") && !accepts(Unspecified, "<html>ok</html>"));
    }
}
