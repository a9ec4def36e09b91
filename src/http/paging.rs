//! Lists that come in pages.
//!
//! A further page is asked for because the one before it was full, or had the sign of a further one, and never because of the number of
//! items that a server claims: that number may be wrong, and nothing is allocated or asked for by it alone. It only tells that a list is
//! complete, and how many pages may be asked for together. A list that does not come to an end is an error, whichever way it does not.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use futures::future::try_join_all;
use serde_json::Value;

use super::answer::Answer;
use super::client::Client;
use super::dialect::Advice;
use super::endpoint::Endpoint;
use super::error::{Error, Kind};

/// Most items of a list. No registry has as many of what is listed here, and a list without end is to be noticed.
const MOST_ITEMS: usize = 100_000;
/// Most pages of a list: as many as that takes where Quay has its smallest pages, of 20 items.
const MOST_PAGES: usize = 5_000;
/// How many times `max_response_size` all pages of a list may have together: items can be large too.
const MOST_ANSWERS: usize = 8;
/// How many pages are asked for together at first. Later it is as many as were full so far, so that a wrong number of items does not even
/// double the number of requests.
const FEWEST_TOGETHER: usize = 4;
/// How many pages are asked for together at most.
const MOST_TOGETHER: usize = 16;

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

    /// Pages by number, of `size` items: `page` (from 1) and `page_size` in the query; a page that is not full is the last. So is a full
    /// one, if the header `X-Total-Count` tells that there are no more items than have come (Harbor).
    pub fn numbered(endpoint: Endpoint<Vec<T>>, size: usize) -> Self {
        Self { first: endpoint.with_query("page_size", size), next: Next::Numbered(size.max(1)) }
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
        let number =
            || if let Step::Number(page) = step { Step::Number(page.saturating_add(1)) } else { Step::Number(2) };
        match self.next {
            Next::Whole => None,
            Next::Token(field) => {
                let json = answer.json()?;
                let token = json.get(field)?.as_str().filter(|token| !token.is_empty())?;
                Some(Step::Token(token.to_owned()))
            }
            Next::Numbered(size) => (count >= size && total(answer) != Some(seen)).then(number),
            Next::Flag(field) => answer.json()?.get(field)?.as_bool()?.then(number),
        }
    }
}

impl<T> Clone for Listing<T> {
    fn clone(&self) -> Self {
        Self { first: self.first.clone(), next: self.next }
    }
}

/// Which page.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Step {
    First,
    Number(usize),
    Token(String),
}

/// What a page holds, as a number: the lists in the answer, whatever token and times stand beside them. `None` where it tells nothing: pages
/// without items there may be many of, and pages of nothing but one item again and again.
fn print(answer: &Answer) -> Option<u64> {
    let mut hasher = DefaultHasher::new();
    let mut tells = false;
    let mut add = |items: &Vec<Value>| {
        tells |= items.len() == 1 || items.iter().any(|item| *item != items[0]);
        items.hash(&mut hasher);
    };
    match answer.json()? {
        Value::Array(items) => add(&items),
        Value::Object(members) => members.values().filter_map(Value::as_array).for_each(add),
        _ => {}
    }
    tells.then(|| hasher.finish())
}

/// How many items there are in all, as the server claims.
fn total(answer: &Answer) -> Option<usize> {
    answer.header("x-total-count")?.trim().parse().ok()
}

/// A list page by page, so that a caller can stop early.
pub struct Pages<T> {
    client: Client,
    listing: Listing<T>,
    step: Option<Step>,
    total: Option<usize>,
    seen: Seen,
}

/// What has come of a list so far.
#[derive(Default)]
struct Seen {
    pages: usize,
    items: usize,
    bytes: usize,
    /// What the pages held.
    prints: HashSet<u64>,
    /// The tokens of further pages.
    steps: HashSet<Step>,
}

impl<T: Send + 'static> Pages<T> {
    /// The next page, or `None` after the last.
    ///
    /// # Errors
    /// Any kind; a page that failed can be asked for again. [`Kind::Undecodable`](super::Kind::Undecodable) where the list does not come to
    /// an end: a page or its token comes again, a page without items is said not to be the last, or there are more than 100,000 items,
    /// 5,000 pages, or eight times as many bytes as one answer may have.
    pub async fn next(&mut self) -> Result<Option<Vec<T>>, Error> {
        self.together(1).await
    }

    /// The next pages: several, where the server claims that there are so many.
    async fn next_few(&mut self) -> Result<Option<Vec<T>>, Error> {
        self.together(self.seen.pages.clamp(FEWEST_TOGETHER, MOST_TOGETHER)).await
    }

    async fn together(&mut self, most: usize) -> Result<Option<Vec<T>>, Error> {
        let Some(step) = self.step.clone() else { return Ok(None) };
        let steps = self.steps(step, most);
        let asked = steps.iter().map(|step| self.client.answered(self.listing.page(step)));
        let answered = try_join_all(asked).await?;
        let mut all = Vec::new();
        for (step, (items, answer)) in steps.iter().zip(answered) {
            // What was asked for beyond the last page counts for nothing.
            if self.step.as_ref() == Some(step) {
                self.take(step, items.len(), &answer)?;
                all.extend(items);
            }
        }
        Ok(Some(all))
    }

    /// The pages from `step` on that may be asked for without knowing the one before: at most as many as there are by the server's claim.
    fn steps(&self, step: Step, most: usize) -> Vec<Step> {
        match (self.listing.next, self.total, &step) {
            (Next::Numbered(size), Some(total), Step::Number(page)) => {
                let last = total.div_ceil(size).min(page.saturating_add(most - 1)).max(*page);
                (*page..=last).map(Step::Number).collect()
            }
            _ => vec![step],
        }
    }

    /// Counts a page, and finds out which one comes after it.
    fn take(&mut self, step: &Step, count: usize, answer: &Answer) -> Result<(), Error> {
        self.seen.pages += 1;
        self.seen.items += count;
        self.seen.bytes = self.seen.bytes.saturating_add(answer.body().len());
        self.total = total(answer);
        let next = self.listing.after(step, count, self.seen.items, answer);
        // A server that takes no notice of the token, or of the number, gives the first page again, for ever; with a token each time another.
        let is_part = next.is_some() || self.seen.pages > 1;
        if is_part && print(answer).is_some_and(|print| !self.seen.prints.insert(print)) {
            return Err(self.endless("the server has given a page again that it gave before"));
        }
        match &next {
            Some(_) if count == 0 => {
                return Err(self.endless("the server has given a page without items, and a sign that more follow"));
            }
            Some(next) if !self.seen.steps.insert(next.clone()) => {
                return Err(self.endless("the server has given a token for the next page again that it gave before"));
            }
            Some(_) => self.refuse_too_much()?,
            None => {}
        }
        self.step = next;
        Ok(())
    }

    fn refuse_too_much(&self) -> Result<(), Error> {
        let Seen { pages, items, bytes, .. } = self.seen;
        let most_bytes = self.client.shared.settings.max_response_size.saturating_mul(MOST_ANSWERS);
        if items <= MOST_ITEMS && pages < MOST_PAGES && bytes <= most_bytes {
            return Ok(());
        }
        let message = format!(
            "The list is too long: after {items} items, in {pages} pages of {bytes} bytes together, more follow. At most {MOST_ITEMS} items, \
             {MOST_PAGES} pages or {most_bytes} bytes ({MOST_ANSWERS} times `max_response_mib`) are read of a list."
        );
        let advice = Advice::new(
            "the server does not end the list, or there is more than the provider can work with.",
            "Look at the list on the server. Where there are arguments that narrow it down, use them.",
        );
        Err(self.failure(message).with_advice(advice))
    }

    /// A list that would never end.
    fn endless(&self, why: &str) -> Error {
        let advice = match self.listing.next {
            Next::Token(_) => Advice::new(
                "the server takes no notice of the token that it gave for the next page. Its replicas may not share the key that such tokens \
                 are made with (PAGE_TOKEN_KEY), or something before it leaves the query out.",
                "Have an administrator give all replicas the same key.",
            ),
            _ => Advice::new(
                "the server, or something before it, takes no notice of which page is asked for.",
                "Check the proxies before the server: they must not change or leave out the query of a request.",
            ),
        };
        self.failure(format!("The list does not come to an end: {why}.")).with_advice(advice)
    }

    fn failure(&self, message: String) -> Error {
        Error::new(Kind::Undecodable, self.listing.first.call.action.clone()).with_message(message)
    }
}

impl Client {
    /// A list page by page.
    pub fn pages<T: Send + 'static>(&self, listing: Listing<T>) -> Pages<T> {
        let step = match listing.next {
            Next::Numbered(_) | Next::Flag(_) => Step::Number(1),
            Next::Whole | Next::Token(_) => Step::First,
        };
        Pages { client: self.clone(), listing, step: Some(step), total: None, seen: Seen::default() }
    }

    /// A whole list.
    ///
    /// # Errors
    /// Any kind, also where the list does not come to an end ([`Pages::next`]). A parent that is not there is
    /// [`Kind::Gone`](super::Kind::Gone) where the server tells.
    pub async fn list<T: Send + 'static>(&self, listing: Listing<T>) -> Result<Vec<T>, Error> {
        match self.list_up_to(listing, usize::MAX).await? {
            Listed::Whole(items) | Listed::More(items) => Ok(items),
        }
    }

    /// The first `limit` items of a list; no more pages are asked for than that takes.
    ///
    /// # Errors
    /// Any kind, also where the list does not come to an end ([`Pages::next`]).
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
        while let Some(few) = pages.next_few().await? {
            items.extend(few);
            let is_more = pages.step.is_some();
            // Too large to be worth it: a claim is enough for that.
            if is_more && (items.len() > limit || pages.total.is_some_and(|total| total > limit)) {
                return Ok(Listed::More(items));
            }
        }
        Ok(Listed::Whole(items))
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
