//! Writes that the server does, and whose answers are not its own: a page, an empty object, half an answer, another object's. Whether it
//! was done is unknown then, as when no answer comes, and is found out: what exists is in the state, once.

use registry_simulator::{Action, Exchange, Fault};
use serde_json::{Value as Json, json};

use super::{Clean, METHODS, Step, caught, each_case, heal, is_as_seen, lost, perform, steps};
use crate::core::{Applied, text};
use crate::world::shape::{difference, shape};
use crate::world::table::Case;
use crate::world::{Service, Through, World};

const PAGE: &str = "<html>ok</html>";

/// Members of answers that tell which object they are about, or what was asked for it.
const OF_THE_OBJECT: &[&str] = &[
    "client_id",
    "credentialsId",
    "description",
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
        if is_of_another(own) {
            let members = OF_THE_OBJECT.iter().map(|name| (*name).to_owned()).collect();
            add("of another object", Action::AnotherAfter { status: with, members });
        }
    }
    all
}

/// Whether the answer tells which object it is about, so that there can be another's.
fn is_of_another(own: &Exchange) -> bool {
    let members: Vec<String> = OF_THE_OBJECT.iter().map(|name| (*name).to_owned()).collect();
    !own.location.is_empty() || registry_simulator::foreign::another(&own.body, &members).is_some()
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
async fn suffer(world: &World, case: &Case, clean: &Clean, base: &Json, fault: Fault) -> Vec<String> {
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
    if !wrong.is_empty() && failed {
        wrong.push(format!("said was: {}", text(&suffered.diagnostics)));
    }
    wrong.extend(world.witness.leaks());
    wrong
}

async fn examine(case: Case) -> (usize, Vec<String>) {
    let world = World::new(case.service(), Through::Calls);
    let (mut count, mut wrong) = (0, Vec::new());
    let steps = steps(&world, &case).await;
    let base = shape(&steps[0].start);
    for clean in &steps {
        for (at, own) in clean.exchanges.iter().enumerate().filter(|(_, own)| is_write(own)) {
            for (what, action) in answers(own) {
                let fault = Fault::once(&own.method, "*", action).skip(before(&clean.exchanges, at, &own.method));
                let found = caught(suffer(&world, &case, clean, &base, fault)).await;
                count += 1;
                if !found.is_empty() {
                    let at = format!("{}: {:?}: {} answered {what}", case.name(), clean.step, told(own));
                    wrong.push(format!("{at}:\n  {}", found.join("\n  ")));
                }
            }
        }
    }
    (count, wrong)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_foreign_answer_to_a_write_of_quay_is_seen_through() {
    each_case(Service::Quay, examine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_foreign_answer_to_a_write_of_harbor_is_seen_through() {
    each_case(Service::Harbor, examine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_foreign_answer_to_a_write_of_saagie_is_seen_through() {
    each_case(Service::Saagie, examine).await;
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
async fn suffer_blind(world: &World, case: &Case, clean: &Clean, at: usize) -> Vec<String> {
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
        (Step::Create, Some(stored)) if first && !EXIST_ALREADY.contains(&case.resource) => wrong.push(format!("it is stored: {:?}", stored.state)),
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
    let world = World::new(case.service(), Through::Calls);
    let (mut count, mut wrong) = (0, Vec::new());
    for clean in &steps(&world, &case).await {
        for (at, own) in clean.exchanges.iter().enumerate().filter(|(_, own)| is_write(own)) {
            let found = caught(suffer_blind(&world, &case, clean, at)).await;
            count += 1;
            if !found.is_empty() {
                let at =
                    format!("{}: {:?}: {} and all reads after it answered a page", case.name(), clean.step, told(own));
                wrong.push(format!("{at}:\n  {}", found.join("\n  ")));
            }
        }
    }
    (count, wrong)
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
