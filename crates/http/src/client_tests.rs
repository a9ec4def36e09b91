//! Tests of sending: meaning of answers, repetition, cancellation, login, and what errors say.

use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use futures::future::join_all;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::testing::{Reply, Server, settings};
use crate::{Ability, Answer, Client, Credentials, Endpoint, Error, Kind, Listing, NotFound, Repetition, Seen};

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Thing {
    name: String,
    #[serde(default)]
    color: String,
}

fn thing(color: &str) -> Value {
    json!({"name": "a", "color": color})
}

fn get() -> Endpoint<Thing> {
    Endpoint::get("things/{thing}", &["a"]).describe("read thing a")
}

fn make() -> Endpoint<Thing> {
    Endpoint::post("things", &[]).json(&thing("red")).describe("make thing a")
}

/// Makes a thing by its natural key.
fn put() -> Endpoint<Thing> {
    created_if(confirmed())
}

fn put_once() -> Endpoint<Thing> {
    created_if(confirmed().sent_once())
}

fn created_if(repetition: Repetition<Thing>) -> Endpoint<Thing> {
    let put = Endpoint::<Thing>::put("things/{thing}", &["a"]).json(&thing("red")).describe("create thing a");
    put.identified(|thing| thing.name == "a").repetition(repetition)
}

fn confirmed() -> Repetition<Thing> {
    Repetition::confirmed(get(), |found: Thing| match found.color == "red" {
        true => Seen::Ours(found),
        false => Seen::other("it has another color"),
    })
}

fn message(status: u16, message: &str) -> Reply {
    Reply::json(status, json!({"message": message}))
}

fn html(status: u16) -> Reply {
    Reply::of(Answer::new(status, "text/html", "<html><title>Oops</title><body>Something broke</body></html>"))
}

async fn kind<T: Send + 'static>(client: &Client, endpoint: Endpoint<T>) -> Kind {
    match client.send(endpoint).await {
        Ok(_) => panic!("it should have failed"),
        Err(error) => error.kind(),
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_proxy_gave_up_a_look_tells() {
    // The proxy gives up, and the server has done it all the same.
    let server = Server::new(|request| match request.line.split(" ").next().unwrap_or_default() {
        "PUT" => html(504),
        _ => Reply::json(200, thing("red")),
    });
    assert!(server.client().send(put()).await.is_ok());
    assert_eq!((server.count("PUT"), server.count("GET")), (1, 1));
    // Too many requests are refused before anything is done.
    let server = Server::new(|_| html(429));
    assert_eq!(kind(&server.client(), put()).await, Kind::Unavailable);
    assert_eq!(server.count("GET"), 0);
}

#[tokio::test(start_paused = true)]
async fn the_address_is_base_root_path_and_query() {
    let server = Server::new(|_| Reply::json(200, thing("red")));
    let mut settings = settings();
    settings.url = "http://127.0.0.1:1/quay".to_owned();
    let client = server.client_with(settings, Credentials::None);
    client.send(get().query("q", "a=b&c d+e")).await.unwrap();
    client.send(Endpoint::<Thing>::get("/oauth2/things/", &[])).await.unwrap();
    client.send(Endpoint::<Thing>::get("p/{%r}", &["x/y"])).await.unwrap();
    assert_eq!(
        server.log(),
        ["GET /quay/api/things/a?q=a%3Db%26c+d%2Be", "GET /quay/oauth2/things/", "GET /quay/api/p/x%252Fy"]
    );
}

#[tokio::test(start_paused = true)]
async fn what_may_pass_is_tried_again_for_reads() {
    let replies =
        vec![Reply::never_sent(), Reply::cut(), message(503, "busy"), html(502), Reply::json(200, thing("red"))];
    let server = Server::script(replies);
    let client = server.client();
    assert_eq!(client.send(get()).await.unwrap().color, "red");
    assert_eq!(server.log().len(), 5);
    assert_eq!(client.requests(), 5);
    let routes = client.requests_by_route();
    assert_eq!((routes[0].method.as_str(), routes[0].route, routes[0].requests), ("GET", "things/{thing}", 5));
}

#[tokio::test(start_paused = true)]
async fn attempts_come_to_an_end() {
    let server = Server::new(|_| message(503, "busy"));
    let error = server.client().send(get()).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (Kind::Unavailable, Some(503)));
    assert_eq!(server.log().len(), 5);
    assert!(error.detail().contains("It was tried 5 times"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn the_server_may_ask_for_a_pause() {
    let busy = Answer::new(429, "text/html", "slow down").with_header("retry-after", "70");
    let server = Server::script(vec![Reply::of(busy), Reply::json(200, thing("red"))]);
    let start = Instant::now();
    server.client().send(make()).await.unwrap();
    assert!(start.elapsed() >= Duration::from_secs(70));

    let closed = Answer::new(503, "text/html", "maintenance").with_header("retry-after", "3600");
    let server = Server::script(vec![Reply::of(closed)]);
    let error = server.client().send(get()).await.unwrap_err();
    assert!(error.detail().contains("3600 s"), "{error}");
    assert_eq!(server.log().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_read_only_server_is_not_asked_again() {
    let server = Server::new(|_| message(503, "Repository is in read-only mode"));
    assert_eq!(kind(&server.client(), put()).await, Kind::ReadOnly);
    assert_eq!(server.log().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_never_left_is_sent_again_whatever_it_is() {
    let server = Server::script(vec![Reply::never_sent(), Reply::never_sent(), Reply::json(201, thing("red"))]);
    server.client().send(make()).await.unwrap();
    let server = Server::new(|_| Reply::never_sent());
    let error = server.client().send(make()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unreachable);
    assert!(error.detail().contains("connection refused"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_write_without_answer_is_not_simply_sent_again() {
    let bad_gateway = || html(502);
    let cut_body = || Reply::of(Answer::new(201, "application/json", r#"{"name": "#));
    let empty = || Reply::of(Answer::new(201, "application/json", ""));
    for reply in [Reply::cut(), Reply::timed_out(), bad_gateway(), message(503, "busy"), cut_body(), empty()] {
        let server = Server::script(vec![reply]);
        let error = server.client().send(make()).await.unwrap_err();
        assert_eq!(error.kind(), Kind::UnknownOutcome, "{error}");
        assert!(error.detail().contains("Look on the server"), "{error}");
        assert_eq!(server.log().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_idempotent_write_is_sent_again() {
    let server = Server::script(vec![Reply::cut(), html(504), Reply::timed_out(), Reply::json(200, thing("red"))]);
    server.client().send(make().repetition(Repetition::IDEMPOTENT)).await.unwrap();
    assert_eq!(server.log().len(), 4);
    let server = Server::new(|_| Reply::cut());
    assert_eq!(kind(&server.client(), make().repetition(Repetition::IDEMPOTENT)).await, Kind::UnknownOutcome);
}

#[tokio::test(start_paused = true)]
async fn a_500_is_repeated_only_where_it_is_known_to_pass() {
    let server = Server::script(vec![html(500), Reply::json(200, thing("red"))]);
    server.client().send(make().repetition(Repetition::IDEMPOTENT_DESPITE_500)).await.unwrap();
    let server = Server::new(|_| html(500));
    let error = server.client().send(make().repetition(Repetition::IDEMPOTENT)).await.unwrap_err();
    assert_eq!(error.kind(), Kind::ServerError);
    assert!(error.detail().contains("an HTML page: Oops Something broke"), "{error}");
    assert_eq!(server.log().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_looked_for() {
    let server = Server::script(vec![Reply::cut(), Reply::json(200, thing("red"))]);
    assert_eq!(server.client().send(put()).await.unwrap().color, "red");
    assert_eq!(server.log(), ["PUT /api/things/a", "GET /api/things/a"]);
}

#[tokio::test(start_paused = true)]
async fn a_write_that_was_lost_on_its_way_is_sent_again() {
    let server = Server::script(vec![Reply::cut(), message(404, "no"), Reply::json(201, thing("red"))]);
    server.client().send(put()).await.unwrap();
    assert_eq!(server.log(), ["PUT /api/things/a", "GET /api/things/a", "PUT /api/things/a"]);
}

#[tokio::test(start_paused = true)]
async fn what_would_be_done_twice_is_sent_once_and_looked_for() {
    for slow in [Reply::timed_out(), Reply::cut(), html(502), html(503), html(504)] {
        let nothing = || message(404, "no");
        let server = Server::script(vec![slow, nothing(), nothing(), Reply::json(200, thing("red"))]);
        assert_eq!(server.client().send(put_once()).await.unwrap().color, "red");
        assert_eq!((server.count("PUT"), server.count("GET")), (1, 3));
    }
    let server = Server::new(|request| if request.line.starts_with("PUT") { html(504) } else { message(404, "no") });
    let error = server.client().send(put_once()).await.unwrap_err();
    assert_eq!((server.count("PUT"), server.count("GET")), (1, 1 + settings().max_retries));
    assert_eq!(error.kind(), Kind::UnknownOutcome);
    for words in ["did not find it", "It was not sent again", "Wait some minutes", "import the object"] {
        assert!(error.detail().contains(words), "{error}");
    }
}

/// An address that the server gave, with a signature.
fn upload(address: &str) -> Endpoint<()> {
    let file = Endpoint::<Value>::put("/files/a", &[]).describe("upload file a").json(&json!("x".repeat(1 << 20)));
    file.elsewhere(address).no_content().repetition(Repetition::Discardable)
}

#[tokio::test(start_paused = true)]
async fn of_another_server_an_error_names_the_host_and_no_signature() {
    let address = "https://storage.example.com/files/a?Expires=300&Signature=c2VjcmV0c2VjcmV0%3D";
    let said = "<Error><Code>AccessDenied</Code><Message>no: c2VjcmV0c2VjcmV0%3D c2VjcmV0c2VjcmV0=</Message></Error>";
    let refused = Reply::of(Answer::new(403, "application/xml", said));
    for (reply, words) in [(refused, "no: (hidden) (hidden)"), (Reply::never_sent(), ""), (Reply::cut(), "")] {
        let server = Server::new(move |_| reply.clone());
        let client = server.client_with(settings(), Credentials::Bearer(SecretString::from("sesame")));
        let error = client.send(upload(address)).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains("PUT https://storage.example.com/files/a ") && !text.contains("Expires"), "{text}");
        assert!(text.contains("gave this address, of another server"), "{text}");
        assert!(!text.contains("c2Vj") && !text.contains("credentials lack") && !text.contains("`url`"), "{text}");
        assert!(text.contains(words), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_upload_has_the_time_that_its_size_needs_and_is_sent_once() {
    let server = Server::new(|request| {
        assert_eq!(request.timeout.map(|timeout| timeout.as_secs()), Some(60 + 64));
        assert_eq!(request.authorization, None);
        html(503)
    });
    let error = server.client().send(upload("http://127.0.0.1:1/files/a")).await.unwrap_err();
    assert_eq!((error.kind(), server.log().len()), (Kind::Unavailable, 1));
    assert!(error.detail().contains("PUT /files/a was answered"), "the server's own address: {error}");
}

#[tokio::test(start_paused = true)]
async fn somebody_elses_object_is_not_taken() {
    let server = Server::script(vec![Reply::cut(), Reply::json(200, thing("blue"))]);
    let error = server.client().send(put()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Conflict);
    assert!(error.detail().contains("it has another color; it was left alone"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_repetition_that_meets_the_lost_attempt_finds_it() {
    // The first attempt is slow: the look comes too early, and the repetition is refused.
    let replies = vec![Reply::timed_out(), message(404, "no"), message(400, "exists"), Reply::json(200, thing("red"))];
    let server = Server::script(replies);
    assert_eq!(server.client().send(put()).await.unwrap().color, "red");
    // Without a lost attempt, a refusal is a refusal.
    let server = Server::script(vec![message(400, "exists")]);
    assert_eq!(kind(&server.client(), put()).await, Kind::Rejected);
    assert_eq!(server.log().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_look_that_fails_leaves_the_outcome_unknown() {
    let server = Server::script(vec![Reply::cut(), message(403, "no")]);
    let error = server.client().send(put()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::UnknownOutcome);
    assert!(error.detail().contains("A look at the server afterwards failed: Cannot read thing a"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn after_a_failure_inside_the_server_a_look_tells_whether_it_was_made_all_the_same() {
    for (found, word) in [
        (Reply::json(200, thing("red")), "found what this was to bring about"),
        (message(404, "no"), "did not find it"),
    ] {
        let server = Server::script(vec![html(500), found]);
        let error = server.client().send(put()).await.unwrap_err();
        assert_eq!(error.kind(), Kind::ServerError, "what may be somebody else's is not taken over");
        assert!(error.detail().contains(word), "{error}");
    }
    // Another object of that name tells nothing.
    let server = Server::script(vec![html(500), Reply::json(200, thing("blue"))]);
    let error = server.client().send(put()).await.unwrap_err();
    assert!(!error.detail().contains("A look at the server"), "{error}");
    for (after, word) in [(json!([thing("red")]), "found what this was to bring about"), (json!([]), "did not find it")]
    {
        let replies = vec![Reply::json(200, json!([])), html(500), Reply::json(200, after)];
        let server = Server::script(replies);
        let error = server.client().send(add()).await.unwrap_err();
        assert!(error.kind() == Kind::ServerError && error.detail().contains(word), "{error}");
        assert_eq!(server.count("POST"), 1);
    }
}

/// Things without a natural key: a POST adds one, and some POSTs lose their answer.
fn heap(lose: &'static [(usize, bool)]) -> (Arc<Server>, Arc<Mutex<Vec<Value>>>) {
    let things = Arc::new(Mutex::new(Vec::<Value>::new()));
    let posts = Mutex::new(0);
    let heap = Arc::clone(&things);
    let server = Server::new(move |request| {
        let mut heap = heap.lock().unwrap();
        if request.line.starts_with("GET") {
            return Reply::json(200, Value::from(heap.clone()));
        }
        let mut posts = posts.lock().unwrap();
        *posts += 1;
        let lost = lose.iter().find(|(number, _)| number == &*posts);
        if let Some((_, false)) = lost {
            return Reply::cut();
        }
        let made = json!({"name": format!("id{}", heap.len()), "color": request.body.as_ref().unwrap()["color"]});
        heap.push(made.clone());
        if lost.is_some() { Reply::cut() } else { Reply::json(201, made) }
    });
    (server, things)
}

fn add() -> Endpoint<Thing> {
    let list = Listing::whole(Endpoint::get("things", &[]));
    make().repetition(Repetition::compared(
        "things",
        list,
        |thing: &Thing| thing.name.clone(),
        |thing| (thing.color == "red").then_some(thing),
        |thing| thing.name.clone(),
    ))
}

#[tokio::test(start_paused = true)]
async fn equal_objects_without_a_key_are_never_taken_twice() {
    let (server, things) = heap(&[(1, true), (2, true), (4, false)]);
    let client = server.client();
    let made = join_all((0..4).map(|_| client.send(add()))).await;
    let mut names: Vec<_> = made.into_iter().map(|made| made.unwrap().name).collect();
    names.sort();
    assert_eq!(names, ["id0", "id1", "id2", "id3"]);
    assert_eq!(things.lock().unwrap().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn what_stays_unclear_is_an_error_without_a_second_write() {
    // Somebody else makes the same thing meanwhile.
    let list = Mutex::new(vec![json!([thing("red"), {"name": "b", "color": "red"}]), json!([])]);
    let server = Server::new(move |request| {
        if request.line.starts_with("POST") {
            Reply::cut()
        } else {
            Reply::json(200, list.lock().unwrap().pop().unwrap())
        }
    });
    let error = server.client().send(add()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::UnknownOutcome);
    assert!(error.detail().contains("none of them was taken"), "{error}");
    assert_eq!(server.count("POST"), 1);

    // After a timeout the server may still be at work.
    for slow in [Reply::timed_out(), html(504)] {
        let replies = vec![Reply::json(200, json!([])), slow, Reply::json(200, json!([]))];
        let server = Server::script(replies);
        assert_eq!(kind(&server.client(), add()).await, Kind::UnknownOutcome);
        assert_eq!(server.count("POST"), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_was_cut_is_read_again() {
    let cut = Answer::new(200, "application/json", r#"{"name": "a", "co"#);
    let server = Server::script(vec![Reply::of(cut), Reply::json(200, thing("red"))]);
    server.client().send(get()).await.unwrap();
    assert_eq!(server.log().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn gone_is_told_apart_from_everything_else() {
    let see_other = || Answer::new(308, "text/html", "<title>Redirecting...</title>");
    let slash = see_other().with_header("location", "http://127.0.0.1:1/api/things/a/");
    let cases = [
        (message(404, "no such thing"), Kind::NotFound),
        (html(404), Kind::Unsupported),
        (Reply::of(slash), Kind::Unsupported),
        (message(405, "not allowed"), Kind::Unsupported),
        (message(401, "who?"), Kind::Unauthenticated),
        (message(403, "no"), Kind::Forbidden),
        (html(500), Kind::ServerError),
        (html(200), Kind::Undecodable),
        (Reply::of(see_other().with_header("location", "https://sso.example.com/login")), Kind::Undecodable),
        (Reply::json(200, json!({"color": 7})), Kind::Undecodable),
    ];
    for (reply, expected) in cases {
        let server = Server::script(vec![reply]);
        let found = server.client().find(get()).await;
        match found {
            Ok(found) => assert!(found.is_none() && expected == Kind::NotFound, "{expected:?}"),
            Err(error) => assert_eq!(error.kind(), expected, "{error}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_knows_its_own_signs_of_gone() {
    let delete = || Endpoint::delete("things/{thing}", &["a"]).not_found_when(NotFound::message(400, "could not find"));
    let server = Server::script(vec![
        message(400, "Could not find thing"),
        message(400, "in use"),
        Reply::of(Answer::new(204, "", "")),
    ]);
    let client = server.client();
    assert!(!client.delete(delete()).await.unwrap());
    assert_eq!(client.delete(delete()).await.unwrap_err().kind(), Kind::Rejected);
    assert!(client.delete(delete()).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_check_can_refuse_a_good_status() {
    let server = Server::new(|_| Reply::json(200, thing("")));
    let checked =
        get().check(
            |thing, _| {
                if thing.color.is_empty() { Err((Kind::AnonymousView, "a reduced view".into())) } else { Ok(()) }
            },
        );
    let error = server.client().find(checked).await.unwrap_err();
    assert_eq!(error.kind(), Kind::AnonymousView);
    assert!(error.detail().contains("Nothing was removed from the state"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn names_that_cannot_be_sent_are_refused_before_anything_is() {
    let server = Server::script(vec![]);
    let error =
        server.client().send(Endpoint::delete("things/{thing}", &[""]).describe("delete it")).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Configuration);
    assert!(server.log().is_empty());
}

#[tokio::test(start_paused = true)]
async fn stopping_ends_reads_and_pauses_but_not_a_write_under_way() {
    let server = Server::new(|_| Reply::json(200, thing("red")).after(Duration::from_secs(10)));
    let cancel = CancellationToken::new();
    let client = server.client().cancelled_by(cancel.clone());
    // Each is an operation of its own.
    let (read, write) = (client.cancelled_by(cancel.clone()), client.clone());
    let read = tokio::spawn(async move { read.send(get()).await });
    let write = tokio::spawn(async move { write.send(make()).await });
    tokio::time::sleep(Duration::from_secs(1)).await;
    let start = Instant::now();
    cancel.cancel();
    assert_eq!(read.await.unwrap().unwrap_err().kind(), Kind::Cancelled);
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(write.await.unwrap().unwrap().color, "red");
    assert_eq!(kind(&client, make()).await, Kind::Cancelled);
    assert_eq!(server.log().len(), 2, "nothing is sent after the stop");
}

#[tokio::test(start_paused = true)]
async fn stopping_ends_a_pause_with_what_is_known() {
    let server = Server::new(|_| message(503, "busy"));
    let cancel = CancellationToken::new();
    let client = server.client().cancelled_by(cancel.clone());
    let reading = tokio::spawn(async move { client.send(get()).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    cancel.cancel();
    let error = reading.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), Kind::Unavailable);
    assert!(error.detail().contains("the work was stopped"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_deadline_ends_reads_and_forbids_pauses_beyond_it() {
    let server = Server::new(|_| Reply::json(200, thing("red")).after(Duration::from_secs(10)));
    let client = server.client().until(Instant::now() + Duration::from_secs(5));
    assert_eq!(kind(&client, get()).await, Kind::TimedOut);
    let server = Server::new(|_| message(503, "busy"));
    let client = server.client().until(Instant::now() + Duration::from_secs(1));
    let error = client.send(get()).await.unwrap_err();
    assert!(error.detail().contains("the time that was given would be over first"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn many_requests_share_one_login() {
    let server = Server::new(|request| match request.authorization.as_deref() {
        None => Reply::of(Answer::new(200, "text/plain", "tok3n\n")).after(Duration::from_secs(1)),
        Some("Bearer tok3n") => Reply::json(200, thing("red")),
        Some(_) => message(401, "who?"),
    });
    let client = server.client_with(settings(), logging_in());
    let done = join_all((0..100).map(|_| client.send(get()))).await;
    assert!(done.into_iter().all(|done| done.is_ok()));
    assert_eq!(server.count("POST /login"), 1);
    assert_eq!(server.count("GET"), 100);
}

fn logging_in() -> Credentials {
    let body = json!({"login": "alice", "password": "hunter2"});
    let login = Endpoint::<Value>::post("/login", &[])
        .describe("log in")
        .json(&body)
        .hiding(&"hunter2".into())
        .repetition(Repetition::Safe);
    Credentials::login(login.text().map(SecretString::from))
}

#[tokio::test(start_paused = true)]
async fn a_login_that_has_run_out_is_renewed_once_for_all() {
    let logins = Mutex::new(0);
    let server = Server::new(move |request| {
        let mut logins = logins.lock().unwrap();
        match request.authorization.as_deref() {
            None => {
                *logins += 1;
                Reply::of(Answer::new(200, "text/plain", format!("t{logins}")))
            }
            // The first token has run out.
            Some("Bearer t2") => Reply::json(200, thing("red")),
            Some(_) => message(401, "expired"),
        }
    });
    let client = server.client_with(settings(), logging_in());
    let done = join_all((0..20).map(|_| client.send(make()))).await;
    assert!(done.into_iter().all(|done| done.is_ok()));
    assert_eq!(server.count("POST /login"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_login_that_is_refused_is_not_tried_again_and_again() {
    let server = Server::new(|_| message(401, "wrong password hunter2"));
    let client = server.client_with(settings(), logging_in());
    for error in join_all((0..20).map(|_| client.send(get()))).await {
        let error = error.unwrap_err();
        assert_eq!(error.kind(), Kind::Unauthenticated);
        assert!(error.summary().starts_with("Cannot log in"), "{error}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
    assert_eq!(server.log().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn credentials_are_sent_and_never_shown() {
    let server = Server::new(|request| {
        message(400, &format!("bad: {} s3cret", request.authorization.as_deref().unwrap_or("none")))
    });
    let password = SecretString::from("s3cret");
    let cases = [
        (Credentials::Bearer("t0ken".into()), "Bearer (hidden)"),
        (Credentials::Basic { username: "robot$ci".into(), password: password.clone() }, "Basic (hidden)"),
    ];
    for (credentials, sent) in cases {
        let debug = format!("{credentials:?}");
        let error = server.client_with(settings(), credentials).send(make().hiding(&password)).await.unwrap_err();
        assert!(error.message().unwrap().contains(sent), "{error}");
        for text in [error.to_string(), format!("{error:?}"), debug] {
            assert!(!text.contains("t0ken") && !text.contains("s3cret"), "{text}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_says_all_that_helps() {
    let server = Server::script(vec![message(403, "Unauthorized")]);
    let error = server.client().send(make().requires_scope("org:admin")).await.unwrap_err();
    assert_eq!(error.summary(), "Cannot make thing a: the credentials do not allow it");
    assert_eq!(
        error.detail(),
        "POST /api/things was answered with 403 Forbidden: Unauthorized\n\n\
         Likely cause: the credentials lack org:admin, or their owner has no rights on the object.\n\n\
         What to do: Use credentials that have org:admin, of an account that may administer the object."
    );
    const THINGS: Ability = Ability { what: "things", since: Some("3.17"), feature: Some("FEATURE_THINGS"), route: "" };
    let server = Server::script(vec![html(404)]);
    let error = server.client().send(get().ability(&THINGS)).await.unwrap_err();
    let detail = error.detail();
    assert!(
        detail.contains("this Plain has no things: it came with 3.17 and is switched on by FEATURE_THINGS; or `url`"),
        "{detail}"
    );
}

#[test]
fn settings_and_credentials_that_cannot_be_used_are_named() {
    let client = |credentials| Client::new(settings(), credentials, crate::testing::Plain);
    let told = |result: Result<Client, Error>| result.unwrap_err().message().unwrap().to_owned();
    assert!(told(client(Credentials::Bearer(" ".into()))).contains("`token` is empty"));
    assert!(told(client(Credentials::Bearer("a\nb".into()))).contains("`token` holds a character"));
    let colon = Credentials::Basic { username: "a:b".into(), password: "x".into() };
    assert!(told(client(colon)).contains("`username`"));
}

#[tokio::test(start_paused = true)]
async fn secrets_are_taken_out_before_a_message_is_shortened() {
    let secret = "two  blanks and\na line break";
    let server = Server::new(move |_| message(400, &format!("{}{secret} {}", "x".repeat(590), "y".repeat(50))));
    let hidden = SecretString::from(secret);
    let error = server.client().send(make().hiding(&hidden)).await.unwrap_err();
    assert!(!error.message().unwrap().contains("two"), "{error}");
    let mut with_headers = settings();
    with_headers.headers = vec![("x-api-key".to_owned(), "k3y-of-the-gateway".to_owned())];
    let server = Server::new(|_| Reply::of(Answer::new(502, "", "refused k3y-of-the-gateway")));
    let error = server.client_with(with_headers, Credentials::None).send(make()).await.unwrap_err();
    assert!(error.to_string().contains("refused (hidden)"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_write_that_was_lost_and_then_stopped_has_an_unknown_outcome() {
    // The first attempt is cut; the work is stopped in the pause after it, and with another client at the time that was given.
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let server = Server::new(move |_| {
        stop.cancel();
        Reply::cut()
    });
    let error = server.client().cancelled_by(cancel).send(make().repetition(Repetition::IDEMPOTENT)).await.unwrap_err();
    assert_eq!(error.kind(), Kind::UnknownOutcome, "{error}");
    assert!(!error.to_string().contains("nothing was changed"), "{error}");
    // The second attempt waits for its turn when the time is over.
    let server = Server::new(|request| match request.line.starts_with("POST") {
        true => Reply::cut(),
        false => message(200, "late").after(Duration::from_secs(1000)),
    });
    let narrow = crate::Settings { max_concurrent_requests: 1, ..settings() };
    let client = server.client_with(narrow, Credentials::None).until(Instant::now() + Duration::from_secs(100));
    let other = client.clone();
    let write = tokio::spawn(async move { other.send(make().repetition(Repetition::IDEMPOTENT)).await });
    while server.log().is_empty() {
        tokio::task::yield_now().await;
    }
    let read = client.send(get());
    let (write, _) = futures::join!(write, read);
    let error = write.unwrap().unwrap_err();
    assert_eq!(error.kind(), Kind::UnknownOutcome, "{error}");
    assert!(error.to_string().contains("an attempt was lost"), "{error}");
    // Before anything was sent, nothing was changed, and the request is named.
    let stopped = CancellationToken::new();
    stopped.cancel();
    let server = Server::new(|_| message(200, "fine"));
    let error = server.client().cancelled_by(stopped).send(make()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Cancelled);
    assert!(
        error.detail().contains("POST /api/things") && error.detail().contains("nothing was changed"),
        "{}",
        error.detail()
    );
    assert_eq!(server.log().len(), 0);
}
