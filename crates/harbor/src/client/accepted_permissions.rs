//! What robots can be granted on a server: as it tells, or from the table of its release.

use std::collections::BTreeSet;

use semver::Version;

/// Resource and action.
pub type Pairs = BTreeSet<(String, String)>;

/// What a server accepts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accepted {
    /// For the kind `system`; `None` when it is not known, or nothing is checked.
    pub system: Option<Pairs>,
    /// For the kind `project`.
    pub project: Option<Pairs>,
}

/// `kind resource actions since[..until]`: `until` is the first release without it. Releases that nobody has looked at are taken to accept
/// what their neighbours accept.
const TABLE: &str = include_str!("permission_table.txt");
/// The newest release that the table knows.
const NEWEST: Version = Version::new(2, 16, u64::MAX);
/// Releases before this one check nothing.
const FIRST: Version = Version::new(2, 10, 0);

impl Accepted {
    /// What a release accepts, from the table. Nothing is known of releases that check nothing or are too new.
    pub fn by(version: &Version) -> Self {
        if *version < FIRST || *version > NEWEST {
            return Self::default();
        }
        let pairs = |kind: &str| {
            let lines = TABLE.lines().filter_map(|line| {
                let words: Vec<&str> = line.split(' ').collect();
                let &[of, resource, actions, range] = words.as_slice() else { return None };
                (of == kind && is_in(version, range)).then_some((resource, actions))
            });
            let pair = |resource: &str, action: &str| (resource.to_owned(), action.to_owned());
            lines.flat_map(|(resource, actions)| actions.split(',').map(move |a| pair(resource, a))).collect()
        };
        Self { system: Some(pairs("system")), project: Some(pairs("project")) }
    }

    /// Of one kind.
    pub fn of(&self, kind: &str) -> Option<&Pairs> {
        if kind == "system" { self.system.as_ref() } else { self.project.as_ref() }
    }
}

fn is_in(version: &Version, range: &str) -> bool {
    let (since, until) = range.split_once("..").map_or((range, None), |(since, until)| (since, Some(until)));
    let at = |text: &str| Version::parse(text).ok();
    at(since).is_some_and(|since| *version >= since) && until.and_then(at).is_none_or(|until| *version < until)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_as_much_as_each_release() {
        let count = |text: &str| {
            let accepted = Accepted::by(&Version::parse(text).unwrap());
            (accepted.system.map(|p| p.len()), accepted.project.map(|p| p.len()))
        };
        assert_eq!(count("2.9.5"), (None, None));
        assert_eq!(count("2.10.0"), (Some(51), Some(55)));
        assert_eq!(count("2.10.3"), (Some(53), Some(56)));
        assert_eq!(count("2.11.2"), (Some(53), Some(59)));
        assert_eq!(count("2.12.0"), (Some(72), Some(68)));
        assert_eq!(count("2.15.2"), (Some(70), Some(70)));
        assert_eq!(count("3.0.0"), (None, None));
    }
}
