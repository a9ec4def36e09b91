//! Tests of what is done when the outcome of a write is not known: a good status with a body that is not the server's, a stop meanwhile.

use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::testing::{Plain, Reply, Server, settings};
use crate::{
    Answer, Classified, Client, Credentials, Endpoint, Error, ErrorModel, FailureContext, Kind, Listing, Repetition,
    RequestInfo, Seen,
};

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Thing {
    name: String,
}

fn thing(name: &str) -> Value {
    json!({ "name": name })
}

fn get() -> Endpoint<Thing> {
    Endpoint::<Thing>::get("things/{thing}", &["a"]).describe("read thing a").identified(|thing| thing.name == "a")
}

fn write() -> Endpoint<Thing> {
    let put = Endpoint::<Thing>::put("things/{thing}", &["a"]).json(&thing("a")).describe("create thing a");
    put.identified(|thing| thing.name == "a")
}

fn confirmed() -> Repetition<Thing> {
    Repetition::confirmed(get(), Seen::Ours)
}

fn compared() -> Repetition<Thing> {
    let list = Listing::whole(Endpoint::get("things", &[]));
    Repetition::compared("things", list, |thing: &Thing| thing.name.clone(), Some, |thing| thing.name.clone())
}

/// What a server never answers to this write after it was done.
fn foreign() -> Vec<Reply> {
    let of = |media_type, body: &'static str| Reply::of(Answer::new(201, media_type, body));
    vec![
        of("text/html", "<html>ok</html>"),
        of("application/json", "{}"),
        of("application/json", ""),
        of("application/json", r#"{"name": "#),
        of("application/json", r#"{"name": "zz"}"#),
        of("application/json", "[]"),
        of("text/plain", "ok"),
    ]
}

#[tokio::test(start_paused = true)]
async fn a_foreign_answer_to_a_write_leaves_its_outcome_open() {
    for reply in foreign() {
        let server = Server::script(vec![reply.clone(), Reply::json(200, thing("a"))]);
        assert_eq!(server.client().send(write().repetition(confirmed())).await.unwrap().name, "a");
        assert_eq!(server.log(), ["PUT /api/things/a", "GET /api/things/a"]);

        let lists = [json!([thing("b")]), json!([thing("b"), thing("a")])];
        let [before, after] = lists.map(|list| Reply::json(200, list));
        let server = Server::script(vec![before, reply.clone(), after]);
        assert_eq!(server.client().send(write().repetition(compared())).await.unwrap().name, "a");
        assert_eq!(server.count("PUT"), 1);

        let server = Server::script(vec![reply.clone(), Reply::json(200, thing("a"))]);
        assert_eq!(server.client().send(write().repetition(Repetition::IDEMPOTENT)).await.unwrap().name, "a");

        let server = Server::new(move |_| reply.clone());
        for repetition in [Repetition::AtMostOnce, Repetition::IDEMPOTENT] {
            let error = server.client().send(write().repetition(repetition)).await.unwrap_err();
            assert_eq!(error.kind(), Kind::UnknownOutcome, "{error}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn where_the_confirming_read_is_foreign_too_nothing_is_taken() {
    for reply in foreign() {
        let server = Server::new(move |_| reply.clone());
        let error = server.client().send(write().repetition(confirmed())).await.unwrap_err();
        assert_eq!(error.kind(), Kind::UnknownOutcome, "{error}");
        assert_eq!(server.count("PUT"), 1);
        assert!(error.detail().contains("A look at the server afterwards failed"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_of_another_object_is_refused() {
    let server = Server::script(vec![Reply::json(200, thing("zz"))]);
    let error = server.client().find(get()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Undecodable);
    assert_eq!(server.log().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn absence_needs_the_words_of_the_service() {
    let answers = [
        (404, "text/plain", "default backend - 404"),
        (404, "text/plain; charset=utf-8", "404 page not found\n"),
        (410, "application/json", r#"{"message":"gone"}"#),
        (410, "", ""),
    ];
    for (status, media_type, body) in answers {
        let server = Server::new(move |_| Reply::of(Answer::new(status, media_type, body)));
        let client = server.client();
        let delete = || Endpoint::delete("things/{thing}", &["a"]);
        for error in [client.find(get()).await.unwrap_err(), client.delete(delete()).await.unwrap_err()] {
            assert_eq!(error.kind(), Kind::Foreign, "{error}");
            assert!(error.detail().contains("did not come from a Plain"), "{error}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_does_not_hide_what_was_created() {
    // The stop comes with each answer in turn.
    for stopped_at in 0..3 {
        let stop = CancellationToken::new();
        let cancel = stop.clone();
        let replies = vec![Reply::json(200, json!([])), Reply::cut(), Reply::json(200, json!([thing("a")]))];
        let replies = std::sync::Mutex::new(replies.into_iter().enumerate());
        let server = Server::new(move |_| {
            let (number, reply) = replies.lock().unwrap().next().unwrap();
            if number == stopped_at {
                cancel.cancel();
            }
            reply
        });
        let made = server.client().cancelled_by(stop).send(write().repetition(compared())).await;
        match (stopped_at, made) {
            (0, Err(error)) => {
                assert_eq!((error.kind(), server.count("PUT")), (Kind::Cancelled, 0), "nothing was sent yet");
            }
            (_, made) => assert_eq!(made.unwrap().name, "a", "stopped at answer {stopped_at}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_stop_nothing_is_written_and_reads_end_in_time() {
    let stop = CancellationToken::new();
    let cancel = stop.clone();
    let server = Server::new(move |request| {
        cancel.cancel();
        match request.line.starts_with("GET") {
            true => Reply::json(200, thing("a")).after(Duration::from_secs(100_000)),
            false => Reply::json(200, thing("a")),
        }
    });
    let client = server.client().cancelled_by(stop);
    client.send(write()).await.unwrap();
    assert_eq!(client.send(write()).await.unwrap_err().kind(), Kind::Cancelled);
    let begun = tokio::time::Instant::now();
    assert_eq!(client.send(get()).await.unwrap_err().kind(), Kind::Cancelled);
    assert_eq!(client.send(get()).await.unwrap_err().kind(), Kind::Cancelled);
    assert_eq!(begun.elapsed(), settings().request_timeout, "all reads together");
    assert_eq!(server.count("PUT"), 1);
}

/// A service that can be asked what a failure means.
struct Asking;

impl ErrorModel for Asking {
    fn service(&self) -> &'static str {
        "Asking"
    }

    fn root(&self) -> &'static str {
        "/api/"
    }

    fn judge(&self, asked: &RequestInfo<'_>, answer: &Answer) -> Classified {
        Plain.judge(asked, answer)
    }

    fn is_gone_with<'a>(
        &'a self,
        holder: &'a str,
        facts: &'a FailureContext<'a>,
        client: &'a Client,
    ) -> BoxFuture<'a, Result<bool, Error>> {
        let ask = Endpoint::<Thing>::get("holders/{holder}", &[holder]);
        async move { Ok(facts.kind == Kind::Forbidden && client.find(ask).await?.is_none()) }.boxed()
    }
}

fn asking(server: &std::sync::Arc<Server>) -> Client {
    Client::over(settings(), Credentials::None, Asking, std::sync::Arc::clone(server) as _)
}

#[tokio::test(start_paused = true)]
async fn an_object_is_gone_with_its_holder() {
    let refused = |line: &str| line.contains("/things/");
    let message = |status, text: &str| Reply::json(status, json!({ "message": text }));
    let server = Server::new(move |request| match refused(&request.line) {
        true => message(403, "no"),
        false => message(404, "no such holder"),
    });
    assert_eq!(asking(&server).find(get().held_by("h")).await.unwrap(), None);
    assert!(!asking(&server).delete(Endpoint::delete("things/{thing}", &["a"]).held_by("h")).await.unwrap());
    // Without a holder, and where it is there or cannot be asked for, a refusal is a refusal.
    assert_eq!(asking(&server).find(get()).await.unwrap_err().kind(), Kind::Forbidden);
    for holder in [Reply::json(200, thing("h")), message(500, "down"), Reply::of(Answer::new(404, "text/plain", "no"))]
    {
        let server = Server::new(move |request| match refused(&request.line) {
            true => message(403, "no"),
            false => holder.clone(),
        });
        assert_eq!(asking(&server).find(get().held_by("h")).await.unwrap_err().kind(), Kind::Forbidden);
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_attempt_is_not_hidden_by_the_failure_of_its_repetition() {
    for failure in [Reply::json(403, json!({ "message": "no" })), Reply::of(Answer::new(404, "text/plain", "no"))] {
        let server = Server::script(vec![Reply::cut(), failure.clone()]);
        let error = server.client().send(write().repetition(Repetition::IDEMPOTENT)).await.unwrap_err();
        assert!(error.detail().contains("may have been carried out"), "{error}");
        let server = Server::script(vec![failure]);
        let error = server.client().send(write().repetition(Repetition::IDEMPOTENT)).await.unwrap_err();
        assert!(!error.detail().contains("may have been carried out"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_login_says_nothing_about_an_object() {
    use secrecy::SecretString;

    let server = Server::new(|_| Reply::json(404, json!({ "message": "no such page" })));
    let login = Endpoint::<Value>::post("/login", &[]).text().map(SecretString::from);
    let client = server.client_with(settings(), Credentials::login(login));
    let error = client.find(get()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Foreign, "{error}");
    assert!(client.delete(Endpoint::delete("things/{thing}", &["a"])).await.is_err());
    assert!(server.log().iter().all(|line| line == "POST /login"));
}

#[tokio::test(start_paused = true)]
async fn an_answer_about_an_object_that_the_list_does_not_show_as_new_is_not_taken() {
    let post =
        || Endpoint::<Thing>::post("things", &[]).json(&thing("a")).describe("create a thing").repetition(compared());
    let list = |names: &[&str]| Reply::json(200, json!(names.iter().map(|name| thing(name)).collect::<Vec<_>>()));
    let made = |name: &str| Reply::json(201, thing(name));
    // The one that was made is known by the list, whichever the answer is about.
    for claimed in ["zz", "old"] {
        let server = Server::script(vec![list(&["old"]), made(claimed), list(&["old", "a"]), list(&["old", "a"])]);
        assert_eq!(server.client().send(post()).await.unwrap().name, "a");
        assert_eq!(server.count("POST"), 1);
    }
    // A list may lag behind, and one that fails proves nothing against an answer.
    let failed = || Reply::json(500, json!({ "message": "down" }));
    for after in [vec![list(&["old"]), list(&["old"]), list(&["old", "a"])], vec![failed()]] {
        let server = Server::script([vec![list(&["old"]), made("a")], after].concat());
        assert_eq!(server.client().send(post()).await.unwrap().name, "a");
        assert_eq!(server.count("POST"), 1);
    }
    // What it says was made is not there, and nothing else that is new.
    let server = Server::new(move |request| match request.line.starts_with("POST") {
        true => Reply::json(201, thing("zz")),
        false => shown(&["old"]),
    });
    let error = server.client().send(post()).await.unwrap_err();
    assert_eq!((error.kind(), server.count("POST")), (Kind::UnknownOutcome, 1), "{error}");
    assert!(error.detail().contains("about another object") && error.detail().contains("did not find it"), "{error}");
    // A server may keep an object otherwise than it was asked for.
    let list_of = Listing::whole(Endpoint::get("things", &[]));
    let picky =
        Repetition::compared("things", list_of, |it: &Thing| it.name.clone(), |_| None, |it: &Thing| it.name.clone());
    let server = Server::script(vec![list(&["old"]), made("a"), list(&["old", "a"])]);
    assert_eq!(server.client().send(post().repetition(picky)).await.unwrap().name, "a");
}

fn shown(names: &[&str]) -> Reply {
    Reply::json(200, json!(names.iter().map(|name| thing(name)).collect::<Vec<_>>()))
}

#[tokio::test(start_paused = true)]
async fn where_an_answer_names_nothing_the_list_tells_what_was_made() {
    let list = Listing::whole(Endpoint::get("things", &[]));
    let told = Repetition::told_by_list("things", list, |thing: &Thing| thing.name.clone(), Some);
    let post = Endpoint::<()>::post("things", &[]).describe("create a thing").json(&thing("a")).no_content();
    let post = post.map(|()| Thing { name: String::new() }).repetition(told);
    let done = || Reply::of(Answer::new(201, "", ""));
    let failed = || Reply::json(500, json!({ "message": "down" }));
    let old = || shown(&["old"]);
    // At once; after a list that failed, after one that lagged behind; and after a lost answer that had done nothing.
    for (replies, sent) in [
        (vec![old(), done(), shown(&["old", "a"])], 1),
        (vec![old(), done(), failed(), shown(&["old", "a"])], 1),
        (vec![old(), done(), old(), old(), shown(&["old", "a"])], 1),
        (
            vec![
                old(),
                Reply::of(Answer::new(200, "text/html", "<html>ok</html>")),
                old(),
                done(),
                shown(&["old", "a"]),
            ],
            2,
        ),
    ] {
        let server = Server::script(replies);
        assert_eq!(server.client().send(post.clone()).await.unwrap().name, "a");
        assert_eq!(server.count("POST"), sent);
    }
    for (after, word) in [(old(), "did not find it"), (failed(), "failed"), (shown(&["old", "b", "a"]), "b, a")] {
        let after = after.clone();
        let listed = std::sync::atomic::AtomicBool::new(false);
        let server = Server::new(move |request| match request.line.starts_with("POST") {
            true => Reply::of(Answer::new(201, "", "")),
            false if listed.swap(true, std::sync::atomic::Ordering::Relaxed) => after.clone(),
            false => shown(&["old"]),
        });
        let error = server.client().send(post.clone()).await.unwrap_err();
        assert_eq!((error.kind(), server.count("POST")), (Kind::UnknownOutcome, 1), "{error}");
        assert!(error.detail().contains(word) && error.detail().contains("was answered with 201"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_500_that_made_nothing_may_pass() {
    let post = || Endpoint::<Thing>::post("things", &[]).json(&thing("a")).describe("create a thing");
    let failed = || Reply::json(500, json!({ "message": "down" }));
    let old = || shown(&["old"]);
    let passing = || vec![old(), failed(), old(), Reply::json(201, thing("a")), shown(&["old", "a"])];
    let server = Server::script(passing());
    assert_eq!(server.client().send(post().repetition(compared().despite_500())).await.unwrap().name, "a");
    assert_eq!(server.count("POST"), 2);
    let server = Server::script(passing());
    assert_eq!(server.client().send(post().repetition(compared())).await.unwrap_err().kind(), Kind::ServerError);
    assert_eq!(server.count("POST"), 1);
    // What is there is not taken: it may be somebody else's.
    let server = Server::script(vec![old(), failed(), shown(&["old", "a"])]);
    let error = server.client().send(post().repetition(compared().despite_500())).await.unwrap_err();
    assert_eq!((error.kind(), server.count("POST")), (Kind::ServerError, 1));
    assert!(error.detail().contains("(a)"), "{error}");
}
