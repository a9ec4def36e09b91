//! Tests of paged lists.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::{Listing, MOST_ITEMS};
use crate::testing::{Reply, Server, settings};
use crate::{Answer, Credentials, Endpoint, Kind, Settings};

/// The value of a parameter in a request line.
fn parameter<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (_, query) = line.split_once('?')?;
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

/// Numbers below `total` in pages of two, linked by a token.
fn tokens(total: usize) -> Arc<Server> {
    Server::new(move |request| {
        let start: usize = parameter(&request.line, "next_page")
            .map_or(0, |token| token.trim_start_matches("opaque").parse().unwrap());
        let end = total.min(start + 2);
        let mut body = json!({"items": (start..end).collect::<Vec<_>>()});
        if end < total {
            body["next_page"] = format!("opaque{end}").into();
        }
        Reply::json(200, body)
    })
}

fn by_token() -> Listing<usize> {
    Listing::token(Endpoint::get("items", &[]).within("/items").query("public", true), "next_page")
}

#[tokio::test(start_paused = true)]
async fn pages_linked_by_a_token() {
    for (total, requests) in [(0, 1), (2, 1), (3, 2), (7, 4)] {
        let server = tokens(total);
        assert_eq!(server.client().list(by_token()).await.unwrap(), (0..total).collect::<Vec<_>>());
        assert_eq!(server.log().len(), requests);
    }
    let server = tokens(3);
    server.client().list(by_token()).await.unwrap();
    assert_eq!(server.log()[1], "GET /api/items?public=true&next_page=opaque2");
}

#[tokio::test(start_paused = true)]
async fn a_list_can_be_stopped_early() {
    let server = tokens(100);
    let client = server.client();
    assert_eq!(client.list_at_most(by_token(), 3).await.unwrap(), [0, 1, 2]);
    assert_eq!(server.log().len(), 2);
    let mut pages = client.pages(by_token());
    assert_eq!(pages.next().await.unwrap(), Some(vec![0, 1]));
    drop(pages);
    assert_eq!(server.log().len(), 3);
    assert_eq!(client.list_at_most(by_token(), 0).await.unwrap(), Vec::<usize>::new());
    assert_eq!(server.log().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_ignores_the_token_does_not_keep_us_for_ever() {
    let number = AtomicUsize::new(0);
    // Each token is new, and each answer has its own time.
    let server = Server::new(move |_| {
        let number = number.fetch_add(1, Ordering::Relaxed);
        Reply::json(200, json!({"items": [1, 2], "next_page": format!("token{number}"), "time": number}))
    });
    let error = server.client().list(by_token()).await.unwrap_err();
    assert_eq!((error.kind(), server.log().len()), (Kind::Undecodable, 2));
    assert!(error.detail().contains("given a page again") && error.detail().contains("PAGE_TOKEN_KEY"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_replica_that_does_not_know_the_token_of_another_is_noticed_later_too() {
    let pages = [json!([1, 2]), json!([3, 4]), json!([1, 2])];
    let page = |(at, items)| Reply::json(200, json!({"items": items, "next_page": format!("token{at}")}));
    let server = Server::script(pages.into_iter().enumerate().map(page).collect());
    let error = server.client().list(by_token()).await.unwrap_err();
    assert_eq!((error.kind(), server.log().len()), (Kind::Undecodable, 3));
    assert!(error.detail().contains("given a page again"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn pages_that_tell_nothing_may_be_alike() {
    let pages = [json!([7, 7]), json!([7, 7]), json!([8])];
    let page = |(at, items)| json!({"items": items, "next_page": format!("token{at}")});
    let mut pages: Vec<_> = pages.into_iter().enumerate().map(page).collect();
    pages[2].as_object_mut().unwrap().remove("next_page");
    let server = Server::script(pages.into_iter().map(|page| Reply::json(200, page)).collect());
    assert_eq!(server.client().list(by_token()).await.unwrap(), [7, 7, 7, 7, 8]);
}

/// The error of a list that does not end, and the number of requests that it took.
async fn never_ends(server: &Arc<Server>, listing: Listing<u64>, words: &str) -> usize {
    let error = server.client().list(listing).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Undecodable, "{error}");
    assert!(error.detail().contains(words), "{error}");
    assert!(error.detail().contains("Likely cause") && error.detail().contains("What to do"), "{error}");
    server.log().len()
}

fn tokened() -> Listing<u64> {
    Listing::token(Endpoint::get("items", &[]).within("/items"), "next_page")
}

fn flagged() -> Listing<u64> {
    Listing::while_true(Endpoint::get("items", &[]).within("/items"), "has_additional")
}

fn in_hundreds() -> Listing<u64> {
    Listing::numbered(Endpoint::get("items", &[]), 100)
}

/// Answers each request with what its number, from 0, makes.
fn endless(body: impl Fn(u64) -> Value + Send + Sync + 'static) -> Arc<Server> {
    let number = AtomicUsize::new(0);
    Server::new(move |_| Reply::json(200, body(number.fetch_add(1, Ordering::Relaxed) as u64)))
}

#[tokio::test(start_paused = true)]
async fn a_page_without_items_that_is_not_the_last_ends_the_list() {
    let empty = |n: u64| json!({"items": [], "next_page": format!("token{n}"), "has_additional": true});
    let words = "a page without items, and a sign that more follow";
    for listing in [tokened(), flagged()] {
        assert_eq!(never_ends(&endless(empty), listing, words).await, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_comes_again_ends_the_list() {
    let server = endless(|n| json!({"items": [n], "next_page": "always the same"}));
    assert_eq!(never_ends(&server, tokened(), "a token for the next page again that it gave before").await, 2);
    let server = endless(|n| json!({"items": [n], "next_page": format!("{}", n % 3)}));
    assert_eq!(never_ends(&server, tokened(), "a token for the next page again").await, 4);
}

#[tokio::test(start_paused = true)]
async fn the_same_page_again_ends_the_list() {
    let hundred: Vec<u64> = (0..100).collect();
    let body = json!({"items": hundred, "has_additional": true});
    assert_eq!(never_ends(&endless(move |_| body.clone()), flagged(), "given a page again").await, 2);
    let page = Value::from(hundred);
    let server = endless({
        let page = page.clone();
        move |_| page.clone()
    });
    assert_eq!(never_ends(&server, in_hundreds(), "given a page again").await, 2);
    // Also where it claims that there are more.
    let answer = Answer::new(200, "application/json", page.to_string()).with_header("x-total-count", "1000000");
    let server = Server::new(move |_| Reply::of(answer.clone()));
    assert!(never_ends(&server, in_hundreds(), "given a page again").await <= 5);
}

#[tokio::test(start_paused = true)]
async fn a_list_without_end_ends_at_the_limits() {
    let full = |n: u64| Value::from((n * 100..(n + 1) * 100).collect::<Vec<_>>());
    let words = "At most 100000 items, 5000 pages";
    assert_eq!(never_ends(&endless(full), in_hundreds(), words).await, 1001);
    let small = |n: u64| json!({"items": [n], "next_page": format!("token{n}"), "has_additional": true});
    for listing in [tokened(), flagged()] {
        assert_eq!(never_ends(&endless(small), listing, words).await, 5000);
    }
}

#[tokio::test(start_paused = true)]
async fn large_items_end_a_list_too() {
    let server = endless(|n| json!({"items": [n], "next_page": format!("token{n}"), "padding": "x".repeat(900)}));
    let small = Settings { max_response_size: 1000, ..settings() };
    let client = server.client_with(small, Credentials::None);
    let error = client.list(tokened()).await.unwrap_err();
    assert!(error.detail().contains("8000 bytes (8 times `max_response_mib`)"), "{error}");
    assert_eq!(server.log().len(), 9);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_for_because_of_a_number_alone() {
    for claim in ["1000000", "9007199254740992", "18446744073709551615", "99999999999999999999", "-1", "0", "none"] {
        let answer = |items: Vec<u64>| {
            let body = Value::from(items).to_string();
            Answer::new(200, "application/json", body).with_header("x-total-count", claim)
        };
        let one = answer(vec![1]);
        let server = Server::new(move |_| Reply::of(one.clone()));
        assert_eq!(server.client().list(in_hundreds()).await.unwrap(), [1], "{claim}");
        assert_eq!(server.log().len(), 1, "{claim}");
        // A full page and a false claim: a few more are asked for, and no more.
        let (full, rest) = (answer((0..100).collect()), answer(vec![100]));
        let server = Server::new(move |request| match parameter(&request.line, "page") {
            Some("1") => Reply::of(full.clone()),
            Some("2") => Reply::of(rest.clone()),
            _ => Reply::json(200, json!([])),
        });
        assert_eq!(server.client().list(in_hundreds()).await.unwrap(), (0..101).collect::<Vec<_>>(), "{claim}");
        assert!(server.log().len() <= 5, "{claim}: {:?}", server.log());
    }
}

#[tokio::test(start_paused = true)]
async fn a_link_to_the_same_page_is_not_followed() {
    let link = "</api/items?page=1&page_size=100>; rel=\"next\"";
    let answer = Answer::new(200, "application/json", "[1]").with_header("link", link);
    let server = Server::new(move |_| Reply::of(answer.clone()));
    assert_eq!(server.client().list(in_hundreds()).await.unwrap(), [1]);
    assert_eq!(server.log().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn pages_that_are_there_are_asked_for_together() {
    let server = numbered(300, true);
    assert_eq!(server.client().list(in_threes()).await.unwrap(), (0..300).collect::<Vec<_>>());
    assert_eq!(server.log().len(), 100);
    // A second of each: 1 page, then 4, 5, 10, and 16 at a time, of 100.
    let slow = Server::new(|request| page_of_three(&request.line, 300, true).after(Duration::from_secs(1)));
    let wide = Settings { max_concurrent_requests: 100, ..settings() };
    let start = tokio::time::Instant::now();
    slow.client_with(wide, Credentials::None).list(in_threes()).await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 9);
}

fn in_threes() -> Listing<usize> {
    Listing::numbered(Endpoint::get("items", &[]), 3)
}

fn page_of_three(line: &str, total: usize, tell: bool) -> Reply {
    assert_eq!(parameter(line, "page_size"), Some("3"));
    let page: usize = parameter(line, "page").unwrap().parse().unwrap();
    let items: Vec<_> = ((page - 1) * 3..total.min(page * 3)).collect();
    let answer = Answer::new(200, "application/json", Value::from(items).to_string());
    Reply::of(if tell { answer.with_header("x-total-count", &total.to_string()) } else { answer })
}

fn numbered(total: usize, tell: bool) -> Arc<Server> {
    Server::new(move |request| page_of_three(&request.line, total, tell))
}

#[tokio::test(start_paused = true)]
async fn numbered_pages_with_and_without_a_total() {
    for (total, told, untold) in [(0, 1, 1), (2, 1, 1), (3, 1, 2), (10, 4, 4)] {
        for (tell, requests) in [(true, told), (false, untold)] {
            let server = numbered(total, tell);
            assert_eq!(server.client().list(in_threes()).await.unwrap(), (0..total).collect::<Vec<_>>());
            assert_eq!(server.log().len(), requests, "{total} {tell}");
        }
    }
    let server = numbered(10, true);
    assert_eq!(server.client().list_at_most(in_threes(), 4).await.unwrap(), [0, 1, 2, 3]);
    assert_eq!(server.log().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn numbered_pages_with_a_flag() {
    let server = Server::new(|request| {
        let page = parameter(&request.line, "page").map_or(1, |page| page.parse().unwrap());
        Reply::json(200, json!({"items": [page], "has_additional": page < 3}))
    });
    let listing = Listing::<u32>::while_true(Endpoint::get("items", &[]).within("/items"), "has_additional");
    assert_eq!(server.client().list(listing).await.unwrap(), [1, 2, 3]);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_fails_fails_the_list() {
    let server = Server::script(vec![
        Reply::json(200, json!({"items": [1], "next_page": "x"})),
        Reply::json(403, json!({"message": "no"})),
    ]);
    assert_eq!(server.client().list(by_token()).await.unwrap_err().kind(), Kind::Forbidden);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_too_long_is_refused_also_where_no_page_follows() {
    let numbers = |count: usize| format!("[{}]", vec!["0"; count].join(","));
    // In one page it is refused before anything is made of its items.
    for count in [MOST_ITEMS + 1, 1_000_000] {
        let body = numbers(count);
        let server = Server::new(move |_| Reply::of(Answer::new(200, "application/json", body.clone())));
        let whole = Listing::<u64>::whole(Endpoint::get("items", &[]));
        let error = server.client().list(whole).await.unwrap_err();
        assert_eq!((error.kind(), server.log().len()), (Kind::Undecodable, 1));
        assert!(error.detail().contains("it has a list of more than 100000 items"), "{error}");
    }
    // In several, the last of which need not be full.
    let server = endless(|n| {
        let items: Vec<u64> = (0..50_001).map(|item| item + 60_000 * n).collect();
        json!({"items": items, "has_additional": n == 0})
    });
    let error = server.client().list(flagged()).await.unwrap_err();
    assert!(error.detail().contains("The list is too long: it has 100002 items, in 2 pages"), "{error}");
    assert!(!error.detail().contains("more follow"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn pages_that_are_large_together_are_not_asked_for_together() {
    let page = |line: &str| {
        let page: u64 = parameter(line, "page").unwrap().parse().unwrap();
        let body = format!("[{}]{}", [page, 0].map(|item| item.to_string()).join(","), " ".repeat(600));
        let answer = Answer::new(200, "application/json", body);
        Reply::of(answer.with_header("x-total-count", "20")).after(Duration::from_secs(1))
    };
    let server = Server::new(move |request| page(&request.line));
    let settings = Settings { max_response_size: 1000, max_concurrent_requests: 100, ..settings() };
    let start = tokio::time::Instant::now();
    let listing = Listing::<u64>::numbered(Endpoint::get("items", &[]), 2);
    assert_eq!(server.client_with(settings, Credentials::None).list(listing).await.unwrap().len(), 20);
    assert_eq!(start.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn of_pages_that_were_asked_for_together_those_before_a_failure_are_given() {
    let server = Server::new(|request| match parameter(&request.line, "page") {
        Some("3") => Reply::json(403, json!({"message": "no"})),
        _ => page_of_three(&request.line, 30, true),
    });
    let client = server.client();
    let mut pages = client.pages(in_threes());
    assert_eq!(pages.next_few().await.unwrap(), Some(vec![0, 1, 2]));
    assert_eq!(pages.next_few().await.unwrap(), Some(vec![3, 4, 5]));
    assert_eq!(pages.next_few().await.unwrap_err().kind(), Kind::Forbidden);
}

#[tokio::test(start_paused = true)]
async fn lists_whose_reader_asks_for_the_pages_have_the_same_rules() {
    for (body, words, requests) in [
        (json!({"all": {"items": [1], "more": true, "at": "N"}}), "given a page again", 2),
        (json!({"all": {"items": [], "more": true}}), "a page without items", 1),
        (json!({"all": {"items": ["N"], "more": true}}), "At most 100000 items, 5000 pages", 5000),
    ] {
        let server =
            endless(move |n| serde_json::from_str(&body.to_string().replace("\"N\"", &n.to_string())).expect("JSON"));
        let client = server.client();
        let mut course = client.course();
        let tells = |page: &Value| (page["all"]["items"].as_array().map_or(0, Vec::len), page["all"]["more"] == true);
        let error = loop {
            match client.page(&mut course, Endpoint::<Value>::get("items", &[]), tells).await {
                Ok(_) => {}
                Err(error) => break error,
            }
        };
        assert!(error.kind() == Kind::Undecodable && error.detail().contains(words), "{error}");
        assert_eq!(server.log().len(), requests);
    }
}
