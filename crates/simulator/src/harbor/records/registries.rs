//! Other registries.

use crate::harbor::clock::Time;
use serde::{Deserialize, Serialize};

/// Another registry that projects can cache.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Registry {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) url: String,
    pub(crate) description: String,
    pub(crate) insecure: bool,
    pub(crate) ca_certificate: String,
    pub(crate) credential_type: String,
    pub(crate) access_key: String,
    pub(crate) access_secret: String,
    pub(crate) status: String,
    pub(crate) creation_time: Time,
    pub(crate) update_time: Time,
}
