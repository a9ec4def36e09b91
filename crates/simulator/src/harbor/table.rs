//! Rows by id, cheap to copy.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// A row that copies of the state share until one of them changes it: copying the state for a transaction stays cheap.
#[derive(Clone, Default)]
pub(super) struct Shared<T>(Arc<T>);

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clone> DerefMut for Shared<T> {
    fn deref_mut(&mut self) -> &mut T {
        Arc::make_mut(&mut self.0)
    }
}

impl<T: Serialize> Serialize for Shared<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Shared<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(|row| Self(Arc::new(row)))
    }
}

/// Rows by id. Ids are never given out twice, but for rows written into the state with an id still to come.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "T: Deserialize<'de>"))]
pub(super) struct Table<T> {
    next_id: i64,
    /// The rows.
    pub(super) rows: BTreeMap<i64, Shared<T>>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { next_id: 1, rows: BTreeMap::new() }
    }
}

impl<T: Clone> Table<T> {
    /// Adds a row and gives its id.
    pub(super) fn insert(&mut self, row: T) -> i64 {
        let id = self.take_id();
        self.rows.insert(id, Shared(Arc::new(row)));
        id
    }

    /// Takes the next id, as an insert does that fails for a unique key: it is never given out again.
    pub(super) fn take_id(&mut self) -> i64 {
        let highest = self.rows.last_key_value().map_or(0, |(id, _)| *id);
        let id = self.next_id.max(highest.saturating_add(1));
        self.next_id = id.saturating_add(1);
        id
    }

    /// Ids that another copy gave out are given out here neither.
    pub(super) fn skip_ids_of(&mut self, other: &Self) {
        self.next_id = self.next_id.max(other.next_id);
    }

    /// Removes rows.
    pub(super) fn remove_if(&mut self, is_meant: impl Fn(&T) -> bool) {
        self.rows.retain(|_, row| !is_meant(&**row));
    }

    /// The row with an id.
    pub(super) fn get(&self, id: i64) -> Option<&T> {
        self.rows.get(&id).map(|row| &**row)
    }

    /// The row with an id, to change.
    pub(super) fn get_mut(&mut self, id: i64) -> Option<&mut T> {
        self.rows.get_mut(&id).map(|row| &mut **row)
    }

    /// All rows in the order of their ids.
    pub(super) fn iter(&self) -> impl Iterator<Item = (i64, &T)> {
        self.rows.iter().map(|(id, row)| (*id, &**row))
    }
}
