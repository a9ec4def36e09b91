//! Private data: a JSON object that Terraform keeps beside a resource's state. It is state: no secret may be in it.

use std::collections::BTreeMap;

use serde_json::Value as Json;

/// Marks a resource that was imported and not read yet. Keys with a leading dot belong to the framework.
const IMPORTED: &str = ".imported";

/// Private data of one resource.
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
        self.0.get(key)
    }

    /// Keeps an entry.
    pub fn set(&mut self, key: &str, value: Json) {
        self.0.insert(key.to_owned(), value);
    }

    pub(super) fn mark_imported(&mut self) {
        self.set(IMPORTED, Json::Bool(true));
    }

    /// True once, after an import.
    pub(super) fn take_imported(&mut self) -> bool {
        self.0.remove(IMPORTED).is_some()
    }
}
