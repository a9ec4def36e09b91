//! Lists that come in pages.

use std::hash::{DefaultHasher, Hash, Hasher};

use futures::future::try_join_all;
use serde_json::Value;

use super::answer::Answer;
use super::client::Client;
use super::dialect::Advice;
use super::endpoint::Endpoint;
use super::error::{Error, Kind};

/// A list, and how its further pages are asked for.
pub struct Listing<T> {
    first: Endpoint<Vec<T>>,
    next: Next,
}

#[derive(Debug, Clone, Copy)]
enum Next {
    Whole,
    Token(&'static str),
    Numbered(usize),
    Flag(&'static str),
}

impl<T: Send + 'static> Listing<T> {
    /// A list that comes whole.
    pub fn whole(endpoint: Endpoint<Vec<T>>) -> Self {
        Self { first: endpoint, next: Next::Whole }
    }

    /// Pages linked by an opaque text in `field` of the answer, which is sent back in the query under the same name (Quay's `next_page`).
    pub fn token(endpoint: Endpoint<Vec<T>>, field: &'static str) -> Self {
        Self { first: endpoint, next: Next::Token(field) }
    }

    /// Pages by number, of `size` items: `page` (from 1) and `page_size` in the query; the header `X-Total-Count` tells how many items
    /// there are, and without it a page that is not full is the last (Harbor).
    pub fn numbered(endpoint: Endpoint<Vec<T>>, size: usize) -> Self {
        Self { first: endpoint.with_query("page_size", size), next: Next::Numbered(size) }
    }

    /// Pages by number (`page`, from 1) as long as `field` of the answer is true (Quay's `has_additional`).
    pub fn while_true(endpoint: Endpoint<Vec<T>>, field: &'static str) -> Self {
        Self { first: endpoint, next: Next::Flag(field) }
    }

    /// The first page's request.
    pub fn first(&self) -> &Endpoint<Vec<T>> {
        &self.first
    }

    fn page(&self, step: &Step) -> Endpoint<Vec<T>> {
        match (self.next, step) {
            (Next::Numbered(_) | Next::Flag(_), Step::Number(page)) => self.first.clone().with_query("page", page),
            (Next::Token(field), Step::Token(token)) => self.first.clone().with_query(field, token),
            _ => self.first.clone(),
        }
    }

    /// What comes after the page that `step` asked for.
    fn after(&self, step: &Step, count: usize, seen: usize, answer: &Answer) -> Option<Step> {
        let page = if let Step::Number(page) = step { *page } else { 1 };
        match self.next {
            Next::Whole => None,
            Next::Token(field) => {
                let json = answer.json()?;
                let token = json.get(field)?.as_str().filter(|token| !token.is_empty())?;
                Some(Step::Token(token.to_owned()))
            }
            Next::Numbered(size) => {
                let more = total(answer).map_or(count >= size, |total| seen < total);
                (more && count > 0).then_some(Step::Number(page + 1))
            }
            Next::Flag(field) => {
                let more = answer.json()?.get(field)?.as_bool()?;
                (more && count > 0).then_some(Step::Number(page + 1))
            }
        }
    }
}

impl<T> Clone for Listing<T> {
    fn clone(&self) -> Self {
        Self { first: self.first.clone(), next: self.next }
    }
}

/// Which page.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    First,
    Number(usize),
    Token(String),
}

/// What a page holds, as a number: the lists in the answer, whatever token and times stand beside them. `None` where it tells nothing: pages
/// without items there may be many of, and pages of nothing but one item again and again.
fn print(answer: &Answer) -> Option<u64> {
    let Value::Object(members) = answer.json()? else { return None };
    let mut hasher = DefaultHasher::new();
    let mut tells = false;
    for items in members.values().filter_map(Value::as_array) {
        tells |= items.len() == 1 || items.iter().any(|item| *item != items[0]);
        items.hash(&mut hasher);
    }
    tells.then(|| hasher.finish())
}

/// A page that came before.
fn repeated(action: &str) -> Error {
    let advice = Advice::new(
        "the server takes no notice of the token that it gave for the next page. Its replicas may not share the key that such tokens are \
         made with (PAGE_TOKEN_KEY), or something before it leaves the query out.",
        "Have an administrator give all replicas the same key.",
    );
    Error::new(Kind::Undecodable, action)
        .with_message("The list does not come to an end: the server has given a page again that it gave before.")
        .with_advice(advice)
}

fn total(answer: &Answer) -> Option<usize> {
    answer.header("x-total-count")?.trim().parse().ok()
}

/// A list page by page, so that a caller can stop early.
pub struct Pages<T> {
    client: Client,
    listing: Listing<T>,
    step: Option<Step>,
    seen: usize,
    total: Option<usize>,
    /// What the pages held that came by tokens.
    prints: Vec<u64>,
}

impl<T: Send + 'static> Pages<T> {
    /// The next page, or `None` after the last.
    ///
    /// # Errors
    /// Any kind; a page that failed can be asked for again.
    pub async fn next(&mut self) -> Result<Option<Vec<T>>, Error> {
        let Some(step) = self.step.clone() else { return Ok(None) };
        let (items, answer) = self.client.answered(self.listing.page(&step)).await?;
        // A server that takes no notice of the token gives the first page again, for ever, each time with another token.
        if let (Next::Token(_), Some(print)) = (self.listing.next, print(&answer)) {
            if self.prints.contains(&print) {
                return Err(repeated(&self.listing.first.call.action));
            }
            self.prints.push(print);
        }
        self.seen += items.len();
        self.total = total(&answer);
        self.step = self.listing.after(&step, items.len(), self.seen, &answer);
        Ok(Some(items))
    }
}

impl Client {
    /// A list page by page.
    pub fn pages<T: Send + 'static>(&self, listing: Listing<T>) -> Pages<T> {
        let step = match listing.next {
            Next::Numbered(_) | Next::Flag(_) => Step::Number(1),
            Next::Whole | Next::Token(_) => Step::First,
        };
        Pages { client: self.clone(), listing, step: Some(step), seen: 0, total: None, prints: Vec::new() }
    }

    /// A whole list.
    ///
    /// # Errors
    /// Any kind. A parent that is not there is [`Kind::Gone`](super::Kind::Gone) where the server tells.
    pub async fn list<T: Send + 'static>(&self, listing: Listing<T>) -> Result<Vec<T>, Error> {
        match self.list_up_to(listing, usize::MAX).await? {
            Listed::Whole(items) | Listed::More(items) => Ok(items),
        }
    }

    /// The first `limit` items of a list; no more pages are asked for than that takes.
    ///
    /// # Errors
    /// Any kind.
    pub async fn list_at_most<T: Send + 'static>(&self, listing: Listing<T>, limit: usize) -> Result<Vec<T>, Error> {
        let mut pages = self.pages(listing);
        let mut items = Vec::new();
        while items.len() < limit
            && let Some(page) = pages.next().await?
        {
            items.extend(page);
        }
        items.truncate(limit);
        Ok(items)
    }

    /// A whole list, or its beginning when it turns out to hold more than `limit` items in further pages.
    pub(crate) async fn list_up_to<T: Send + 'static>(
        &self,
        listing: Listing<T>,
        limit: usize,
    ) -> Result<Listed<T>, Error> {
        let mut pages = self.pages(listing);
        let mut items = Vec::new();
        while let Some(page) = pages.next().await? {
            items.extend(page);
            if pages.step.is_none() {
                break;
            }
            if items.len() > limit || pages.total.is_some_and(|total| total > limit) {
                return Ok(Listed::More(items));
            }
            if let (Next::Numbered(size), Some(total)) = (pages.listing.next, pages.total) {
                items.extend(self.pages_at_once(&pages.listing, size, total).await?);
                break;
            }
        }
        Ok(Listed::Whole(items))
    }

    /// Pages 2 to the last, requested together: how many there are is known from the first.
    async fn pages_at_once<T: Send + 'static>(
        &self,
        listing: &Listing<T>,
        size: usize,
        total: usize,
    ) -> Result<Vec<T>, Error> {
        let last = total.div_ceil(size.max(1));
        let rest = (2..=last).map(|page| self.answered(listing.page(&Step::Number(page))));
        Ok(try_join_all(rest).await?.into_iter().flat_map(|(items, _)| items).collect())
    }
}

/// A list as far as it was fetched.
pub(crate) enum Listed<T> {
    Whole(Vec<T>),
    More(Vec<T>),
}

#[cfg(test)]
#[path = "paging_tests.rs"]
mod tests;
