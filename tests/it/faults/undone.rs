//! Writes that are answered as if they had been done, by something that is not the service: another object's answer, an empty object,
//! another word. Nothing was done. No step is successful then before the server has what was asked for.

use std::collections::BTreeSet;

use futures::FutureExt;
use registry_simulator::{Action, Exchange, Fault};
use serde_json::{Value as Json, json};

use super::foreign::{before, is_write, names_no_request, of_the_object, tell, told};
use super::{Moment, Step, each_case, each_exchange, heal, is_as_seen, lost, perform};
use crate::world::Service;
use crate::world::shape::{changes, is_id, shape};
use crate::world::table::Case;

/// What is answered in the place of a success, and whether each repetition of the request is answered so, too.
pub(super) fn answers(own: &Exchange) -> Vec<(String, Action, bool)> {
    // An answer with status 204 has no body.
    let status = own.status.map_or(200, |status| if matches!(status, 204 | 205) { 200 } else { status });
    let answer = |status, body: &str, location: Option<String>| Action::Answer {
        status,
        content_type: "application/json".to_owned(),
        body: body.to_owned(),
        headers: location.into_iter().map(|address| ("Location".to_owned(), address)).collect(),
    };
    let mut all = Vec::new();
    let mut add = |what: &str, action, lasting| all.push((format!("{status} {what}"), action, lasting));
    let location = elsewhere(&own.location);
    let another = registry_simulator::foreign::another(&own.body, &of_the_object());
    if another.is_some() || location.is_some() {
        let body = another.unwrap_or_else(|| own.body.clone());
        add("of another object", answer(own.status.unwrap_or(200), &body, location), false);
    }
    if own.body.trim() != "{}" {
        add("with {}, each time", answer(status, "{}", None), true);
    }
    let word = if own.body.contains("Created") { r#""Deleted""# } else { r#""Created""# };
    add("with another word", answer(status, word, None), false);
    all
}

/// The address of another object of that kind.
fn elsewhere(location: &str) -> Option<String> {
    let (before, last) = location.rsplit_once('/')?;
    Some(match last.parse::<u64>() {
        Ok(id) => format!("{before}/{}", id + 1000),
        Err(_) => format!("{before}/other"),
    })
}

/// The fault that meets a request, or this and all repetitions of it.
pub(super) fn fault(exchanges: &[Exchange], at: usize, action: Action, lasting: bool) -> Fault {
    let own = &exchanges[at];
    if !lasting {
        return Fault::once(&own.method, "*", action).skip(before(exchanges, at, &own.method));
    }
    // Other requests of that method may be answered with these words.
    let pattern = pattern(&own.path);
    let earlier = exchanges[..at].iter().filter(|one| one.method == own.method && self::pattern(&one.path) == pattern);
    let skip = u32::try_from(earlier.count()).expect("some requests");
    Fault::once(&own.method, &pattern, action).skip(skip).times(u32::MAX)
}

/// A path without its query, and a star for each id, which may be another next time.
pub(super) fn pattern(path: &str) -> String {
    let path = path.split('?').next().unwrap_or(path);
    path.split('/').map(|part| if is_id(part) && !part.is_empty() { "*" } else { part }).collect::<Vec<_>>().join("/")
}

/// What a success left undone.
pub(super) fn left_undone(start: &Json, wanted: &BTreeSet<String>, after: &Json) -> Option<String> {
    let now = changes(start, after);
    let missing: Vec<_> = wanted.difference(&now).cloned().collect();
    (!missing.is_empty()).then(|| format!("unchanged on the server is {}", missing.join(", ")))
}

/// One step in which a write is not done, and the next apply.
async fn suffer(moment: Moment<'_>, fault: Fault) -> Vec<String> {
    let Moment { world, case, base, clean, .. } = moment;
    world.restore(&clean.start);
    world.simulator.fault(fault);
    let suffered = perform(world, case, clean.prior.as_ref(), clean.config.clone(), &json!({})).await;
    world.simulator.clear_faults();
    let after = world.simulator.dump();
    let failed = suffered.diagnostics.has_errors();
    let mut wrong = lost(&shape(&after), case, clean, base, &suffered);
    if failed {
        wrong.extend(names_no_request(&suffered));
    } else {
        wrong.extend(left_undone(&clean.start, &clean.changes, &after).map(|what| format!("no error, but {what}")));
        if clean.step != Step::Destroy {
            wrong.extend(is_as_seen(world, case, suffered.instance.as_ref()).await);
            if suffered.instance.is_none() {
                wrong.push("no error, and nothing is in the state".to_owned());
            }
        }
    }
    if failed && clean.step == Step::Update {
        wrong.extend(is_as_seen(world, case, suffered.instance.as_ref()).await);
    }
    wrong.extend(heal(world, case, clean, suffered.instance.as_ref()).await);
    if failed && clean.step == Step::Update {
        let what = left_undone(&clean.start, &clean.changes, &world.simulator.dump());
        wrong.extend(what.map(|what| format!("after the next apply {what}")));
    }
    tell(&mut wrong, &suffered);
    wrong.extend(world.witness.leaks());
    wrong
}

async fn examine(case: Case) -> (usize, Vec<String>) {
    let choose = |moment: Moment<'_>| {
        let (own, clean) = (moment.own(), moment.clean);
        // A replacement is a deletion and a creation.
        if clean.step == Step::Replace || !is_write(own) {
            return Vec::new();
        }
        let name = moment.case.name();
        assert!(!clean.changes.is_empty(), "{name}: {:?} changes nothing that is compared", clean.step);
        let with_fault = |(what, action, lasting): (String, Action, bool)| {
            let fault = fault(&clean.exchanges, moment.at, action, lasting);
            (format!("{} not done and answered {what}", told(own)), fault)
        };
        answers(own).into_iter().map(with_fault).collect()
    };
    each_exchange(case, choose, |moment, fault| suffer(moment, fault).boxed()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_write_of_quay_counts_as_done_because_another_says_so() {
    each_case(Service::Quay, examine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_write_of_harbor_counts_as_done_because_another_says_so() {
    each_case(Service::Harbor, examine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_write_of_saagie_counts_as_done_because_another_says_so() {
    each_case(Service::Saagie, examine).await;
}
