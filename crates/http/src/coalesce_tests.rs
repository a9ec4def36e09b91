//! Tests of coalesced reads, against a server that counts and on a clock that is paused.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::join_all;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Collection, Origin};
use crate::testing::{Reply, Request, Server, settings};
use crate::{Client, Credentials, Endpoint, Kind, Listing, Repetition, Settings};

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Thing {
    name: String,
    version: u32,
}

struct Things;

impl Collection for Things {
    type Key = (String, String);
    type Item = Thing;
    const NAME: &'static str = "things";

    fn parent(key: &Self::Key) -> String {
        key.0.clone()
    }
    fn name(key: &Self::Key) -> String {
        key.1.clone()
    }
    fn name_of(_: &str, item: &Thing) -> Option<String> {
        // As if the list matched by pattern.
        (!item.name.starts_with("foreign")).then(|| item.name.clone())
    }
    fn single(key: &Self::Key) -> Endpoint<Thing> {
        Endpoint::get("{parent}/things/{thing}", &[&key.0, &key.1])
    }
    fn list(key: &Self::Key) -> Listing<Thing> {
        Listing::whole(Endpoint::get("{parent}/things", &[&key.0]).within("/things"))
    }
}

/// Things of one parent, as a server holds them.
#[derive(Default)]
struct Store {
    things: Mutex<BTreeMap<String, u32>>,
    lists_fail: AtomicBool,
    lists_are_refused: AtomicBool,
}

impl Store {
    fn with(count: u32) -> Arc<Self> {
        let things = (0..count).map(|number| (format!("t{number}"), 1)).collect();
        Arc::new(Self { things: Mutex::new(things), ..Self::default() })
    }

    /// Lists take a second, everything else no time.
    fn serve(self: &Arc<Self>) -> Arc<Server> {
        let store = Arc::clone(self);
        Server::new(move |request| store.handle(request))
    }

    fn handle(&self, request: &Request) -> Reply {
        let mut things = self.things.lock().unwrap();
        let thing = |name: &str, version: u32| json!({"name": name, "version": version});
        let (method, path) = request.line.split_once(' ').unwrap();
        match (method, path.strip_prefix("/api/p/things/")) {
            ("GET", Some(name)) => match things.get(name) {
                Some(version) => Reply::json(200, thing(name, *version)),
                None => Reply::json(404, json!({"message": "no such thing"})),
            },
            ("PUT", Some(name)) => {
                *things.entry(name.to_owned()).or_default() += 1;
                Reply::json(200, thing(name, things[name])).after(Duration::from_millis(500))
            }
            ("GET", None) if self.lists_are_refused.load(Ordering::SeqCst) => {
                Reply::json(403, json!({"message": "not for you"}))
            }
            ("GET", None) if self.lists_fail.load(Ordering::SeqCst) => {
                Reply::json(400, json!({"message": "no lists today"}))
            }
            ("GET", None) => {
                let items: Vec<Value> = things.iter().map(|(name, version)| thing(name, *version)).collect();
                Reply::json(200, json!({"things": items})).after(Duration::from_secs(1))
            }
            _ => Reply::json(400, json!({"message": "what?"})),
        }
    }
}

fn key(name: &str) -> (String, String) {
    ("p".to_owned(), name.to_owned())
}

fn set(name: &str) -> Endpoint<Thing> {
    Endpoint::put("{parent}/things/{thing}", &["p", name]).repetition(Repetition::IDEMPOTENT).invalidates::<Things>("p")
}

async fn read(client: &Client, name: &str) -> Option<(u32, Origin)> {
    client.read::<Things>(&key(name)).await.unwrap().map(|found| (found.version, found.origin()))
}

#[tokio::test(start_paused = true)]
async fn a_thousand_concurrent_reads_are_two_requests() {
    let server = Store::with(1000).serve();
    let client = server.client();
    let keys: Vec<_> = (0..1000).map(|number| key(&format!("t{number}"))).collect();
    let found = join_all(keys.iter().map(|key| client.read::<Things>(key))).await;
    for (found, key) in found.into_iter().zip(&keys) {
        assert_eq!(found.unwrap().unwrap().name, key.1);
    }
    assert_eq!(server.log(), ["GET /api/p/things/t0", "GET /api/p/things"]);
}

#[tokio::test(start_paused = true)]
async fn reads_one_after_the_other_are_two_requests_too() {
    let server = Store::with(50).serve();
    let client = server.client();
    assert_eq!(read(&client, "t0").await, Some((1, Origin::Single)));
    for number in 0..50 {
        assert_eq!(read(&client, &format!("t{number}")).await, Some((1, Origin::List)));
    }
    assert_eq!(server.log().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_list_is_used_until_it_is_too_old() {
    let server = Store::with(3).serve();
    let settings = Settings { coalesce_max_age: Duration::from_secs(30), ..settings() };
    let client = server.client_with(settings, Credentials::None);
    read(&client, "t0").await;
    read(&client, "t1").await;
    tokio::time::advance(Duration::from_millis(28_900)).await;
    read(&client, "t2").await;
    assert_eq!(server.log().len(), 2);
    tokio::time::advance(Duration::from_millis(200)).await;
    assert_eq!(read(&client, "t2").await, Some((1, Origin::Single)));
    assert_eq!(server.log().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_age_of_zero_turns_it_off() {
    let server = Store::with(5).serve();
    let mut settings = settings();
    settings.coalesce_max_age = Duration::ZERO;
    let client = server.client_with(settings, Credentials::None);
    for number in 0..5 {
        assert_eq!(read(&client, &format!("t{number}")).await, Some((1, Origin::Single)));
    }
    assert_eq!(server.count("GET /api/p/things/t"), 5);
}

#[tokio::test(start_paused = true)]
async fn a_name_that_the_list_lacks_is_confirmed_before_it_is_gone() {
    let store = Store::with(3);
    let server = store.serve();
    let client = server.client();
    read(&client, "t0").await;
    read(&client, "t1").await;
    // Made by somebody else after the list.
    store.things.lock().unwrap().insert("late".to_owned(), 7);
    assert_eq!(read(&client, "late").await, Some((7, Origin::Single)));
    assert_eq!(read(&client, "never").await, None);
    assert_eq!(server.log()[2..], ["GET /api/p/things/late", "GET /api/p/things/never"]);
}

#[tokio::test(start_paused = true)]
async fn items_that_do_not_belong_there_are_left_out() {
    let store = Store::with(2);
    store.things.lock().unwrap().insert("foreign".to_owned(), 9);
    let client = store.serve().client();
    read(&client, "t0").await;
    assert_eq!(read(&client, "foreign").await, Some((9, Origin::Single)));
}

#[tokio::test(start_paused = true)]
async fn a_write_drops_the_list() {
    let server = Store::with(3).serve();
    let client = server.client();
    read(&client, "t0").await;
    read(&client, "t1").await;
    client.send(set("t1")).await.unwrap();
    assert_eq!(read(&client, "t1").await, Some((2, Origin::Single)));
    assert_eq!(read(&client, "t2").await, Some((1, Origin::List)));
    assert_eq!(server.count("GET /api/p/things"), 4);
}

#[tokio::test(start_paused = true)]
async fn a_write_elsewhere_drops_nothing_and_one_of_all_parents_does() {
    let server = Store::with(3).serve();
    let client = server.client();
    read(&client, "t0").await;
    read(&client, "t1").await;
    let elsewhere = Endpoint::<Thing>::put("p/things/{thing}", &["t9"]).invalidates::<Things>("another");
    client.send(elsewhere).await.unwrap();
    assert_eq!(read(&client, "t2").await, Some((1, Origin::List)));
    let everywhere = Endpoint::<Thing>::put("p/things/{thing}", &["t9"]).invalidates_all::<Things>();
    client.send(everywhere).await.unwrap();
    assert_eq!(read(&client, "t2").await, Some((1, Origin::Single)));
}

/// What deletes a holder of many things says so in one word.
#[tokio::test(start_paused = true)]
async fn a_write_that_touches_everything_drops_each_list() {
    let server = Store::with(3).serve();
    let client = server.client();
    read(&client, "t0").await;
    read(&client, "t1").await;
    let holder = Endpoint::<Thing>::put("p/things/{thing}", &["t9"]).invalidates_everything();
    client.send(holder).await.unwrap();
    assert_eq!(read(&client, "t2").await, Some((1, Origin::Single)));
}

#[tokio::test(start_paused = true)]
async fn a_list_fetched_while_a_write_runs_is_not_used_after_it() {
    let server = Store::with(3).serve();
    let client = server.client();
    read(&client, "t0").await;
    // The list begins, sees version 1, and takes a second; the write begins after it and ends before it.
    let listing = tokio::spawn({
        let client = client.clone();
        async move { read(&client, "t1").await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    client.send(set("t1")).await.unwrap();
    assert_eq!(server.log()[1..], ["GET /api/p/things", "PUT /api/p/things/t1"]);
    assert_eq!(read(&client, "t1").await, Some((2, Origin::Single)));
    assert_eq!(read(&client, "t1").await, Some((2, Origin::List)));
    // The old list has landed meanwhile; whoever waited for it began before the write.
    assert_eq!(listing.await.unwrap(), Some((1, Origin::List)));
    assert_eq!(read(&client, "t1").await, Some((2, Origin::List)));
}

#[tokio::test(start_paused = true)]
async fn a_list_that_begins_while_a_write_runs_is_not_used_after_it() {
    let store = Store::with(3);
    let server = store.serve();
    let client = server.client();
    let write = tokio::spawn({
        let client = client.clone();
        async move { client.send(set("t1")).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    read(&client, "t0").await;
    let listing = tokio::spawn({
        let client = client.clone();
        async move { read(&client, "t2").await }
    });
    write.await.unwrap().unwrap();
    // As if the write had taken effect only after the list was made.
    store.things.lock().unwrap().insert("t1".to_owned(), 5);
    listing.await.unwrap();
    assert_eq!(read(&client, "t1").await, Some((5, Origin::Single)));
}

#[tokio::test(start_paused = true)]
async fn a_failed_write_and_an_abandoned_one_drop_the_list_too() {
    let server = Store::with(3).serve();
    let client = server.client();
    read(&client, "t0").await;
    read(&client, "t1").await;
    let failing = Endpoint::<Thing>::post("p/things", &[]).invalidates::<Things>("p");
    assert_eq!(client.send(failing).await.unwrap_err().kind(), Kind::Rejected);
    assert_eq!(read(&client, "t1").await, Some((1, Origin::Single)));
    assert_eq!(read(&client, "t1").await, Some((1, Origin::List)));
    assert!(tokio::time::timeout(Duration::from_millis(10), client.send(set("t1"))).await.is_err());
    assert_eq!(read(&client, "t1").await, Some((2, Origin::Single)));
}

#[tokio::test(start_paused = true)]
async fn a_failed_list_falls_back_to_single_reads() {
    let store = Store::with(20);
    store.lists_fail.store(true, Ordering::SeqCst);
    let server = store.serve();
    let client = server.client();
    let keys: Vec<_> = (0..20).map(|number| key(&format!("t{number}"))).collect();
    let found = join_all(keys.iter().map(|key| client.read::<Things>(key))).await;
    assert!(found.into_iter().all(|found| found.unwrap().unwrap().origin() == Origin::Single));
    assert_eq!(server.count("GET /api/p/things/"), 20);
    assert_eq!(server.log().len(), 21, "the list is not tried again and again");

    store.lists_fail.store(false, Ordering::SeqCst);
    tokio::time::advance(Duration::from_secs(31)).await;
    assert_eq!(read(&client, "t3").await, Some((1, Origin::List)));
}

#[tokio::test(start_paused = true)]
async fn a_refused_list_is_not_tried_again_before_a_write() {
    let store = Store::with(20);
    store.lists_are_refused.store(true, Ordering::SeqCst);
    let server = store.serve();
    let client = server.client();
    for number in 0..20 {
        assert_eq!(read(&client, &format!("t{number}")).await, Some((1, Origin::Single)));
        tokio::time::advance(Duration::from_secs(31)).await;
    }
    assert_eq!(server.log().len(), 21);
    store.lists_are_refused.store(false, Ordering::SeqCst);
    assert_eq!(read(&client, "t3").await, Some((1, Origin::Single)));
    client.send(set("t3")).await.unwrap();
    assert_eq!(read(&client, "t3").await, Some((2, Origin::Single)));
    assert_eq!(read(&client, "t3").await, Some((2, Origin::List)));
}

#[tokio::test(start_paused = true)]
async fn who_asks_for_a_list_only_is_sent_nothing_else() {
    let server = Store::with(20).serve();
    let client = server.client();
    let listed = async |name: &str| client.read_listed::<Things>(&key(name)).await.unwrap().map(|found| found.version);
    assert!(!client.is_listed::<Things>(&key("t0")));
    assert_eq!(listed("t0").await, None, "the first one is cheaper by itself");
    assert_eq!((server.log().len(), client.is_listed::<Things>(&key("t0"))), (0, false));
    assert_eq!(listed("t1").await, Some(1));
    assert_eq!((listed("t2").await, listed("none").await), (Some(1), None));
    assert_eq!((server.log().len(), client.is_listed::<Things>(&key("t0"))), (1, true));
    tokio::time::advance(Duration::from_secs(301)).await;
    assert!(!client.is_listed::<Things>(&key("t0")), "it is too old");
}

#[tokio::test(start_paused = true)]
async fn data_sources_share_lists_that_began_after_them() {
    let store = Store::with(100);
    let server = store.serve();
    let client = server.client();
    read(&client, "t0").await;
    read(&client, "t1").await;
    store.things.lock().unwrap().insert("t1".to_owned(), 2);
    let found = client.read_fresh::<Things>(&key("t1")).await.unwrap().unwrap();
    assert_eq!((found.version, found.origin()), (2, Origin::List));
    assert_eq!(server.log().len(), 3);

    let keys: Vec<_> = (0..100).map(|number| key(&format!("t{number}"))).collect();
    let found = join_all(keys.iter().map(|key| client.read_fresh::<Things>(key))).await;
    assert!(found.into_iter().all(|found| found.unwrap().is_some()));
    assert!(server.log().len() <= 3 + 2, "{:?}", server.log());
}

#[tokio::test(start_paused = true)]
async fn a_data_source_does_not_join_a_list_that_began_before_it() {
    let store = Store::with(3);
    let server = store.serve();
    let client = server.client();
    read(&client, "t0").await;
    let earlier = tokio::spawn({
        let client = client.clone();
        async move { read(&client, "t1").await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    store.things.lock().unwrap().insert("t1".to_owned(), 2);
    assert_eq!(client.read_fresh::<Things>(&key("t1")).await.unwrap().unwrap().version, 2);
    assert_eq!(earlier.await.unwrap(), Some((1, Origin::List)));
}

#[tokio::test(start_paused = true)]
async fn one_reader_that_leaves_does_not_end_the_list_of_the_others() {
    let server = Store::with(3).serve();
    let client = server.client();
    read(&client, "t0").await;
    let cancel = tokio_util::sync::CancellationToken::new();
    let leaving = tokio::spawn({
        let client = client.cancelled_by(cancel.clone());
        async move { client.read::<Things>(&key("t1")).await }
    });
    tokio::time::sleep(Duration::from_millis(10)).await;
    let staying = tokio::spawn({
        let client = client.clone();
        async move { read(&client, "t2").await }
    });
    tokio::time::sleep(Duration::from_millis(10)).await;
    cancel.cancel();
    assert_eq!(leaving.await.unwrap().unwrap_err().kind(), Kind::Cancelled);
    assert_eq!(staying.await.unwrap(), Some((1, Origin::List)));
    assert_eq!(server.count("GET /api/p/things"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_nobody_waits_for_gives_back_its_place() {
    let server = Store::with(3).serve();
    let mut settings = settings();
    settings.max_concurrent_requests = 1;
    let client = server.client_with(settings, Credentials::None);
    read(&client, "t0").await;
    assert!(tokio::time::timeout(Duration::from_millis(10), client.read::<Things>(&key("t1"))).await.is_err());
    assert_eq!(read(&client, "t1").await, Some((1, Origin::List)));
}

#[tokio::test(start_paused = true)]
async fn a_deadline_holds_for_those_who_wait_for_a_list() {
    let server = Store::with(3).serve();
    let client = server.client();
    read(&client, "t0").await;
    let soon = client.until(tokio::time::Instant::now() + Duration::from_millis(200));
    assert_eq!(soon.read::<Things>(&key("t1")).await.unwrap_err().kind(), Kind::TimedOut);
}

/// The same things in pages of ten, given up above 25.
struct Paged;

impl Collection for Paged {
    type Key = (String, String);
    type Item = Thing;
    const NAME: &'static str = "paged things";
    const MAX_ITEMS: usize = 25;

    fn parent(key: &Self::Key) -> String {
        key.0.clone()
    }
    fn name(key: &Self::Key) -> String {
        key.1.clone()
    }
    fn name_of(_: &str, item: &Thing) -> Option<String> {
        Some(item.name.clone())
    }
    fn single(key: &Self::Key) -> Endpoint<Thing> {
        Endpoint::get("things/{thing}", &[&key.1])
    }
    fn list(_: &Self::Key) -> Listing<Thing> {
        Listing::numbered(Endpoint::get("things", &[]), 10)
    }
}

fn paged(total: usize) -> Arc<Server> {
    Server::new(move |request| {
        let thing = |name: String| json!({"name": name, "version": 1});
        if let Some(name) = request.line.strip_prefix("GET /api/things/") {
            return Reply::json(200, thing(name.to_owned()));
        }
        let page: usize = request.line.rsplit_once("&page=").unwrap().1.parse().unwrap();
        let items: Vec<_> = ((page - 1) * 10..total.min(page * 10)).map(|number| thing(format!("t{number}"))).collect();
        let answer = crate::Answer::new(200, "application/json", Value::from(items).to_string());
        Reply::of(answer.with_header("x-total-count", &total.to_string()))
    })
}

#[tokio::test(start_paused = true)]
async fn a_list_of_several_pages_is_shared() {
    let server = paged(25);
    let client = server.client();
    let keys: Vec<_> = (0..25).map(|number| key(&format!("t{number}"))).collect();
    let found = join_all(keys.iter().map(|key| client.read::<Paged>(key))).await;
    assert!(found.into_iter().all(|found| found.unwrap().is_some()));
    assert_eq!(server.count("GET /api/things?"), 3);
    assert_eq!(server.log().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_too_large_is_given_up_after_its_first_page() {
    let server = paged(26);
    let client = server.client();
    let keys: Vec<_> = (0..5).map(|number| key(&format!("t{number}"))).collect();
    let found = join_all(keys.iter().map(|key| client.read::<Paged>(key))).await;
    assert!(found.into_iter().all(|found| found.unwrap().unwrap().origin() == Origin::Single));
    assert_eq!(server.count("GET /api/things?"), 1);
    assert_eq!(server.count("GET /api/things/"), 5);
}
