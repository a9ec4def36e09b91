//! What the server holds, one type for each kind of row.

use super::clock::Time;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A person who can log in.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct User {
    pub(super) username: String,
    pub(super) password: String,
    pub(super) email: String,
    pub(super) realname: String,
    pub(super) comment: String,
    pub(super) sysadmin: bool,
    /// Whether it is only a row that is left, and nobody who can log in or be found.
    pub(super) deleted: bool,
    pub(super) creation_time: Time,
    pub(super) update_time: Time,
}

/// A group of users, whose members only its source knows.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct UserGroup {
    pub(super) name: String,
    /// 1 LDAP, 2 HTTP, 3 OIDC; 0 where nobody said.
    pub(super) kind: i64,
    pub(super) ldap_dn: String,
}

/// A label, of all projects or of one.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Label {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) color: String,
    /// `g` for all projects, `p` for one.
    pub(super) scope: String,
    /// 0 for all projects.
    pub(super) project_id: i64,
    pub(super) creation_time: Time,
    pub(super) update_time: Time,
}

/// Vulnerabilities that do not count, of a project or of the system.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Allowlist {
    /// Number of the row that Harbor keeps for it.
    pub(super) id: i64,
    pub(super) cve_ids: Vec<String>,
    /// Seconds since 1970; null for never.
    pub(super) expires_at: Option<i64>,
    pub(super) creation_time: Time,
    pub(super) update_time: Time,
}

/// A project. A deleted one stays as a row named `name#id`.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Project {
    pub(super) name: String,
    pub(super) owner_id: i64,
    /// The registry of a proxy cache; 0 for an ordinary project.
    pub(super) registry_id: i64,
    pub(super) deleted: bool,
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) allowlist: Allowlist,
    pub(super) creation_time: Time,
    pub(super) update_time: Time,
}

impl Project {
    /// Whether anybody may read it.
    pub(super) fn is_public(&self) -> bool {
        self.metadata.get("public").is_some_and(|value| matches!(value.to_lowercase().as_str(), "true" | "1"))
    }

    /// Whether it caches another registry.
    pub(super) fn is_proxy(&self) -> bool {
        self.registry_id > 0
    }
}

/// The role of a user or a group in a project.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Member {
    pub(super) project_id: i64,
    /// 0 for a group.
    pub(super) user_id: i64,
    /// 0 for a user.
    pub(super) group_id: i64,
    /// 1 project admin, 2 developer, 3 guest, 4 maintainer, 5 limited guest. Another is kept, and shown nowhere.
    pub(super) role_id: i64,
}

/// The storage limit of a project.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Quota {
    pub(super) project_id: i64,
    /// Bytes; -1 for no limit.
    pub(super) hard: i64,
    /// Bytes.
    pub(super) used: i64,
    pub(super) creation_time: Time,
    pub(super) update_time: Time,
}

/// A repository. No endpoint makes one: pushes do, or a change of the state.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Repository {
    pub(super) project_id: i64,
    /// Name with the project's, as in `library/app`.
    pub(super) name: String,
    /// Kept escaped for HTML.
    pub(super) description: String,
    pub(super) artifact_count: i64,
    pub(super) pull_count: i64,
    /// Bytes that count against the project's limit, and are free again when it is deleted.
    pub(super) size: i64,
    /// Whether an immutable tag keeps it from being deleted.
    pub(super) immutable: bool,
    pub(super) creation_time: Time,
    pub(super) update_time: Time,
}

/// Another registry that projects can cache.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Registry {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) url: String,
    pub(super) description: String,
    pub(super) insecure: bool,
    pub(super) ca_certificate: String,
    pub(super) credential_type: String,
    pub(super) access_key: String,
    pub(super) access_secret: String,
    pub(super) status: String,
    pub(super) creation_time: Time,
    pub(super) update_time: Time,
}

/// A retention policy. Harbor itself makes one for every proxy project.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Retention {
    pub(super) project_id: i64,
    /// The policy as the API shows it, but for its id and when it is run next.
    pub(super) policy: Value,
}

/// One thing that a robot may do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Rule {
    /// `/system`, `/project/*` or `/project/<id>`.
    pub(super) scope: String,
    pub(super) resource: String,
    pub(super) action: String,
    /// As given: empty, `allow` or `deny`.
    pub(super) effect: String,
}

/// A robot account.
#[derive(Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Robot {
    /// Name without the prefix: `ci`, or `project+ci`.
    pub(super) name: String,
    pub(super) description: String,
    /// In clear, so that tests can compare it. Empty for a legacy robot, which cannot log in or be edited.
    pub(super) secret: String,
    /// Days; -1 for ever.
    pub(super) duration: i64,
    /// 0 for a robot of the system.
    pub(super) project_id: i64,
    /// Seconds since 1970; -1 for never.
    pub(super) expires_at: i64,
    pub(super) disabled: bool,
    /// False for the robots that scanners use: they are left out of lists.
    pub(super) visible: bool,
    /// `local` for a user, `robot` for a robot.
    pub(super) creator_type: String,
    pub(super) creator_ref: i64,
    pub(super) permissions: Vec<Rule>,
    pub(super) creation_time: Time,
    pub(super) update_time: Time,
}

impl Default for Robot {
    fn default() -> Self {
        Self {
            name: String::new(),
            description: String::new(),
            secret: String::new(),
            duration: -1,
            project_id: 0,
            expires_at: -1,
            disabled: false,
            visible: true,
            creator_type: "local".into(),
            creator_ref: 1,
            permissions: Vec::new(),
            creation_time: Time::default(),
            update_time: Time::default(),
        }
    }
}

impl Robot {
    /// Whether it was made after the first version of robots, and so can be edited.
    pub(super) fn editable(&self) -> bool {
        !self.secret.is_empty()
    }
}
