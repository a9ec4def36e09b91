//! What the simulated Quay holds of builds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What starts builds when something happens to a source.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    /// Tells the order of creation.
    pub number: u64,
    /// `custom-git`, `github`, `gitlab` or `bitbucket`.
    pub service: String,
    /// Who made it, in a browser.
    pub connected_user: String,
    /// How it is set up; what the service made at activation is in it too.
    #[serde(default)]
    pub config: Map<String, Value>,
    /// The robot with which base images are pulled.
    #[serde(default)]
    pub pull_robot: Option<String>,
    /// Whether it starts builds.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Why it was switched off at last.
    #[serde(default)]
    pub disabled_reason: Option<String>,
    /// What the other service would tell; a `custom-git` trigger has none.
    #[serde(default)]
    pub remote: Remote,
}

fn yes() -> bool {
    true
}

/// A service that holds sources, as a trigger's login sees it.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Remote {
    /// Where sources are, as the API shows it.
    pub namespaces: Vec<Value>,
    /// Sources by namespace, as the API shows them.
    pub sources: BTreeMap<String, Vec<Value>>,
    /// The branch that a clone has.
    pub default_branch: String,
    /// Branches with their commits.
    pub branches: BTreeMap<String, String>,
    /// Tags with their commits.
    pub tags: BTreeMap<String, String>,
    /// What is told of every commit.
    pub commit_info: Map<String, Value>,
    /// Dockerfiles with the image that each is made from.
    pub dockerfiles: BTreeMap<String, String>,
}

/// An image that is being built, or was.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Build {
    /// Tells the order of creation.
    pub number: u64,
    /// How far it is.
    pub phase: String,
    /// RFC 2822.
    pub started: String,
    /// For people.
    pub display_name: String,
    /// What is known of a build that goes on.
    #[serde(default)]
    pub status: Map<String, Value>,
    /// Path of the Dockerfile.
    pub subdirectory: String,
    /// Folder that the Dockerfile sees.
    pub context: String,
    /// Tags that the image gets.
    pub tags: Vec<String>,
    /// Who started it.
    pub manual_user: Option<String>,
    /// UUID of the trigger that started it.
    #[serde(default)]
    pub trigger: Option<String>,
    /// What the trigger knows of the commit.
    #[serde(default)]
    pub trigger_metadata: Map<String, Value>,
    /// Id of the file that was uploaded for it.
    #[serde(default)]
    pub resource_key: Option<String>,
    /// The robot with which base images are pulled.
    #[serde(default)]
    pub pull_robot: Option<String>,
    /// Where the source is.
    #[serde(default)]
    pub archive_url: Option<String>,
    /// What it has said.
    #[serde(default)]
    pub logs: Vec<Value>,
    /// Whether its logs are kept as a file only.
    #[serde(default)]
    pub logs_archived: bool,
    /// Phases that it still goes through, one each time that somebody looks at it.
    #[serde(default)]
    pub ahead: Vec<String>,
}

/// A file that somebody announced, to build from it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DroppedFile {
    /// Its media type.
    pub kind: String,
    /// What it holds, in Base64; null until it has come.
    #[serde(default)]
    pub content: Option<String>,
    /// The signature of its address, where the storage takes it itself.
    #[serde(default)]
    pub signature: Option<String>,
    /// The headers with which it came to the storage.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
}
