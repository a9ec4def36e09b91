//! Reads that are answered for another object, wherever an answer tells which one it is about: rows of a list that was asked for with a
//! query, objects whose id is somewhere inside. Nothing is taken from such an answer, and nothing is written because of it.

use std::collections::BTreeSet;

use futures::FutureExt;
use registry_simulator::{Action, Exchange, Fault};
use serde_json::{Value as Json, json};

use super::foreign::{before, is_about_one, is_read, of_the_object, tell, told};
use super::outside::{Prepared, all};
use super::undone::pattern;
use super::{Moment, Step, caught, each_case, each_exchange, each_other, lost, perform};
use crate::core::{Instance, text};
use crate::world::Service;
use crate::world::shape::difference;
use crate::world::table::Case;

/// Parts of queries that say nothing about an object.
const OF_PAGES: [&str; 4] = ["page", "page_size", "limit", "offset"];

/// Reads that are no question about one object: searches, whose finds only hold what was asked for, and what happened to whatever it was.
const VAGUE: [&str; 3] = ["/find/", "/entities/", "/logs"];

/// What a read asked for: the parts of its path, and the values in its query.
fn asked(path: &str) -> BTreeSet<String> {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let query = query.split('&').filter(|pair| !OF_PAGES.contains(&pair.split('=').next().unwrap_or_default()));
    let all = percent_encoding::percent_decode_str(&format!("{path}/{}", query.collect::<Vec<_>>().join("/")))
        .decode_utf8_lossy()
        .into_owned();
    all.split(['/', '=', ',', '~']).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// Whether the answer to a read tells which object it is about.
fn tells(own: &Exchange) -> bool {
    let body: Json = serde_json::from_str(&own.body).unwrap_or_default();
    let vague = VAGUE.iter().any(|part| own.path.contains(part));
    let mut asked = asked(&own.path);
    // Saagie is asked in the body.
    let request: Json = serde_json::from_str(&own.request).unwrap_or_default();
    let variables = request["variables"].as_object().into_iter().flatten();
    asked.extend(variables.filter_map(|(_, value)| value.as_str().map(str::to_owned)));
    is_read(own) && own.status == Some(200) && !vague && names(&body, &asked)
}

fn names(body: &Json, asked: &BTreeSet<String>) -> bool {
    let value = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match body {
        Json::Object(object) => object.iter().any(|(name, inner)| match inner {
            Json::Object(_) | Json::Array(_) => names(inner, asked),
            inner => of_the_object().contains(name) && asked.contains(&value(inner)),
        }),
        Json::Array(items) => items.iter().any(|item| names(item, asked)),
        _ => false,
    }
}

fn fault(exchanges: &[Exchange], at: usize) -> Fault {
    let action = Action::AnotherAfter { status: None, members: of_the_object() };
    Fault::once(&exchanges[at].method, "*", action).skip(before(exchanges, at, &exchanges[at].method))
}

/// Whether a path is another one each time: that of a file that is sent.
fn is_made_up(path: &str) -> bool {
    path.starts_with("/userfiles/")
}

/// Whether what was just made may be taken away again: a tag that should be immutable, which nothing could delete later.
fn takes_back(case: &Case, step: Step) -> bool {
    case.resource == "quay_tag" && step == Step::Create && case.config["immutable"] == json!(true)
}

/// Writes that the clean run does not do. What it makes may be deleted if it is `taken_back`.
fn strange(clean: &[Exchange], exchanges: &[Exchange], taken_back: bool) -> Vec<String> {
    let place = |one: &Exchange| {
        (one.method.clone(), if is_made_up(&one.path) { pattern(&one.path) } else { one.path.clone() })
    };
    let known: BTreeSet<_> = clean.iter().map(place).collect();
    let makes = |one: &Exchange| known.iter().any(|(method, path)| method != "DELETE" && *path == one.path);
    let is_taken_back = |one: &Exchange| taken_back && one.method == "DELETE" && makes(one);
    let is_strange = |one: &&Exchange| !is_read(one) && !known.contains(&place(one)) && !is_taken_back(one);
    exchanges.iter().filter(is_strange).map(|one| format!("it was written: {}", told(one))).collect()
}

async fn suffer(moment: Moment<'_>) -> Vec<String> {
    let Moment { world, case, base, clean, at } = moment;
    world.restore(&clean.start);
    world.simulator.fault(fault(&clean.exchanges, at));
    world.simulator.record();
    let suffered = perform(world, case, clean.prior.as_ref(), clean.config.clone(), &json!({})).await;
    let exchanges = world.simulator.recorded();
    world.simulator.clear_faults();
    let mut wrong = strange(&clean.exchanges, &exchanges, takes_back(case, clean.step));
    let there = world.shape();
    wrong.extend(lost(&there, case, clean, base, &suffered));
    let state = |instance: Option<&Instance>| instance.map(|instance| instance.state.clone());
    let (got, wanted) = (state(suffered.instance.as_ref()), state(clean.left.as_ref()));
    if clean.step == Step::Read && !suffered.diagnostics.has_errors() && got != wanted {
        wrong.push(format!("read was {got:?} instead of {wanted:?}"));
    }
    if clean.step == Step::Read
        && let Some(other) = difference(&there, &clean.end)
    {
        wrong.push(format!("the server holds something else at {other}"));
    }
    tell(&mut wrong, &suffered);
    wrong
}

async fn examine(case: Case) -> (usize, Vec<String>) {
    let choose = |moment: Moment<'_>| {
        let own = moment.own();
        // Of what is about one object another test tries what is read.
        let elsewhere = moment.clean.step == Step::Read && is_about_one(own);
        let tried = tells(own) && !elsewhere;
        tried.then(|| (format!("{} answered for another object", told(own)), ())).into_iter().collect()
    };
    each_exchange(case, choose, |moment, ()| suffer(moment).boxed()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_taken_from_rows_of_other_objects_of_quay() {
    each_case(Service::Quay, examine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_taken_from_rows_of_other_objects_of_harbor() {
    each_case(Service::Harbor, examine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_taken_from_rows_of_other_objects_of_saagie() {
    each_case(Service::Saagie, examine).await;
}

/// What is not a resource, each of whose reads is answered for another object.
async fn examine_other(it: &Prepared, at: usize) -> Vec<String> {
    let (used, said) = it.suffer(fault(&it.clean.exchanges, at)).await;
    let mut wrong = strange(&it.clean.exchanges, &used.exchanges, false);
    // An error says at least that nothing was found.
    match said {
        None => wrong.extend(it.lacks(&used)),
        Some(said) if !wrong.is_empty() => wrong.push(format!("said was: {}", text(&said))),
        Some(_) => {}
    }
    wrong
}

/// (Saagie has only lists of all, whose rows name nothing that was asked for.)
async fn examine_others(service: Service) {
    let examine = move |other| async move {
        let it = Prepared::new(service, other).await;
        let (mut count, mut wrong) = (0, Vec::new());
        for (at, own) in it.clean.exchanges.iter().enumerate().filter(|(_, own)| tells(own)) {
            let found = caught(examine_other(&it, at)).await;
            count += 1;
            if !found.is_empty() {
                let at = format!("{}: {} answered for another object", it.name(), told(own));
                wrong.push(format!("{at}:\n  {}", found.join("\n  ")));
            }
        }
        (count, wrong)
    };
    each_other(all(service), examine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_else_of_quay_is_taken_from_other_objects() {
    examine_others(Service::Quay).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_else_of_harbor_is_taken_from_other_objects() {
    examine_others(Service::Harbor).await;
}
