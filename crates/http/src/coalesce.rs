//! Coalesced reads: many reads of single objects answered by one list.
//!
//! Terraform refreshes each resource by a call of its own. Here the first read of a collection goes out singly; from the second on one
//! list is fetched, shared by all who wait, and answers the rest until it is too old. A write drops the collections it touches, before
//! and after its request. A name that the list lacks is confirmed by one single read before it is reported gone. A list that fails or is
//! too large makes the reads single ones; it never makes them fail. One that was refused is not tried again before something is written there.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, Shared, WeakShared};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::client::Client;
use super::endpoint::{Endpoint, Invalidation};
use super::error::{Error, Kind};
use super::paging::{Listed, Listing};

/// How long objects are read singly after a list failed.
const LISTS_AGAIN: Duration = Duration::from_secs(30);

/// Objects of one kind that hang on a parent and can be listed: the robots of an organization.
///
/// Declared once, beside the endpoints of the objects.
pub trait Collection: 'static {
    /// What names one object.
    type Key: Sync;
    /// An object as list and single read show it.
    type Item: Send + Sync + 'static;
    /// The collection's name in logs.
    const NAME: &'static str;
    /// How many reads go out singly before a list is fetched.
    const SINGLES: u32 = 1;
    /// Most items of a list in several pages; a longer one is given up, and objects are read singly. (A list that comes whole is bounded
    /// by `max_response_size`.)
    const MAX_ITEMS: usize = 5_000;

    /// What the object hangs on.
    fn parent(key: &Self::Key) -> String;
    /// The object's name within its parent.
    fn name(key: &Self::Key) -> String;
    /// The name of an item of the list of `parent`; `None` if it does not belong there (Quay's lists match by pattern).
    fn name_of(parent: &str, item: &Self::Item) -> Option<String>;
    /// Reads one object.
    fn single(key: &Self::Key) -> Endpoint<Self::Item>;
    /// Lists the objects beside this one.
    fn list(key: &Self::Key) -> Listing<Self::Item>;
}

/// An object that was read.
pub struct Found<T> {
    item: Arc<T>,
    origin: Origin,
}

/// Where an object was read from. A list may lack fields that a single read has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A list of its collection.
    List,
    /// A read of its own.
    Single,
}

impl<T> Found<T> {
    /// Where it was read from.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// The object itself, copied if it came from a list.
    pub fn into_inner(self) -> T
    where
        T: Clone,
    {
        Arc::unwrap_or_clone(self.item)
    }
}

impl<T> Deref for Found<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.item
    }
}

impl<T> Clone for Found<T> {
    fn clone(&self) -> Self {
        Self { item: Arc::clone(&self.item), origin: self.origin }
    }
}

impl<T: fmt::Debug> fmt::Debug for Found<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Found").field("item", &self.item).field("origin", &self.origin).finish()
    }
}

/// A list as it was fetched.
struct Snapshot<T> {
    /// When its request began, on the counter of [`ListCache`]: a read that began later may not want it.
    turn: u64,
    began: Instant,
    items: HashMap<String, Arc<T>>,
}

/// `None`: it failed or was too large.
type Fetched<T> = Option<Arc<Snapshot<T>>>;
type Flight<T> = Shared<BoxFuture<'static, Fetched<T>>>;

/// A list that is being fetched. Weak: when nobody waits for it any more it ends, and gives back its place among the requests.
struct Flying<T> {
    turn: u64,
    flight: WeakShared<BoxFuture<'static, Fetched<T>>>,
}

/// What is known of one parent's part of one collection.
#[derive(Default)]
struct Slot {
    /// Raised by every write: lists that began under another number are not used.
    epoch: u64,
    /// Reads that went out singly since `since`.
    singles: u32,
    since: Option<Instant>,
    /// No lists until then: the last one failed.
    no_lists_until: Option<Instant>,
    /// No lists before something is written here: the last one was refused, which does not pass.
    refused: bool,
    /// A `Flying<T>`.
    flying: Option<Box<dyn Any + Send>>,
    /// A `Snapshot<T>`.
    snapshot: Option<Arc<dyn Any + Send + Sync>>,
}

/// All slots of a client.
#[derive(Default)]
pub(crate) struct ListCache(Mutex<State>);

#[derive(Default)]
struct State {
    slots: HashMap<(TypeId, String), Slot>,
    turn: u64,
}

/// What a read has to do next.
enum Step<T> {
    Single,
    Use(Arc<Snapshot<T>>),
    Join(Flight<T>),
    /// For a list that began too early: wait until it is over, then ask again.
    Await(Flight<T>),
}

impl Client {
    /// Reads one object, from a list of its collection if that saves requests. `None`: it is gone.
    ///
    /// # Errors
    /// Any kind but [`Kind::NotFound`](super::Kind::NotFound).
    pub async fn read<C: Collection>(&self, key: &C::Key) -> Result<Option<Found<C::Item>>, Error> {
        self.read_since::<C>(key, 0).await
    }

    /// Like [`read`](Self::read), but never from a list whose request began before this call: for data sources.
    ///
    /// # Errors
    /// Any kind but [`Kind::NotFound`](super::Kind::NotFound).
    pub async fn read_fresh<C: Collection>(&self, key: &C::Key) -> Result<Option<Found<C::Item>>, Error> {
        let now = self.shared.slots.next_turn();
        self.read_since::<C>(key, now).await
    }

    /// Reads one object by a request of its own: for fields that the list lacks.
    ///
    /// # Errors
    /// Any kind but [`Kind::NotFound`](super::Kind::NotFound).
    pub async fn read_uncached<C: Collection>(&self, key: &C::Key) -> Result<Option<Found<C::Item>>, Error> {
        Ok(self.find(C::single(key)).await?.map(|item| Found { item: Arc::new(item), origin: Origin::Single }))
    }

    /// Reads one object from a list of its collection, if that saves requests. `None` says nothing: it is to be read otherwise.
    ///
    /// # Errors
    /// When the wait for the list is over before the list is there.
    pub async fn read_listed<C: Collection>(&self, key: &C::Key) -> Result<Option<Found<C::Item>>, Error> {
        self.listed_since::<C>(key, 0).await
    }

    /// Whether a list that was fetched, or is being fetched, will answer a read of this object: it costs nothing more.
    pub fn is_listed<C: Collection>(&self, key: &C::Key) -> bool {
        let max_age = self.shared.settings.coalesce_max_age;
        let mut state = self.shared.slots.state();
        let Some(slot) = state.slots.get_mut(&(TypeId::of::<C>(), C::parent(key))) else { return false };
        let is_fresh = |snapshot: Arc<Snapshot<C::Item>>| snapshot.began.elapsed() < max_age;
        slot.snapshot::<C::Item>().is_some_and(is_fresh) || slot.flight::<C::Item>().is_some()
    }

    async fn read_since<C: Collection>(&self, key: &C::Key, not_before: u64) -> Result<Option<Found<C::Item>>, Error> {
        match self.listed_since::<C>(key, not_before).await? {
            None => self.read_uncached::<C>(key).await,
            listed => Ok(listed),
        }
    }

    async fn listed_since<C: Collection>(
        &self,
        key: &C::Key,
        not_before: u64,
    ) -> Result<Option<Found<C::Item>>, Error> {
        let parent = C::parent(key);
        let call = C::single(key).call;
        loop {
            let fetched = match self.next_step::<C>(key, &parent, not_before) {
                Step::Single => None,
                Step::Use(snapshot) => Some(snapshot),
                Step::Join(flight) => self.stoppable(&call, flight).await?,
                Step::Await(flight) => {
                    self.stoppable(&call, flight).await?;
                    continue;
                }
            };
            let listed = fetched.and_then(|snapshot| snapshot.items.get(&C::name(key)).cloned());
            return Ok(listed.map(|item| Found { item, origin: Origin::List }));
        }
    }

    fn next_step<C: Collection>(&self, key: &C::Key, parent: &str, not_before: u64) -> Step<C::Item> {
        let max_age = self.shared.settings.coalesce_max_age;
        if max_age.is_zero() {
            return Step::Single;
        }
        let now = Instant::now();
        let mut state = self.shared.slots.state();
        let State { slots, turn } = &mut *state;
        let slot = slots.entry((TypeId::of::<C>(), parent.to_owned())).or_default();
        if let Some(snapshot) = slot.snapshot::<C::Item>() {
            if now.duration_since(snapshot.began) < max_age && snapshot.turn >= not_before {
                return Step::Use(snapshot);
            }
            slot.snapshot = None;
        }
        if let Some((began, flight)) = slot.flight::<C::Item>() {
            return if began >= not_before { Step::Join(flight) } else { Step::Await(flight) };
        }
        if slot.refused || slot.no_lists_until.is_some_and(|until| now < until) {
            return Step::Single;
        }
        if slot.since.is_none_or(|since| now.duration_since(since) >= max_age) {
            (slot.since, slot.singles) = (Some(now), 0);
        }
        if slot.singles < C::SINGLES {
            slot.singles += 1;
            return Step::Single;
        }
        *turn += 1;
        let flight = self.fetch::<C>(C::list(key), parent.to_owned(), slot.epoch, *turn);
        slot.flying = flight.downgrade().map(|flight| Box::new(Flying { turn: *turn, flight }) as Box<dyn Any + Send>);
        Step::Join(flight)
    }

    /// The request for a list, to be shared by all who wait for it.
    fn fetch<C: Collection>(
        &self,
        listing: Listing<C::Item>,
        parent: String,
        epoch: u64,
        turn: u64,
    ) -> Flight<C::Item> {
        // It belongs to all who wait for it, so that no one's end is its end.
        let client = Self { deadline: None, ..self.cancelled_by(CancellationToken::new()) };
        let began = Instant::now();
        let fetch = async move {
            let mut refused = false;
            let listed = client.list_up_to(listing, C::MAX_ITEMS).await;
            let fetched = match listed {
                Ok(Listed::Whole(items)) => {
                    let items = items
                        .into_iter()
                        .filter_map(|item| Some((C::name_of(&parent, &item)?, Arc::new(item))))
                        .collect();
                    Some(Arc::new(Snapshot { turn, began, items }))
                }
                Ok(Listed::More(_)) => {
                    tracing::debug!(
                        collection = C::NAME,
                        limit = C::MAX_ITEMS,
                        "list too large; objects are read singly"
                    );
                    None
                }
                Err(error) => {
                    refused = matches!(error.kind(), Kind::Forbidden | Kind::Unsupported);
                    tracing::debug!(
                        collection = C::NAME,
                        error = error.summary(),
                        "list failed; objects are read singly"
                    );
                    None
                }
            };
            client.landed::<C>(parent, epoch, turn, fetched.as_ref(), refused);
            fetched
        };
        fetch.boxed().shared()
    }

    fn landed<C: Collection>(
        &self,
        parent: String,
        epoch: u64,
        turn: u64,
        fetched: Option<&Arc<Snapshot<C::Item>>>,
        refused: bool,
    ) {
        let max_age = self.shared.settings.coalesce_max_age;
        let mut state = self.shared.slots.state();
        let slot = state.slots.entry((TypeId::of::<C>(), parent)).or_default();
        if slot.flying_turn::<C::Item>() == Some(turn) {
            slot.flying = None;
        }
        match fetched {
            Some(snapshot) if slot.epoch == epoch => {
                slot.snapshot = Some(Arc::clone(snapshot) as Arc<dyn Any + Send + Sync>)
            }
            Some(_) => {}
            None if refused && slot.epoch == epoch => slot.refused = true,
            None => slot.no_lists_until = Some(Instant::now() + max_age.min(LISTS_AGAIN)),
        }
    }
}

impl Slot {
    fn snapshot<T: Send + Sync + 'static>(&self) -> Option<Arc<Snapshot<T>>> {
        Arc::clone(self.snapshot.as_ref()?).downcast().ok()
    }

    fn flight<T: 'static>(&self) -> Option<(u64, Flight<T>)> {
        let flying = self.flying.as_ref()?.downcast_ref::<Flying<T>>()?;
        Some((flying.turn, flying.flight.upgrade()?))
    }

    fn flying_turn<T: 'static>(&self) -> Option<u64> {
        Some(self.flying.as_ref()?.downcast_ref::<Flying<T>>()?.turn)
    }

    /// Forgets every list, also the one that is being fetched, and lets the next read be a single one.
    fn drop_lists(&mut self) {
        *self = Self { epoch: self.epoch + 1, no_lists_until: self.no_lists_until, ..Self::default() };
    }
}

impl ListCache {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_turn(&self) -> u64 {
        let mut state = self.state();
        state.turn += 1;
        state.turn
    }

    /// Drops the lists that a write touches, now and when the answer is dropped: also when the write fails or is abandoned.
    pub(crate) fn touch<'a>(&'a self, touches: &[Invalidation]) -> InvalidationGuard<'a> {
        let touching = InvalidationGuard { slots: self, touches: touches.to_vec() };
        touching.drop_lists();
        touching
    }
}

/// A write that is under way.
pub(crate) struct InvalidationGuard<'a> {
    slots: &'a ListCache,
    touches: Vec<Invalidation>,
}

impl InvalidationGuard<'_> {
    fn drop_lists(&self) {
        if self.touches.is_empty() {
            return;
        }
        let mut state = self.slots.state();
        for ((collection, parent), slot) in &mut state.slots {
            if self.touches.iter().any(|touch| touch.meets(*collection, parent)) {
                slot.drop_lists();
            }
        }
    }
}

impl Drop for InvalidationGuard<'_> {
    fn drop(&mut self) {
        self.drop_lists();
    }
}

#[cfg(test)]
#[path = "coalesce_tests.rs"]
mod tests;
