//! The simulated release of Harbor, and what depends on it.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

/// A release number such as `2.15.2`, made by parsing it; releases compare by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    major: u32,
    minor: u32,
    patch: u32,
}

impl Version {
    /// The first release of a minor series of Harbor 2.
    pub(super) const fn minor(minor: u32) -> Self {
        Self { major: 2, minor, patch: 0 }
    }

    /// One release of Harbor 2.
    pub(super) const fn exact(minor: u32, patch: u32) -> Self {
        Self { major: 2, minor, patch }
    }
}

impl Default for Version {
    fn default() -> Self {
        Self::exact(15, 2)
    }
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Option<Vec<u32>> = text.trim_start_matches('v').split('.').map(|part| part.parse().ok()).collect();
        match parts.as_deref() {
            Some(&[major, minor]) => Ok(Self { major, minor, patch: 0 }),
            Some(&[major, minor, patch]) => Ok(Self { major, minor, patch }),
            _ => Err(format!("`{text}` is not a release such as 2.15.2")),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// What a robot may be granted, as `resource:action`, in the order in which the server lists it.
#[derive(Debug, Deserialize)]
pub(super) struct PermissionTable {
    since: Version,
    /// For blocks of kind `system`.
    pub(super) system: Vec<String>,
    /// For blocks of kind `project`.
    pub(super) project: Vec<String>,
}

/// The tables by the release that brought them, oldest first.
static TABLES: LazyLock<Vec<PermissionTable>> =
    LazyLock::new(|| serde_json::from_str(include_str!("permissions.json")).unwrap_or_default());

/// The table of a release; none before 2.10, where nothing was checked.
pub(super) fn permission_table(version: Version) -> Option<&'static PermissionTable> {
    TABLES.iter().rev().find(|table| table.since <= version)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn table(version: &str) -> Option<&'static PermissionTable> {
        permission_table(version.parse().unwrap())
    }

    #[test]
    fn releases_compare_by_number() {
        let newer: Version = "v2.15.2".parse().unwrap();
        assert!(newer > "2.9.5".parse().unwrap());
        assert_eq!(newer.to_string(), "2.15.2");
        assert!("latest".parse::<Version>().is_err());
    }

    #[test]
    fn permissions_depend_on_the_release() {
        assert!(table("2.9.5").is_none());
        let sizes =
            [("2.10.0", 51, 55), ("2.10.3", 53, 56), ("2.11.2", 53, 59), ("2.12.0", 72, 68), ("2.15.2", 70, 70)];
        for (version, system, project) in sizes {
            let found = table(version).unwrap();
            assert_eq!((found.system.len(), found.project.len()), (system, project), "{version}");
        }
        let has = |version, entry: &str| table(version).unwrap().system.iter().any(|known| known == entry);
        assert!(!has("2.11.2", "robot:create") && has("2.12.0", "robot:create"));
        assert!(has("2.12.0", "export-cve:create") && !has("2.12.4", "export-cve:create"));
        assert!(!has("2.16.0", "robot:update") && !has("2.16.0", "configuration:update"));
    }
}
