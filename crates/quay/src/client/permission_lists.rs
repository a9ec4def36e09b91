//! Which list answers reads of permissions with the fewest requests.
//!
//! A permission stands in two lists: that of its repository, and, but for users, that of its robot or team. One robot in a thousand
//! repositories is one list; a thousand teams in one repository are one list too. What a configuration looks like shows as it is read:
//!
//! - A list that was fetched already costs nothing more.
//! - Users have only their repository's list, which holds its robots too. So robots are read there as well where most repositories have
//!   users; else from their own list as soon as they are met a second time.
//! - Teams have lists of their own: fifty teams in five hundred repositories are fifty lists. They are left for those of a repository
//!   that has many.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use registry_http::{Collection, Result};

use super::Quay;
use crate::api::permissions::{Grant, GrantKey, Holder, OfHolder, OfRepository};

/// What was read so far.
#[derive(Debug, Default)]
pub(super) struct Met(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    /// How often the lists of these repositories and holders would have been of use.
    times: HashMap<String, u32>,
    /// Lists that were decided for.
    listed: HashSet<String>,
    /// Repositories in which users or robots were read, and those of them in which users were.
    repositories: HashSet<String>,
    with_users: HashSet<String>,
}

#[derive(Debug, PartialEq, Eq)]
enum Way {
    Repository,
    Holder,
}

impl Met {
    fn way(&self, key: &GrantKey) -> Way {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).way(key)
    }
}

impl Seen {
    fn way(&mut self, key: &GrantKey) -> Way {
        let (repository, holder) = (OfRepository::parent(key), OfHolder::parent(key));
        let (of_repository, of_holder) = (self.count(&repository), self.count(&holder));
        let is_team = matches!(key.holder, Holder::Team(_));
        if !is_team {
            self.repositories.insert(repository.clone());
        }
        if !OfHolder::has(&key.holder) {
            self.with_users.insert(repository.clone());
            self.listed.insert(repository);
            return Way::Repository;
        }
        let by_holder = match (self.listed.contains(&repository), self.listed.contains(&holder)) {
            (true, _) => false,
            (_, true) => true,
            _ if is_team => of_holder >= of_repository,
            _ => of_holder > 0 && self.with_users.len() * 3 < self.repositories.len(),
        };
        self.listed.insert(if by_holder { holder } else { repository });
        if by_holder { Way::Holder } else { Way::Repository }
    }

    /// How often it was met before.
    fn count(&mut self, list: &str) -> u32 {
        let times = self.times.entry(list.to_owned()).or_default();
        *times = times.saturating_add(1);
        *times - 1
    }
}

impl Quay {
    /// One permission, from a list where that saves requests. `None`: it is not set.
    ///
    /// # Errors
    /// When the server cannot tell.
    pub(crate) async fn grant(&self, key: &GrantKey) -> Result<Option<Grant>> {
        let found = match self.met.way(key) {
            Way::Repository => self.read::<OfRepository>(key).await?,
            Way::Holder => self.read::<OfHolder>(key).await?,
        };
        Ok(found.map(registry_http::Found::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::keys::Namespace;

    /// Lists for a permission of each holder in each repository, read in this order.
    fn requests(keys: impl Iterator<Item = (usize, Holder)>) -> usize {
        let met = Met::default();
        for (repository, holder) in keys {
            let namespace = Namespace { name: "acme".to_owned(), own: false };
            met.way(&GrantKey { namespace, repository: format!("r{repository}"), holder });
        }
        met.0.into_inner().map(|seen| seen.listed.len()).unwrap_or_default()
    }

    fn team(n: usize) -> Holder {
        Holder::Team(format!("t{n}"))
    }

    fn user(n: usize) -> Holder {
        Holder::User(format!("u{n}"))
    }

    fn robot(n: usize) -> Holder {
        Holder::User(format!("acme+r{n}"))
    }

    #[test]
    fn the_shorter_side_is_listed() {
        assert_eq!(requests((0..1000).map(|r| (r, robot(0)))), 2);
        assert_eq!(requests((0..1000).map(|t| (0, team(t)))), 2);
        assert!(requests((0..1000).flat_map(|r| (0..3).map(move |t| (r, team(t))))) <= 8);
        assert!(requests((0..3).flat_map(|r| (0..1000).map(move |t| (r, team(t))))) <= 1010);
    }

    #[test]
    fn users_have_only_their_repositorys_list() {
        assert_eq!(requests((0..100).flat_map(|r| (0..3).map(move |u| (r, user(u))))), 100);
    }

    #[test]
    fn where_users_are_robots_are_read_with_them() {
        let of_repository = |r: usize| [user(r % 7), robot(r % 100), team(r % 50)].map(|holder| (r, holder));
        let all: Vec<(usize, Holder)> = (0..500).flat_map(of_repository).collect();
        assert!(requests(all.iter().cloned()) <= 551);
        // In any order: 7 and 1,500 have no common divisor.
        assert!(requests((0..1500).map(|n| all[n * 7 % 1500].clone())) <= 575);
        assert!(requests(all.iter().rev().cloned()) <= 575);
    }
}
