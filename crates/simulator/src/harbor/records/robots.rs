//! Robot accounts.

use crate::harbor::clock::Time;
use serde::{Deserialize, Serialize};

/// One thing that a robot may do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Rule {
    /// `/system`, `/project/*` or `/project/<id>`.
    pub(crate) scope: String,
    pub(crate) resource: String,
    pub(crate) action: String,
    /// As given: empty, `allow` or `deny`.
    pub(crate) effect: String,
}

/// A robot account.
#[derive(Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Robot {
    /// Name without the prefix: `ci`, or `project+ci`.
    pub(crate) name: String,
    pub(crate) description: String,
    /// In clear, so that tests can compare it. Empty for a legacy robot, which cannot log in or be edited.
    pub(crate) secret: String,
    /// Days; -1 for ever.
    pub(crate) duration: i64,
    /// 0 for a robot of the system.
    pub(crate) project_id: i64,
    /// Seconds since 1970; -1 for never.
    pub(crate) expires_at: i64,
    pub(crate) disabled: bool,
    /// False for the robots that scanners use: they are left out of lists.
    pub(crate) visible: bool,
    /// `local` for a user, `robot` for a robot.
    pub(crate) creator_type: String,
    pub(crate) creator_ref: i64,
    pub(crate) permissions: Vec<Rule>,
    pub(crate) creation_time: Time,
    pub(crate) update_time: Time,
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
    pub(crate) fn editable(&self) -> bool {
        !self.secret.is_empty()
    }
}
