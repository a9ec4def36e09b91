//! How a write may be repeated when its answer did not arrive.
//!
//! An idempotent one is simply sent again. One that makes an object with a natural key is preceded by a look at that object. One that
//! makes an object without such a key is compared: a list is taken before the write and one after it, under a lock per collection, so
//! that two equal resources never adopt one object. A server that fails inside (500) is not asked again; the same looks tell whether it made
//! the object all the same. What the server would do twice is sent once, and only looked for after that ([`Endpoint::once`]). Any other
//! write ends in [`Kind::UnknownOutcome`](super::Kind::UnknownOutcome).

use std::collections::HashSet;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;

use super::client::Client;
use super::endpoint::Endpoint;
use super::error::Error;
use super::paging::Listing;

/// What a look at the object found.
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

/// `None`: there is no such object.
pub(crate) type Look<T> = Arc<dyn Fn(Client) -> BoxFuture<'static, Result<Option<Seen<T>>, Error>> + Send + Sync>;

pub(crate) type Before = Arc<dyn Fn(Client) -> BoxFuture<'static, Result<HashSet<String>, Error>> + Send + Sync>;
pub(crate) type After<T> =
    Arc<dyn Fn(Client, Arc<HashSet<String>>) -> BoxFuture<'static, Result<Vec<T>, Error>> + Send + Sync>;

pub(crate) enum Repeat<T> {
    /// By the endpoint's `idempotent` alone.
    Plain,
    Look(Look<T>),
    Compare(Compare<T>),
}

pub(crate) struct Compare<T> {
    /// Writes with the same text run one after the other.
    pub(crate) lock: String,
    pub(crate) before: Before,
    pub(crate) after: After<T>,
}

impl<T: 'static> Repeat<T> {
    pub(crate) fn map<U: 'static>(self, f: &Arc<impl Fn(T) -> U + Send + Sync + 'static>) -> Repeat<U> {
        let f = Arc::clone(f);
        match self {
            Self::Plain => Repeat::Plain,
            Self::Look(look) => Repeat::Look(Arc::new(move |client| {
                let f = Arc::clone(&f);
                look(client).map(move |found| found.map(|seen| seen.map(|seen| seen.map(&*f)))).boxed()
            })),
            Self::Compare(Compare { lock, before, after }) => {
                let after: After<U> = Arc::new(move |client, known| {
                    let f = Arc::clone(&f);
                    after(client, known)
                        .map(move |found| found.map(|items| items.into_iter().map(&*f).collect()))
                        .boxed()
                });
                Repeat::Compare(Compare { lock, before, after })
            }
        }
    }
}

impl<T> Clone for Repeat<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Plain => Self::Plain,
            Self::Look(look) => Self::Look(Arc::clone(look)),
            Self::Compare(compare) => Self::Compare(Compare {
                lock: compare.lock.clone(),
                before: Arc::clone(&compare.before),
                after: Arc::clone(&compare.after),
            }),
        }
    }
}

impl<T: Send + 'static> Endpoint<T> {
    /// When the answer does not arrive, looks at the object by its natural key before anything is sent again. `judge` says whether what
    /// was found is what this write would have made.
    #[must_use]
    pub fn look<V: Send + 'static>(
        mut self,
        find: Endpoint<V>,
        judge: impl Fn(V) -> Seen<T> + Send + Sync + 'static,
    ) -> Self {
        let judge = Arc::new(judge);
        self.repeat = Repeat::Look(Arc::new(move |client| {
            let (find, judge) = (find.clone(), Arc::clone(&judge));
            async move { Ok(client.find(find).await?.map(|found| judge(found))) }.boxed()
        }));
        self
    }

    /// For objects without a natural key: takes `list` before the write and, when the answer does not arrive, after it. An item that is
    /// new by `id` and for which `ours` gives a value is taken as the answer, if it is the only one. Writes with the same `lock` run
    /// one after the other.
    #[must_use]
    pub fn compare<V: Send + 'static>(
        mut self,
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
                let items = client.list(list).await?;
                Ok(items.into_iter().filter(|item| !known.contains(&id(item))).filter_map(|item| ours(item)).collect())
            }
            .boxed()
        });
        self.repeat = Repeat::Compare(Compare { lock: lock.into(), before, after });
        self
    }
}
