//! What is done about a request whose outcome is not known: no answer came, or one that is not the server's.
//!
//! Each endpoint has exactly one rule, a [`Repetition`]. What changes nothing and what is the same when done twice is sent again. What
//! creates an object with a natural key is confirmed by a read of that object. What creates an object without such a key is compared: a
//! list is taken before the write and one after it, under a lock per collection, so that two equal resources never adopt one object. What
//! nothing can find is sent at most once and ends in [`Kind::UnknownOutcome`](super::Kind::UnknownOutcome).
//!
//! A server that fails inside (500) is not asked again; the same reads tell whether it created the object all the same.

use std::collections::HashSet;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;

use super::client::Client;
use super::endpoint::Endpoint;
use super::error::Error;
use super::paging::Listing;

/// The rule of an endpoint.
pub enum Repetition<T> {
    /// It changes nothing: it may be sent again, and be cut off at any time.
    Safe,
    /// Done twice is the same as done once: it is sent again.
    Idempotent(On500),
    /// A read of the object tells whether it was done.
    Confirmed(Confirm<T>, Resend),
    /// Lists taken before and after tell whether it was done, and to which object.
    Compared(Compare<T>, Resend),
    /// Nothing can tell whether it was done.
    AtMostOnce,
    /// What it leaves behind counts for nothing until something names it (the upload of a file): it may be cut off at any time, and is
    /// not sent again.
    Discardable,
}

/// What a plain 500 means to an idempotent request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On500 {
    /// A failure like any other.
    Fail,
    /// It may pass: unique keys of the server's database fail that way under parallel writes.
    SendAgain,
}

/// Whether a write that was lost, and whose object is not there, is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resend {
    /// It is sent again.
    WhenAbsent,
    /// It is sent again, also after a 500 that made nothing: unique keys of the server's database fail that way under parallel writes.
    DespiteFailure,
    /// It is not: the server may still be at work on it, and nothing there keeps it from doing it twice.
    Never,
}

/// The part of a rule that a single exchange obeys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    Safe,
    Idempotent(On500),
    Discardable,
    /// Somebody has to look before it may be sent again.
    Guarded,
}

/// What a read of the object found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen<T> {
    /// The object as the write would have made it: taken as the write's answer.
    Ours(T),
    /// The object, but not as the write would have made it; why, as a sentence.
    Other(String),
}

impl<T> Seen<T> {
    /// Not what the write would have made.
    pub fn other(why: impl Into<String>) -> Self {
        Self::Other(why.into())
    }

    fn map<U>(self, f: &impl Fn(T) -> U) -> Seen<U> {
        match self {
            Self::Ours(value) => Seen::Ours(f(value)),
            Self::Other(why) => Seen::Other(why),
        }
    }
}

/// Reads the object. `None`: there is no such object.
pub struct Confirm<T>(Arc<dyn Fn(Client) -> BoxFuture<'static, Result<Option<Seen<T>>, Error>> + Send + Sync>);

/// Takes a list before the write, and one after it.
pub struct Compare<T> {
    /// Writes with the same text run one after the other.
    pub(crate) lock: String,
    before: Before,
    after: After<T>,
    pub(crate) claim: Claim<T>,
}

/// Which object an answer says that it is about.
pub(crate) enum Claim<T> {
    /// The one with this id.
    Id(Arc<dyn Fn(&T) -> String + Send + Sync>),
    /// It does not say so: only the list does.
    None,
    /// What the answer was turned into does not say so any more.
    Forgotten,
}

impl<T> Clone for Claim<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Id(id) => Self::Id(Arc::clone(id)),
            Self::None => Self::None,
            Self::Forgotten => Self::Forgotten,
        }
    }
}

type Before = Arc<dyn Fn(Client) -> BoxFuture<'static, Result<HashSet<String>, Error>> + Send + Sync>;
type After<T> = Arc<
    dyn Fn(Client, Arc<HashSet<String>>) -> BoxFuture<'static, Result<Vec<(String, Option<T>)>, Error>> + Send + Sync,
>;

impl<T> Confirm<T> {
    pub(crate) async fn look(&self, client: Client) -> Result<Option<Seen<T>>, Error> {
        (self.0)(client).await
    }
}

impl<T> Compare<T> {
    /// Which objects there are, by id.
    pub(crate) async fn before(&self, client: Client) -> Result<HashSet<String>, Error> {
        (self.before)(client).await
    }

    /// What is new since then, by id; with the value where it is like what the write makes.
    pub(crate) async fn after(
        &self,
        client: Client,
        known: Arc<HashSet<String>>,
    ) -> Result<Vec<(String, Option<T>)>, Error> {
        (self.after)(client, known).await
    }
}

impl<T> Repetition<T> {
    /// Done twice is the same as done once.
    pub const IDEMPOTENT: Self = Self::Idempotent(On500::Fail);

    /// The same, and a 500 may pass.
    pub const IDEMPOTENT_DESPITE_500: Self = Self::Idempotent(On500::SendAgain);

    pub(crate) fn rule(&self) -> Rule {
        match self {
            Self::Safe => Rule::Safe,
            Self::Idempotent(on_500) => Rule::Idempotent(*on_500),
            Self::Discardable => Rule::Discardable,
            Self::Confirmed(..) | Self::Compared(..) | Self::AtMostOnce => Rule::Guarded,
        }
    }
}

impl Rule {
    /// Whether it may be cut off before its answer is there: nothing that counts was changed.
    pub fn may_be_cut_off(self) -> bool {
        matches!(self, Self::Safe | Self::Discardable)
    }

    /// Whether it may be sent again although it may have been carried out.
    pub(crate) fn may_be_repeated(self) -> bool {
        matches!(self, Self::Safe | Self::Idempotent(_))
    }
}

impl<T: Send + 'static> Repetition<T> {
    /// Reads the object by its natural key before anything is sent again. `judge` says whether what was found is what this write would
    /// have made.
    pub fn confirmed<V: Send + 'static>(
        find: Endpoint<V>,
        judge: impl Fn(V) -> Seen<T> + Send + Sync + 'static,
    ) -> Self {
        let judge = Arc::new(judge);
        let confirm = Confirm(Arc::new(move |client: Client| {
            let (find, judge) = (find.clone(), Arc::clone(&judge));
            async move { Ok(client.find(find).await?.map(|found| judge(found))) }.boxed()
        }));
        Self::Confirmed(confirm, Resend::WhenAbsent)
    }

    /// For objects without a natural key: takes `list` before the write and after it. When the outcome of the write is not known, an item
    /// that is new by `id` and for which `ours` gives a value is taken as the answer, if it is the only one. An answer has to be about an
    /// item that is new: `claimed` tells its id. Writes with the same `lock` run one after the other.
    pub fn compared<V: Send + 'static>(
        lock: impl Into<String>,
        list: Listing<V>,
        id: impl Fn(&V) -> String + Send + Sync + 'static,
        ours: impl Fn(V) -> Option<T> + Send + Sync + 'static,
        claimed: impl Fn(&T) -> String + Send + Sync + 'static,
    ) -> Self {
        Self::compared_by(Claim::Id(Arc::new(claimed)), lock, list, id, ours)
    }

    /// The same for an answer that does not tell which object it is about: the only item that is new is taken, whatever the answer holds.
    pub fn told_by_list<V: Send + 'static>(
        lock: impl Into<String>,
        list: Listing<V>,
        id: impl Fn(&V) -> String + Send + Sync + 'static,
        ours: impl Fn(V) -> Option<T> + Send + Sync + 'static,
    ) -> Self {
        Self::compared_by(Claim::None, lock, list, id, ours)
    }

    fn compared_by<V: Send + 'static>(
        claim: Claim<T>,
        lock: impl Into<String>,
        list: Listing<V>,
        id: impl Fn(&V) -> String + Send + Sync + 'static,
        ours: impl Fn(V) -> Option<T> + Send + Sync + 'static,
    ) -> Self {
        let (id, ours) = (Arc::new(id), Arc::new(ours));
        let (list_before, id_before) = (list.clone(), Arc::clone(&id));
        let before: Before = Arc::new(move |client| {
            let (list, id) = (list_before.clone(), Arc::clone(&id_before));
            async move { Ok(client.list(list).await?.iter().map(|item| id(item)).collect()) }.boxed()
        });
        let after: After<T> = Arc::new(move |client, known| {
            let (list, id, ours) = (list.clone(), Arc::clone(&id), Arc::clone(&ours));
            async move {
                let items = client.list(list).await?.into_iter().map(|item| (id(&item), item));
                let new = items.filter(|(id, _)| !known.contains(id));
                Ok(new.map(|(id, item)| (id, ours(item))).collect())
            }
            .boxed()
        });
        Self::Compared(Compare { lock: lock.into(), before, after, claim }, Resend::WhenAbsent)
    }

    /// The same rule where a 500 that made nothing may pass.
    #[must_use]
    pub fn despite_500(self) -> Self {
        self.resending(Resend::DespiteFailure)
    }

    /// The same rule for what the server would do twice: it is looked for, and never sent again.
    #[must_use]
    pub fn sent_once(self) -> Self {
        self.resending(Resend::Never)
    }

    fn resending(self, resend: Resend) -> Self {
        match self {
            Self::Confirmed(confirm, _) => Self::Confirmed(confirm, resend),
            Self::Compared(compare, _) => Self::Compared(compare, resend),
            other => other,
        }
    }

    pub(crate) fn map<U: Send + 'static>(self, f: &Arc<impl Fn(T) -> U + Send + Sync + 'static>) -> Repetition<U> {
        let f = Arc::clone(f);
        match self {
            Self::Safe => Repetition::Safe,
            Self::Idempotent(on_500) => Repetition::Idempotent(on_500),
            Self::AtMostOnce => Repetition::AtMostOnce,
            Self::Discardable => Repetition::Discardable,
            Self::Confirmed(Confirm(look), resend) => {
                let confirm = Confirm(Arc::new(move |client| {
                    let f = Arc::clone(&f);
                    look(client).map(move |found| found.map(|seen| seen.map(|seen| seen.map(&*f)))).boxed()
                }));
                Repetition::Confirmed(confirm, resend)
            }
            Self::Compared(Compare { lock, before, after, claim }, resend) => {
                let after: After<U> = Arc::new(move |client, known| {
                    let f = Arc::clone(&f);
                    after(client, known)
                        .map(move |found| {
                            found.map(|items| items.into_iter().map(|(id, item)| (id, item.map(&*f))).collect())
                        })
                        .boxed()
                });
                let claim = if let Claim::None = claim { Claim::None } else { Claim::Forgotten };
                Repetition::Compared(Compare { lock, before, after, claim }, resend)
            }
        }
    }
}

impl<T> Clone for Repetition<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Safe => Self::Safe,
            Self::Idempotent(on_500) => Self::Idempotent(*on_500),
            Self::AtMostOnce => Self::AtMostOnce,
            Self::Discardable => Self::Discardable,
            Self::Confirmed(Confirm(look), resend) => Self::Confirmed(Confirm(Arc::clone(look)), *resend),
            Self::Compared(compare, resend) => {
                let Compare { lock, before, after, claim } = compare;
                let (before, after) = (Arc::clone(before), Arc::clone(after));
                let compare = Compare { lock: lock.clone(), before, after, claim: claim.clone() };
                Self::Compared(compare, *resend)
            }
        }
    }
}
