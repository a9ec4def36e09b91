//! People who can log in, and their groups.

use crate::harbor::clock::Time;
use serde::{Deserialize, Serialize};

/// A person who can log in.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct User {
    pub(crate) username: String,
    pub(crate) password: String,
    pub(crate) email: String,
    pub(crate) realname: String,
    pub(crate) comment: String,
    pub(crate) sysadmin: bool,
    /// Whether it is only a row that is left, and nobody who can log in or be found.
    pub(crate) deleted: bool,
    pub(crate) creation_time: Time,
    pub(crate) update_time: Time,
}

/// A group of users, whose members only its source knows.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct UserGroup {
    pub(crate) name: String,
    /// 1 LDAP, 2 HTTP, 3 OIDC; 0 where nobody said.
    pub(crate) kind: i64,
    pub(crate) ldap_dn: String,
}

/// Name of the user who administers the system.
pub(crate) const ADMIN: &str = "admin";
/// Name of the row that stands for whoever is not logged in.
pub(crate) const ANONYMOUS: &str = "anonymous";

/// The first administrator, who cannot be deleted and is in no list.
const FIRST: i64 = 1;

/// Whether a user is the first administrator.
pub(crate) fn is_first(id: i64) -> bool {
    id == FIRST
}
