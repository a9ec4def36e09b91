//! Remembers all that was shown, stored or logged, and looks for secrets in it.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;

/// Members of a simulator's dump that hold secrets.
const SECRET: [&str; 7] = ["token", "password", "secret", "status_token", "code", "client_secret", "token_code"];

/// What was seen, and what must not be in it.
#[derive(Default)]
pub(crate) struct Witness {
    seen: Mutex<Vec<(String, String)>>,
    secrets: Mutex<BTreeSet<String>>,
}

impl Witness {
    /// Something that a user, a state file or a log got to see.
    pub(crate) fn see(&self, what: impl Into<String>, text: impl Into<String>) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push((what.into(), text.into()));
    }

    /// Notes the secrets that a simulator holds at this moment.
    pub(crate) fn learn(&self, dump: &Json) {
        let mut secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        collect(dump, &mut secrets);
    }

    /// Notes one more secret.
    pub(crate) fn learn_secret(&self, secret: &str) {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).insert(secret.to_owned());
    }

    /// Where secrets were seen, and forgets what was seen. The secrets themselves are not repeated.
    pub(crate) fn leaks(&self) -> Vec<String> {
        let seen = std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner));
        let secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        let forms: Vec<String> = secrets.iter().flat_map(|secret| forms(secret)).collect();
        let leaks = |(what, text): &(String, String)| {
            let at = forms.iter().find_map(|form| text.find(form.as_str()))?;
            let before: String = text[..at].chars().rev().take(60).collect::<Vec<_>>().into_iter().rev().collect();
            Some(format!("a secret in {what}, after {before:?}"))
        };
        seen.iter().filter_map(leaks).collect()
    }

    /// Whether some text of this kind was seen.
    pub(crate) fn saw(&self, what: &str, needle: &str) -> bool {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.iter().any(|(kind, text)| kind == what && text.contains(needle))
    }

    /// How much was seen.
    pub(crate) fn amount(&self) -> usize {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// A secret as it may be written: plain, as JSON writes it, and within base64 at any of the three alignments.
fn forms(secret: &str) -> Vec<String> {
    let mut forms = vec![secret.to_owned()];
    let quoted = Json::from(secret).to_string();
    forms.push(quoted[1..quoted.len() - 1].to_owned());
    for shift in 0..3 {
        let shifted = [vec![b':'; shift], secret.as_bytes().to_vec()].concat();
        let text = STANDARD.encode(shifted).trim_end_matches('=').to_owned();
        // The first characters depend on what stands before, the last ones on what follows.
        let inner = &text[if shift == 0 { 0 } else { 4 }..text.len().saturating_sub(2)];
        if inner.len() >= 8 {
            forms.push(inner.to_owned());
        }
    }
    forms
}

fn collect(dump: &Json, secrets: &mut BTreeSet<String>) {
    let long = |text: &str| text.len() >= 8;
    match dump {
        Json::Object(members) => {
            for (name, value) in members {
                match value {
                    Json::String(text) if SECRET.contains(&name.as_str()) && long(text) => {
                        secrets.insert(text.clone());
                    }
                    Json::Object(tokens) if name == "tokens" => secrets.extend(tokens.keys().cloned()),
                    Json::Array(tokens) if name == "tokens" => {
                        secrets.extend(tokens.iter().filter_map(Json::as_str).map(str::to_owned));
                    }
                    other => collect(other, secrets),
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| collect(item, secrets)),
        _ => {}
    }
}

#[test]
fn secrets_are_found_in_all_their_forms() {
    let witness = Witness::default();
    witness.learn(
        &serde_json::json!({ "robots": { "acme+ci": { "token": "Sesame-open-1" } }, "tokens": { "Bearer-of-it": {} } }),
    );
    let dockerish = STANDARD.encode("acme+ci:Sesame-open-1");
    for text in ["x Sesame-open-1 y", "token Bearer-of-it.", &format!("{{\"auth\":\"{dockerish}\"}}")] {
        witness.see("a log", text);
        let leaks = witness.leaks();
        assert_eq!(leaks.len(), 1, "{text}");
        assert!(!leaks[0].contains("Sesame-open-1"));
    }
    witness.see("a log", "nothing of the kind");
    assert_eq!((witness.amount(), witness.leaks().len(), witness.amount()), (1, 0, 0));
}
