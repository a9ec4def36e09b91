//! Writes that the server does, and whose answers are not its own: a page, an empty object, half an answer, another object's. Whether it
//! was done is unknown then, as when no answer comes, and is found out: what exists is in the state, once.

use futures::FutureExt;
use registry_simulator::{Action, Exchange, Fault};
use serde_json::{Value as Json, json};

use super::{Clean, METHODS, Moment, Step, each_case, each_exchange, heal, is_as_seen, lost, perform};
use crate::core::{Applied, Instance, text};
use crate::world::Service;
use crate::world::shape::difference;
use crate::world::table::Case;

const PAGE: &str = "<html>ok</html>";

/// Members of answers that tell which object they are about, or what was asked for it.
const OF_THE_OBJECT: &[&str] = &[
    "client_id",
    "credentialsId",
    "description",
    "email",
    "expiration",
    "id",
    "kid",
    "name",
    "namespace",
    "orgname",
    "project_id",
    "registry",
    "tag_pattern",
    "tagPattern",
    "title",
    "url",
    "username",
    "uuid",
    "value",
];

/// A request that changes something, and the server said that it did.
pub(super) fn is_write(exchange: &Exchange) -> bool {
    let done = exchange.status.is_some_and(|status| (200..300).contains(&status));
    done && !is_read(exchange)
}

/// A request that changes nothing. Saagie's reads and logins are POSTs too.
pub(super) fn is_read(exchange: &Exchange) -> bool {
    let graphql = exchange.path.ends_with("/graphql") && !exchange.request.contains("mutation");
    exchange.method == "GET" || exchange.method == "HEAD" || exchange.path.ends_with("/authenticate") || graphql
}

/// How many requests before this one had its method.
pub(super) fn before(exchanges: &[Exchange], at: usize, method: &str) -> u32 {
    let count = exchanges[..at].iter().filter(|one| one.method == method).count();
    u32::try_from(count).expect("some requests")
}

/// The request and the server's own answer, in one line.
pub(super) fn told(exchange: &Exchange) -> String {
    let Exchange { method, path, status, content_type, location, body, .. } = exchange;
    let status = status.map_or_else(|| "cut".to_owned(), |status| status.to_string());
    let location = if location.is_empty() { String::new() } else { format!(" Location {location}") };
    let body: String = body.chars().take(200).collect();
    format!("{method} {path} ({status} {content_type}{location} {body:?})")
}

/// What the server's answer is replaced by.
fn answers(own: &Exchange) -> Vec<(String, Action)> {
    let status = own.status.expect("an answer");
    let mut all = Vec::new();
    // An answer with status 204 has no body, whatever a proxy does.
    let statuses: &[Option<u16>] = match status {
        200 => &[None],
        204 | 205 => &[Some(200)],
        _ => &[None, Some(200)],
    };
    for &with in statuses {
        let as_status = with.unwrap_or(status);
        let json = |body: &str| Action::ReplaceAfter {
            status: with,
            content_type: "application/json".to_owned(),
            body: body.to_owned(),
        };
        let mut add = |what: &str, action| all.push((format!("{as_status} {what}"), action));
        add("with a page", Action::page_after(with, PAGE));
        if own.body != "{}" {
            add("with {}", json("{}"));
        }
        if own.body.len() > 1 {
            add("with half of it", Action::HalveAfter { status: with });
        }
        if !own.body.is_empty() && own.body != "null" {
            add("without a body", json(""));
        }
        if names_what_was_asked(own) {
            add("of another object", Action::AnotherAfter { status: with, members: of_the_object() });
        }
    }
    all
}

/// The answer of another object, of which nothing but an id that the server chose tells that it is another.
fn with_another_id(own: &Exchange) -> Vec<(String, Action)> {
    let tells = !own.location.is_empty() || registry_simulator::foreign::another(&own.body, &of_the_object()).is_some();
    let another = Action::AnotherAfter { status: None, members: of_the_object() };
    let told = tells && !names_what_was_asked(own);
    told.then(|| ("with another id".to_owned(), another)).into_iter().collect()
}

pub(super) fn of_the_object() -> Vec<String> {
    OF_THE_OBJECT.iter().map(|name| (*name).to_owned()).collect()
}

/// Whether the answer repeats something that the request asked for, so that another object's can be told from it.
fn names_what_was_asked(own: &Exchange) -> bool {
    let path = percent_encoding::percent_decode_str(&own.path).decode_utf8_lossy();
    let asked: Vec<&str> = path.split(['/', '?', '&', '=']).collect();
    let mut values = Vec::new();
    collect(&serde_json::from_str(&own.body).unwrap_or_default(), &mut values);
    values.iter().any(|value| {
        // Robots are asked for without what stands before their names.
        let short = value.rsplit(['+', '$']).next().unwrap_or(value);
        [value.as_str(), short].iter().any(|name| asked.contains(name) || own.request.contains(&format!("\"{name}\"")))
    })
}

/// The values of the members that tell which object it is.
fn collect(json: &Json, values: &mut Vec<String>) {
    match json {
        Json::Object(object) => object.iter().for_each(|(name, value)| match value {
            Json::String(text) if OF_THE_OBJECT.contains(&name.as_str()) && !text.is_empty() => {
                values.push(text.clone())
            }
            Json::Number(number) if OF_THE_OBJECT.contains(&name.as_str()) => values.push(number.to_string()),
            value => collect(value, values),
        }),
        Json::Array(items) => items.iter().for_each(|item| collect(item, values)),
        _ => {}
    }
}

/// An error says what could not be done, and names a request.
pub(super) fn names_no_request(applied: &Applied) -> Option<String> {
    let said = text(&applied.diagnostics);
    let named = METHODS.iter().any(|method| said.contains(&format!("{method} /")));
    (!said.contains("Cannot ") || !named).then(|| format!("the error names no request: {said}"))
}

/// An error says that a write may have been done.
pub(super) fn hides_the_doubt(applied: &Applied) -> Option<String> {
    const WORDS: [&str; 4] = ["may have been", "not known whether", "may be done", "unknown whether"];
    let said = text(&applied.diagnostics).to_lowercase();
    let doubts = WORDS.iter().any(|words| said.contains(words));
    (!doubts).then(|| format!("the error does not say that it may have been done: {}", text(&applied.diagnostics)))
}

/// One step in which a write has a foreign answer, and the next apply.
async fn suffer(moment: Moment<'_>, fault: Fault) -> Vec<String> {
    let Moment { world, case, base, clean, .. } = moment;
    world.restore(&clean.start);
    world.simulator.fault(fault);
    let suffered = perform(world, case, clean.prior.as_ref(), clean.config.clone(), &json!({})).await;
    world.simulator.clear_faults();
    let failed = suffered.diagnostics.has_errors();
    let mut wrong = lost(&world.shape(), case, clean, base, &suffered);
    if failed {
        wrong.extend(names_no_request(&suffered));
    }
    // What is in the state is what is on the server, and not what another object is.
    if !failed && clean.step != Step::Destroy {
        wrong.extend(is_as_seen(world, case, suffered.instance.as_ref()).await);
        if suffered.instance.is_none() {
            wrong.push("no error, and nothing is in the state".to_owned());
        }
    }
    wrong.extend(heal(world, case, clean, suffered.instance.as_ref()).await);
    tell(&mut wrong, &suffered);
    wrong.extend(world.witness.leaks());
    wrong
}

/// Adds what was said, unless it stands there already.
pub(super) fn tell(wrong: &mut Vec<String>, suffered: &Applied) {
    let said = text(&suffered.diagnostics);
    if !wrong.is_empty() && suffered.diagnostics.has_errors() && !wrong.iter().any(|line| line.contains(&said)) {
        wrong.push(format!("said was: {said}"));
    }
}

async fn examine(case: Case, answers: fn(&Exchange) -> Vec<(String, Action)>) -> (usize, Vec<String>) {
    let choose = |moment: Moment<'_>| {
        let own = moment.own();
        let answers = if is_write(own) { answers(own) } else { Vec::new() };
        let with_fault =
            |(what, action): (String, Action)| (format!("{} answered {what}", told(own)), moment.fault(action));
        answers.into_iter().map(with_fault).collect()
    };
    each_exchange(case, choose, |moment, fault| suffer(moment, fault).boxed()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_foreign_answer_to_a_write_of_quay_is_seen_through() {
    each_case(Service::Quay, |case| examine(case, answers)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_foreign_answer_to_a_write_of_harbor_is_seen_through() {
    each_case(Service::Harbor, |case| examine(case, answers)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_foreign_answer_to_a_write_of_saagie_is_seen_through() {
    each_case(Service::Saagie, |case| examine(case, answers)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_id_in_an_answer_of_quay_is_seen_through() {
    each_case(Service::Quay, |case| examine(case, with_another_id)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_id_in_an_answer_of_harbor_is_seen_through() {
    each_case(Service::Harbor, |case| examine(case, with_another_id)).await;
}

/// Another object's answer to a read says nothing about the one that was asked for: neither what it is like, nor that it is gone.
async fn examine_reads(case: Case) -> (usize, Vec<String>) {
    let choose = |moment: Moment<'_>| {
        let own = moment.own();
        if moment.clean.step != Step::Read || !is_about_one(own) {
            return Vec::new();
        }
        let another = Action::AnotherAfter { status: None, members: of_the_object() };
        vec![(format!("{} answered for another object", told(own)), moment.fault(another))]
    };
    each_exchange(case, choose, |moment, fault| misread(moment, fault).boxed()).await
}

/// Whether a read is answered with the one object that its path names, at the path's end.
pub(super) fn is_about_one(own: &Exchange) -> bool {
    let path = percent_encoding::percent_decode_str(&own.path).decode_utf8_lossy();
    let last =
        path.split('?').next().and_then(|path| path.trim_end_matches('/').rsplit('/').next()).unwrap_or_default();
    let body: Json = serde_json::from_str(&own.body).unwrap_or_default();
    let named = |(name, value): (&String, &Json)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        OF_THE_OBJECT.contains(&name.as_str()) && (value == last || value.ends_with(&format!("+{last}")))
    };
    is_read(own) && body.as_object().is_some_and(|object| object.iter().any(named))
}

/// Where nothing is to be changed, nothing is written.
pub(super) fn writes(exchanges: &[Exchange]) -> Vec<String> {
    exchanges.iter().filter(|one| !is_read(one)).map(|one| format!("it was written: {}", told(one))).collect()
}

async fn misread(moment: Moment<'_>, fault: Fault) -> Vec<String> {
    let Moment { world, case, clean, .. } = moment;
    world.restore(&clean.start);
    world.simulator.fault(fault);
    world.simulator.record();
    let read = perform(world, case, clean.prior.as_ref(), clean.config.clone(), &json!({})).await;
    let mut wrong = writes(&world.simulator.recorded());
    world.simulator.clear_faults();
    let state = |instance: Option<&Instance>| instance.map(|instance| instance.state.clone());
    if state(read.instance.as_ref()) != state(clean.left.as_ref()) {
        wrong.push(format!("read was {:?} instead of {:?}", state(read.instance.as_ref()), state(clean.left.as_ref())));
    }
    if read.diagnostics.has_errors() {
        wrong.extend(names_no_request(&read));
    }
    if let Some(other) = difference(&world.shape(), &clean.end) {
        wrong.push(format!("the server holds something else at {other}"));
    }
    tell(&mut wrong, &read);
    wrong
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_objects_answer_to_a_read_of_quay_is_refused() {
    each_case(Service::Quay, examine_reads).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_objects_answer_to_a_read_of_harbor_is_refused() {
    each_case(Service::Harbor, examine_reads).await;
}

/// What is there without Terraform: its creation changes it, and the state tells from the first request on what is there.
const EXIST_ALREADY: [&str; 2] = ["quay_team_members", "quay_user_settings"];

/// The faults when all that is read after a write is foreign, too, and each repetition of it.
fn blind(service: Service, clean: &Clean, at: usize) -> Vec<Fault> {
    let own = &clean.exchanges[at];
    let status = own.status.filter(|status| matches!(status, 204 | 205)).map(|_| 200);
    let write = Fault::once(&own.method, "*", Action::page_after(status, PAGE));
    let write = write.skip(before(&clean.exchanges, at, &own.method)).times(u32::MAX);
    // Saagie's reads are of the same method.
    let reads = (service != Service::Saagie).then(|| {
        let page = Action::Answer {
            status: 200,
            content_type: "text/html".to_owned(),
            body: PAGE.to_owned(),
            headers: Vec::new(),
        };
        Fault::once("GET", "*", page).skip(before(&clean.exchanges, at, "GET")).times(u32::MAX)
    });
    [write].into_iter().chain(reads).collect()
}

/// One step in which a write and all reads after it have foreign answers.
async fn suffer_blind(moment: Moment<'_>) -> Vec<String> {
    let Moment { world, case, clean, at, .. } = moment;
    world.restore(&clean.start);
    for fault in blind(case.service(), clean, at) {
        world.simulator.fault(fault);
    }
    let suffered = perform(world, case, clean.prior.as_ref(), clean.config.clone(), &json!({})).await;
    world.simulator.clear_faults();
    let mut wrong = Vec::new();
    if !suffered.diagnostics.has_errors() {
        return vec!["no error, though nothing can be known".to_owned()];
    }
    wrong.extend(names_no_request(&suffered));
    wrong.extend(hides_the_doubt(&suffered));
    let first = !clean.exchanges[..at].iter().any(is_write);
    match (clean.step, &suffered.instance) {
        (Step::Create, Some(stored)) if first && !EXIST_ALREADY.contains(&case.resource) => {
            wrong.push(format!("it is stored: {:?}", stored.state))
        }
        (Step::Update | Step::Destroy | Step::Replace, None) if first => {
            wrong.push(format!("it is not in the state any more; said was: {}", text(&suffered.diagnostics)));
        }
        (Step::Update, Some(stored)) if first => {
            // What was known is what the refresh before it showed.
            let known = clean.prior.as_ref().expect("what is changed");
            if stored.state != known.state {
                wrong.push(format!("stored is {:?}, and known was {:?}", stored.state, known.state));
            }
        }
        _ => {}
    }
    // A creation that is not in the state is imported by whoever looks: that the next apply says so is tested where names are taken.
    if clean.step == Step::Update || clean.step == Step::Destroy {
        wrong.extend(heal(world, case, clean, suffered.instance.as_ref()).await);
    } else if clean.exchanges.iter().filter(|one| is_write(one)).count() == 1
        && let Some(other) = difference(&world.shape(), &clean.end)
    {
        wrong.push(format!("the server holds something else than was to be made, once, at {other}"));
    }
    wrong.extend(world.witness.leaks());
    wrong
}

async fn examine_blind(case: Case) -> (usize, Vec<String>) {
    let choose = |moment: Moment<'_>| {
        let own = moment.own();
        is_write(own)
            .then(|| (format!("{} and all reads after it answered a page", told(own)), ()))
            .into_iter()
            .collect()
    };
    each_exchange(case, choose, |moment, ()| suffer_blind(moment).boxed()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_found_out_is_not_stored_of_quay() {
    each_case(Service::Quay, examine_blind).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_found_out_is_not_stored_of_harbor() {
    each_case(Service::Harbor, examine_blind).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_found_out_is_not_stored_of_saagie() {
    each_case(Service::Saagie, examine_blind).await;
}
