//! What goes wrong on demand.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

/// Something that goes wrong with the next requests that match.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Fault {
    /// Method that it meets; `*` meets all.
    #[serde(default = "any")]
    pub method: String,
    /// Path that it meets, without the query and as sent. A `*` stands for any text, slashes included.
    pub path: String,
    /// So many matching requests are let through first.
    #[serde(default)]
    pub skip: u32,
    /// So many requests are met after that.
    #[serde(default = "once")]
    pub times: u32,
    /// What happens to them.
    #[serde(flatten)]
    pub action: Action,
}

/// What happens to a request.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "action")]
pub enum Action {
    /// It is not handled but answered like this.
    Answer {
        /// Status of the answer.
        status: u16,
        /// `Content-Type` of the answer.
        #[serde(default = "json")]
        content_type: String,
        /// Body of the answer, verbatim.
        #[serde(default)]
        body: String,
        /// More headers (`Retry-After`, for one), as pairs of name and value.
        #[serde(default)]
        headers: Vec<(String, String)>,
    },
    /// It is handled after a pause. Other faults may meet it as well.
    Delay {
        /// Length of the pause.
        milliseconds: u64,
    },
    /// It is answered at once with this status, as by a proxy that gives up, and handled when so many further requests have come.
    Late {
        /// Status of the answer.
        status: u16,
        /// So many requests come first.
        after: u32,
    },
    /// The connection is cut before it is handled.
    CutBefore,
    /// It is handled, and the connection is cut instead of an answer.
    CutAfter,
    /// It is handled, and the connection is cut in the middle of the answer's body. Without a body that is `CutAfter`.
    Truncate,
    /// It is handled, and answered with something else, as by a proxy that shows a page of its own.
    ReplaceAfter {
        /// Status of the answer; without one, the server's.
        #[serde(default)]
        status: Option<u16>,
        /// `Content-Type` of the answer.
        #[serde(default = "json")]
        content_type: String,
        /// Body of the answer, verbatim.
        #[serde(default)]
        body: String,
    },
    /// It is handled, and the answer's body ends in its middle, with nothing else wrong: its length is announced as it is.
    HalveAfter {
        /// Status of the answer; without one, the server's.
        #[serde(default)]
        status: Option<u16>,
    },
    /// It is handled, and answered as if about another object.
    AnotherAfter {
        /// Status of the answer; without one, the server's.
        #[serde(default)]
        status: Option<u16>,
        /// Members of the answer, wherever they are in it, that have other values than the server's. (The address of a new object, in
        /// `Location`, is always another one.)
        members: Vec<String>,
    },
    /// A GET is answered as the same GET was answered last, whatever was written since. Answers are remembered from the
    /// moment when the fault is added, so it needs a [`skip`](Fault::skip).
    Stale,
}

impl Fault {
    /// A fault that meets the next request of this method and path.
    pub fn once(method: &str, path: &str, action: Action) -> Self {
        Self { method: method.into(), path: path.into(), skip: 0, times: 1, action }
    }

    /// The same fault, met so many times.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times, ..self }
    }

    /// The same fault, after so many matching requests went through.
    #[must_use]
    pub fn skip(self, skip: u32) -> Self {
        Self { skip, ..self }
    }

    fn meets(&self, method: &str, path: &str) -> bool {
        (self.method == "*" || self.method.eq_ignore_ascii_case(method)) && matches(&self.path, path)
    }
}

impl Action {
    /// An answer with a JSON body.
    pub fn answer(status: u16, body: &str) -> Self {
        Self::Answer { status, content_type: json(), body: body.into(), headers: Vec::new() }
    }

    /// What comes of a request that is handled, and answered with this status, and this page.
    pub fn page_after(status: Option<u16>, body: &str) -> Self {
        Self::ReplaceAfter { status, content_type: "text/html".into(), body: body.into() }
    }

    /// The page that Quay shows when it did not catch an exception, as it happens under parallel writes.
    pub fn quay_crash() -> Self {
        let body = crate::quay::CRASH_PAGE.into();
        Self::Answer { status: 500, content_type: "text/html".into(), body, headers: Vec::new() }
    }
}

fn any() -> String {
    "*".into()
}

fn once() -> u32 {
    1
}

fn json() -> String {
    "application/json".into()
}

/// Whether `text` is `pattern`, where a `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(text) = text.strip_prefix(start) else { return false };
    text.char_indices().map(|(at, _)| at).chain([text.len()]).any(|at| matches(rest, &text[at..]))
}

/// The faults that wait for their requests.
#[derive(Default)]
pub struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    /// Adds one, behind those that are there.
    pub fn add(&self, fault: Fault) {
        self.list().push(fault);
    }

    /// Takes all back.
    pub fn clear(&self) {
        self.list().clear();
    }

    /// Those that still wait.
    pub fn waiting(&self) -> Vec<Fault> {
        self.list().clone()
    }

    /// What happens to this request: pauses first, then at most one of the others.
    pub fn meet(&self, method: &str, path: &str) -> Vec<Action> {
        let mut list = self.list();
        let mut actions = Vec::new();
        for fault in list.iter_mut().filter(|fault| fault.meets(method, path)) {
            if fault.skip > 0 {
                fault.skip -= 1;
                continue;
            }
            fault.times = fault.times.saturating_sub(1);
            actions.push(fault.action.clone());
            if !matches!(fault.action, Action::Delay { .. }) {
                break;
            }
        }
        list.retain(|fault| fault.times > 0);
        actions
    }

    /// Whether a waiting fault wants to know the answer to this request.
    pub fn wants_answer(&self, method: &str, path: &str) -> bool {
        self.list().iter().any(|fault| matches!(fault.action, Action::Stale) && fault.meets(method, path))
    }

    fn list(&self) -> MutexGuard<'_, Vec<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        assert!(matches("/api/*/robots/*", "/api/v1/organization/acme/robots/ci"));
        assert!(matches("*", ""));
        assert!(!matches("/api/*/robots", "/api/v1/robots/ci"));
        assert!(!matches("/api", "/api/v1"));
    }

    #[test]
    fn faults_are_let_through_met_and_spent() {
        let faults = Faults::default();
        faults.add(Fault::once("PUT", "/a/*", Action::CutBefore).skip(1).times(2));
        let met: Vec<usize> = (0..4).map(|_| faults.meet("put", "/a/b").len()).collect();
        assert_eq!(met, [0, 1, 1, 0]);
        assert!(faults.waiting().is_empty());
    }

    #[test]
    fn a_pause_is_followed_by_one_other_fault() {
        let faults = Faults::default();
        faults.add(Fault::once("*", "*", Action::Delay { milliseconds: 1 }));
        faults.add(Fault::once("*", "*", Action::CutAfter));
        faults.add(Fault::once("*", "*", Action::Truncate));
        assert!(matches!(faults.meet("GET", "/")[..], [Action::Delay { .. }, Action::CutAfter]));
        assert!(matches!(faults.meet("GET", "/")[..], [Action::Truncate]));
    }
}
