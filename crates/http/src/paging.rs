//! Lists that come in pages.
//!
//! A further page is asked for because the one before it was full, or had the sign of a further one, and never because of the number of
//! items that a server claims: that number may be wrong, and nothing is allocated or asked for by it alone. It only tells that a list is
//! complete, and how many pages may be asked for together. A list that does not come to an end is an error, whichever way it does not; these
//! rules are a [`Course`], also of lists whose pages their readers ask for themselves.

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use futures::stream::{self, StreamExt};
use serde_json::value::RawValue;

use super::answer::Answer;
use super::client::Client;
use super::dialect::Advice;
use super::endpoint::Endpoint;
use super::error::{Error, Kind};
use super::extent::MOST_ITEMS;

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
                let token: String = serde_json::from_str(answer.text_at(&format!("/{field}"))?).ok()?;
                (!token.is_empty()).then_some(Step::Token(token))
            }
            Next::Numbered(size) => (count >= size && total(answer) != Some(seen)).then(number),
            Next::Flag(field) => (answer.text_at(&format!("/{field}")) == Some("true")).then(number),
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

/// What a page holds, as a number: the text of the lists in the answer, whatever token and times stand beside them. `None` where it tells
/// nothing: pages without items there may be many of, and pages of nothing but one item again and again.
fn print(answer: &Answer) -> Option<u64> {
    let mut hasher = DefaultHasher::new();
    let tells = print_lists(answer.text_at("")?, 2, &mut hasher);
    tells.then(|| hasher.finish())
}

/// Adds the lists of a JSON text, and those in objects so many levels deeper. Whether one of them tells anything.
fn print_lists(text: &str, deeper: usize, hasher: &mut DefaultHasher) -> bool {
    if let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(text) {
        text.hash(hasher);
        return items.len() == 1 || items.iter().any(|item| item.get() != items[0].get());
    }
    match serde_json::from_str::<BTreeMap<String, &RawValue>>(text) {
        Ok(members) if deeper > 0 => {
            // Each of them is added.
            members.values().filter(|member| print_lists(member.get(), deeper - 1, hasher)).count() > 0
        }
        _ => false,
    }
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
    course: Course,
    /// What came after each page so far.
    steps: HashSet<Step>,
    /// Bytes of the largest page so far.
    largest: usize,
    /// Why the next page cannot be given, which was asked for together with others that can.
    failed: Option<Error>,
}

/// What has come of a list so far, and the rules by which it has to come to an end.
pub struct Course {
    /// Most bytes of all pages together.
    most_bytes: usize,
    /// Whether its pages are linked by tokens.
    by_token: bool,
    pages: usize,
    items: usize,
    bytes: usize,
    /// What the pages held.
    prints: HashSet<u64>,
}

impl Course {
    /// Counts a page of so many items, after which the server says that there is another one, or not.
    fn count(&mut self, action: &str, items: usize, more: bool, answer: &Answer) -> Result<(), Error> {
        self.pages += 1;
        self.items = self.items.saturating_add(items);
        self.bytes = self.bytes.saturating_add(answer.body().len());
        self.refuse_too_much(action, more)?;
        if items == 0 && more {
            return Err(self.endless(action, "the server has given a page without items, and a sign that more follow"));
        }
        // A server that takes no notice of the token, or of the number, gives the first page again, for ever; with a token each time another.
        let is_part = items > 0 && (more || self.pages > 1);
        if is_part && print(answer).is_some_and(|print| !self.prints.insert(print)) {
            return Err(self.endless(action, "the server has given a page again that it gave before"));
        }
        Ok(())
    }

    fn refuse_too_much(&self, action: &str, more: bool) -> Result<(), Error> {
        let Self { pages, items, bytes, most_bytes, .. } = self;
        if *items <= MOST_ITEMS && bytes <= most_bytes && !(more && *pages >= MOST_PAGES) {
            return Ok(());
        }
        let follow = if more { ", and more follow" } else { "" };
        let message = format!(
            "The list is too long: it has {items} items, in {pages} pages of {bytes} bytes together{follow}. At most {MOST_ITEMS} items, \
             {MOST_PAGES} pages or {most_bytes} bytes ({MOST_ANSWERS} times `max_response_mib`) are read of a list."
        );
        let advice = Advice::new(
            "the server does not end the list, or there is more than the provider can work with.",
            "Look at the list on the server. Where there are arguments that narrow it down, use them.",
        );
        Err(failure(action, message).with_advice(advice))
    }

    /// A list that would never end.
    fn endless(&self, action: &str, why: &str) -> Error {
        let advice = match self.by_token {
            true => Advice::new(
                "the server takes no notice of the token that it gave for the next page. Its replicas may not share the key that such tokens \
                 are made with (PAGE_TOKEN_KEY), or something before it leaves the query out.",
                "Have an administrator give all replicas the same key.",
            ),
            false => Advice::new(
                "the server, or something before it, takes no notice of which page is asked for.",
                "Check the proxies before the server: they must not change or leave out the query of a request.",
            ),
        };
        failure(action, format!("The list does not come to an end: {why}.")).with_advice(advice)
    }
}

fn failure(action: &str, message: String) -> Error {
    Error::new(Kind::Undecodable, action).with_message(message)
}

impl<T: Send + 'static> Pages<T> {
    /// The next page, or `None` after the last.
    ///
    /// # Errors
    /// Any kind; a page that failed can be asked for again. [`Kind::Undecodable`](super::Kind::Undecodable) where the list does not come to
    /// an end, or is too long: a page or its token comes again, a page without items is said not to be the last, or there are more than 100,000
    /// items, 5,000 pages, or eight times as many bytes as one answer may have.
    pub async fn next(&mut self) -> Result<Option<Vec<T>>, Error> {
        self.together(1).await
    }

    /// The next pages: several, where the server claims that there are so many.
    async fn next_few(&mut self) -> Result<Option<Vec<T>>, Error> {
        // As large as those before, they have together no more bytes than one answer may have.
        let room = self.client.shared.settings.max_response_size / self.largest.max(1);
        self.together(self.course.pages.clamp(FEWEST_TOGETHER, MOST_TOGETHER).min(room.max(1))).await
    }

    async fn together(&mut self, most: usize) -> Result<Option<Vec<T>>, Error> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let Some(step) = self.step.clone() else { return Ok(None) };
        let steps = self.steps(step, most);
        let client = self.client.clone();
        let asked: Vec<_> = steps.iter().map(|step| client.answered(self.listing.page(step))).collect();
        // Each is counted as soon as it and those before it are there, so that a wrong one ends the rest.
        let mut answers = stream::iter(asked).buffered(steps.len());
        let mut all = Vec::new();
        for step in &steps {
            let Some(answered) = answers.next().await else { break };
            let (items, answer) = match answered {
                Err(error) if !all.is_empty() => {
                    self.failed = Some(error);
                    break;
                }
                answered => answered?,
            };
            self.take(step, items.len(), &answer)?;
            all.extend(items);
            // What was asked for beyond the last page counts for nothing.
            if self.step.is_none() {
                break;
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
        self.total = total(answer);
        self.largest = self.largest.max(answer.body().len());
        let next = self.listing.after(step, count, self.course.items.saturating_add(count), answer);
        let action = &self.listing.first.call.action;
        self.course.count(action, count, next.is_some(), answer)?;
        if let Some(next) = &next
            && !self.steps.insert(next.clone())
        {
            let why = "the server has given a token for the next page again that it gave before";
            return Err(self.course.endless(action, why));
        }
        self.step = next;
        Ok(())
    }
}

impl Client {
    /// A list page by page.
    pub fn pages<T: Send + 'static>(&self, listing: Listing<T>) -> Pages<T> {
        let step = match listing.next {
            Next::Numbered(_) | Next::Flag(_) => Step::Number(1),
            Next::Whole | Next::Token(_) => Step::First,
        };
        let course = Course { by_token: matches!(listing.next, Next::Token(_)), ..self.course() };
        Pages {
            client: self.clone(),
            listing,
            step: Some(step),
            total: None,
            course,
            steps: HashSet::new(),
            largest: 0,
            failed: None,
        }
    }

    /// The course of a list whose pages tell more than their items, or follow each other in a way of their own: its reader asks for them with
    /// [`Client::page`].
    pub fn course(&self) -> Course {
        Course {
            most_bytes: self.shared.settings.max_response_size.saturating_mul(MOST_ANSWERS),
            by_token: false,
            pages: 0,
            items: 0,
            bytes: 0,
            prints: HashSet::new(),
        }
    }

    /// One page of such a list. `tells` gives the number of its items, and whether another page follows.
    ///
    /// # Errors
    /// Any kind, also where the list does not come to an end ([`Pages::next`]).
    pub async fn page<T: Send + 'static>(
        &self,
        course: &mut Course,
        endpoint: Endpoint<T>,
        tells: impl FnOnce(&T) -> (usize, bool) + Send,
    ) -> Result<T, Error> {
        let action = endpoint.call.action.clone();
        let (page, answer) = self.answered(endpoint).await?;
        let (items, more) = tells(&page);
        course.count(&action, items, more, &answer)?;
        Ok(page)
    }

    /// A whole list.
    ///
    /// # Errors
    /// Any kind, also where the list does not come to an end ([`Pages::next`]). A parent that is not there is
    /// [`Kind::NotFound`](super::Kind::NotFound) where the server tells.
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
