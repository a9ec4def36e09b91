//! Private data: a JSON object that Terraform keeps beside a resource's state. It is state: no secret may be in it.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::author::{Error, Result};

/// Marks a resource that was imported and not read yet.
const IMPORTED: &str = ".imported";

/// Private data of one resource: what its author wants to know again, and its user need not see. JSON by key; keys with a leading
/// dot are the framework's. It is stored as plainly as the state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Private(BTreeMap<String, Json>);

impl Private {
    /// What Terraform kept. Data of another form is dropped: it is of another provider.
    pub fn decode(bytes: &[u8]) -> Self {
        Self(serde_json::from_slice(bytes).unwrap_or_default())
    }

    /// What Terraform is to keep.
    pub fn encode(&self) -> Vec<u8> {
        if self.0.is_empty() {
            return Vec::new();
        }
        serde_json::to_vec(&self.0).unwrap_or_default()
    }

    /// One entry.
    pub fn get(&self, key: &str) -> Option<&Json> {
        self.0.get(key).filter(|_| !is_reserved(key))
    }

    /// Keeps an entry.
    ///
    /// # Errors
    /// When the key begins with a dot: such keys are the framework's.
    pub fn set(&mut self, key: &str, value: impl Into<Json>) -> Result<()> {
        if is_reserved(key) {
            return Err(Error::bug(format!(
                "The key {key:?} of private data begins with a dot, and is not a resource's"
            )));
        }
        self.0.insert(key.to_owned(), value.into());
        Ok(())
    }

    /// Forgets an entry. Those of the framework stay.
    pub fn remove(&mut self, key: &str) -> Option<Json> {
        if is_reserved(key) { None } else { self.0.remove(key) }
    }

    pub(super) fn mark_imported(&mut self) {
        self.0.insert(IMPORTED.to_owned(), Json::Bool(true));
    }

    /// True once, after an import.
    pub(super) fn take_imported(&mut self) -> bool {
        self.0.remove(IMPORTED).is_some()
    }
}

fn is_reserved(key: &str) -> bool {
    key.starts_with('.')
}
