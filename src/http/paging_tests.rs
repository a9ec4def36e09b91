//! Tests of paged lists.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::Listing;
use crate::http::testing::{Reply, Server};
use crate::http::{Answer, Endpoint, Kind};

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
    let pages = pages.map(|items| Reply::json(200, json!({"items": items, "next_page": "x"})));
    let server = Server::script(pages.into());
    assert_eq!(server.client().list(by_token()).await.unwrap_err().kind(), Kind::Undecodable);
}

#[tokio::test(start_paused = true)]
async fn pages_that_tell_nothing_may_be_alike() {
    let pages = [json!([]), json!([]), json!([7, 7]), json!([7, 7]), json!([8])];
    let mut pages: Vec<_> = pages.into_iter().map(|items| json!({"items": items, "next_page": "x"})).collect();
    pages[4].as_object_mut().unwrap().remove("next_page");
    let server = Server::script(pages.into_iter().map(|page| Reply::json(200, page)).collect());
    assert_eq!(server.client().list(by_token()).await.unwrap(), [7, 7, 7, 7, 8]);
}

fn numbered(total: usize, tell: bool) -> Arc<Server> {
    Server::new(move |request| {
        assert_eq!(parameter(&request.line, "page_size"), Some("3"));
        let page: usize = parameter(&request.line, "page").unwrap().parse().unwrap();
        let items: Vec<_> = ((page - 1) * 3..total.min(page * 3)).collect();
        let answer = Answer::new(200, "application/json", Value::from(items).to_string());
        Reply::of(if tell { answer.with_header("x-total-count", &total.to_string()) } else { answer })
    })
}

#[tokio::test(start_paused = true)]
async fn numbered_pages_with_and_without_a_total() {
    let listing = || Listing::<usize>::numbered(Endpoint::get("items", &[]), 3);
    for (total, told, untold) in [(0, 1, 1), (2, 1, 1), (3, 1, 2), (10, 4, 4)] {
        for (tell, requests) in [(true, told), (false, untold)] {
            let server = numbered(total, tell);
            assert_eq!(server.client().list(listing()).await.unwrap(), (0..total).collect::<Vec<_>>());
            assert_eq!(server.log().len(), requests, "{total} {tell}");
        }
    }
    let server = numbered(10, true);
    assert_eq!(server.client().list_at_most(listing(), 4).await.unwrap(), [0, 1, 2, 3]);
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
