//! Which list answers reads of permissions with the fewest requests.
//!
//! A permission stands in two lists: that of its repository, and, but for users, that of its robot or team. One robot in a thousand
//! repositories is one list; a thousand teams in one repository are one list too. Which of both a configuration looks like shows as it
//! is read: the list is asked whose repository or holder was met more often.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::Quay;
use super::api::permissions::{Grant, GrantKey, OfHolder, OfRepository};
use crate::http::{Collection, Result};

/// How often lists would have been of use.
#[derive(Debug, Default)]
pub(super) struct Met(Mutex<HashMap<String, u32>>);

#[derive(Debug, PartialEq, Eq)]
enum Way {
    Single,
    Repository,
    Holder,
}

impl Met {
    fn way(&self, key: &GrantKey) -> Way {
        let mut met = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut count = |parent: String| {
            let times = met.entry(parent).or_default();
            *times = times.saturating_add(1);
            *times - 1
        };
        let repository = count(OfRepository::parent(key));
        let holder = if OfHolder::has(&key.holder) { count(OfHolder::parent(key)) } else { 0 };
        match (repository, holder) {
            (0, 0) => Way::Single,
            _ if holder >= repository => Way::Holder,
            _ => Way::Repository,
        }
    }
}

impl Quay {
    /// One permission, from a list where that saves requests. `None`: it is not set.
    ///
    /// # Errors
    /// When the server cannot tell.
    pub(super) async fn grant(&self, key: &GrantKey) -> Result<Option<Grant>> {
        let found = match self.met.way(key) {
            Way::Single => self.read_singly::<OfRepository>(key).await?,
            Way::Repository => self.read::<OfRepository>(key).await?,
            Way::Holder => self.read::<OfHolder>(key).await?,
        };
        Ok(found.map(crate::http::Found::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::api::Namespace;
    use super::super::api::permissions::Holder;
    use super::*;

    /// Requests for a permission of each holder in each repository, read in this order.
    fn requests(keys: impl Iterator<Item = (usize, Holder)>) -> usize {
        let met = Met::default();
        let (mut lists, mut singles) = (HashSet::new(), 0);
        for (repository, holder) in keys {
            let namespace = Namespace { name: "acme".to_owned(), own: false };
            let key = GrantKey { namespace, repository: format!("r{repository}"), holder };
            match met.way(&key) {
                Way::Single => singles += 1,
                Way::Repository => drop(lists.insert(OfRepository::parent(&key))),
                Way::Holder => drop(lists.insert(OfHolder::parent(&key))),
            }
        }
        lists.len() + singles
    }

    fn team(n: usize) -> Holder {
        Holder::Team(format!("t{n}"))
    }

    #[test]
    fn the_shorter_side_is_listed() {
        assert_eq!(requests((0..1000).map(|r| (r, Holder::User("acme+ci".to_owned())))), 2);
        assert_eq!(requests((0..1000).map(|t| (0, team(t)))), 2);
        assert!(requests((0..1000).flat_map(|r| (0..3).map(move |t| (r, team(t))))) <= 8);
        assert!(requests((0..3).flat_map(|r| (0..1000).map(move |t| (r, team(t))))) <= 1010);
    }

    #[test]
    fn users_have_only_their_repositorys_list() {
        let user = |n: usize| Holder::User(format!("u{n}"));
        assert_eq!(requests((0..100).flat_map(|r| (0..3).map(move |u| (r, user(u))))), 200);
    }
}
