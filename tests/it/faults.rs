//! Every fault at every request of every resource: what a provider makes of it, and whether the next apply heals it.
//!
//! A clean run tells how many requests of each method a step takes. Then the step is done once for each of them and each fault. After it
//! either all went well and the server holds what it should, or there is an error that says enough; what exists is in the state; and
//! the next apply leads to where the clean run led, with an empty plan behind it, and no secret lost or shown.

mod absence;
mod foreign;
mod misread;
mod outside;
mod stop;
mod undescribed;
mod undone;

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use registry_simulator::{Action, Exchange, Fault};
use serde_json::{Value as Json, json};
use terraform_framework::Severity;
use terraform_framework::value::Value;

use self::foreign::before;
use crate::core::{Applied, Instance, text};
use crate::world::shape::{changes, difference, shape};
use crate::world::table::other_kinds::Other;
use crate::world::table::quay::images::immutable;
use crate::world::table::{Case, cases};
use crate::world::{Service, Through, World};

/// A step in the life of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Create,
    Update,
    Replace,
    Read,
    Destroy,
}

/// What goes wrong.
#[derive(Clone)]
pub(crate) struct FaultKind {
    name: &'static str,
    action: Action,
    /// It also meets all further requests of the method.
    lasting: bool,
    settings: Json,
}

/// A step without faults: where it begins, where it leads, and what it sends.
struct Clean {
    step: Step,
    start: Json,
    prior: Option<Instance>,
    config: Option<Json>,
    end: Json,
    /// What it changed on the server, secrets and the like included.
    changes: BTreeSet<String>,
    requests: Vec<(&'static str, u64)>,
    /// The same requests with their answers.
    exchanges: Vec<Exchange>,
    /// What was in the state afterwards.
    left: Option<Instance>,
}

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

fn page(status: u16, headers: &[(&str, &str)]) -> Action {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let body = format!("<!DOCTYPE html><html><head><title>{status}</title></head><body>Sorry.</body></html>");
    Action::Answer { status, content_type: "text/html".into(), body, headers }
}

/// Everything that a simulator can let go wrong, but for stale answers.
pub(crate) fn faults() -> Vec<FaultKind> {
    let unauthorized =
        r#"{"message":"Requires authentication","errors":[{"code":"UNAUTHORIZED","message":"unauthorized"}]}"#;
    let denied = r#"{"message":"Unauthorized","errors":[{"code":"FORBIDDEN","message":"forbidden"}]}"#;
    let actions = [
        ("status 500 with a page", Action::quay_crash()),
        ("status 502", page(502, &[])),
        ("status 503", page(503, &[])),
        ("status 429 with Retry-After", page(429, &[("Retry-After", "0")])),
        ("status 401", Action::answer(401, unauthorized)),
        ("status 403", Action::answer(403, denied)),
        ("cut before", Action::CutBefore),
        ("cut after", Action::CutAfter),
        ("truncated", Action::Truncate),
    ];
    let both = actions.into_iter().flat_map(|(name, action)| {
        [false, true].map(|lasting| FaultKind { name, action: action.clone(), lasting, settings: json!({}) })
    });
    // Nobody waits for it: the request ends with its time, and the server's work with the connection.
    let endless = Action::Delay { milliseconds: 3_600_000 };
    let settings = json!({ "request_timeout": "200ms" });
    both.chain([FaultKind { name: "delay", action: endless, lasting: false, settings }]).collect()
}

impl FaultKind {
    fn stale() -> Self {
        Self { name: "stale answer", action: Action::Stale, lasting: false, settings: json!({}) }
    }

    fn fault(&self, method: &str, nth: u64) -> Fault {
        let times = if self.lasting { u32::MAX } else { 1 };
        Fault::once(method, "*", self.action.clone()).skip(u32::try_from(nth).unwrap()).times(times)
    }
}

/// Does a step without faults, from where the server is now.
async fn clean(world: &World, case: &Case, step: Step, prior: Option<&Instance>, config: &Json) -> (Clean, Applied) {
    let start = world.simulator.dump();
    let config = (step != Step::Destroy).then(|| world.configuration(config));
    world.simulator.reset_requests();
    world.simulator.record();
    let applied = perform(world, case, prior, config.clone(), &json!({})).await;
    let exchanges = world.simulator.recorded();
    let counted = world.simulator.requests();
    let requests =
        METHODS.map(|method| (method, counted.of_method(method))).into_iter().filter(|(_, n)| *n > 0).collect();
    let after = world.simulator.dump();
    let changes = changes(&start, &after);
    let (prior, end, left) = (prior.cloned(), shape(&after), applied.instance.clone());
    (Clean { step, start, prior, config, end, changes, requests, exchanges, left }, applied)
}

async fn perform(
    world: &World,
    case: &Case,
    prior: Option<&Instance>,
    config: Option<Json>,
    settings: &Json,
) -> Applied {
    let command = world.command_with(settings.clone()).await.storing(case.stores);
    let applied = command.apply(case.resource, prior, config).await;
    command.end();
    applied
}

/// All steps of a case without faults.
async fn steps(world: &World, case: &Case) -> Vec<Clean> {
    world.prepare(case).await;
    let (create, made) = clean(world, case, Step::Create, None, &case.config).await;
    let made = made.unwrap();
    let after = world.simulator.dump();
    let mut steps = vec![create];
    let others = [
        (Step::Update, &case.changed),
        (Step::Replace, &case.replaced),
        (Step::Read, &case.config),
        (Step::Destroy, &Json::Null),
    ];
    for (step, config) in others {
        if config.is_null() && step != Step::Destroy {
            continue;
        }
        world.restore(&after);
        if step == Step::Destroy && !case.content.is_null() {
            world.simulator.edit(case.content.clone()).expect("a patch that applies");
        }
        let (clean, applied) = clean(world, case, step, Some(&made), config).await;
        assert!(!applied.diagnostics.has_errors(), "{step:?}: {}", text(&applied.diagnostics));
        steps.push(clean);
    }
    steps
}

/// Which faults meet which requests of a step.
fn scenarios(
    service: Service,
    through: Through,
    clean: &Clean,
    faults: &[FaultKind],
) -> Vec<(FaultKind, &'static str, u64)> {
    let mut all = Vec::new();
    for &(method, count) in &clean.requests {
        // Through an executable, a process for each command, only the writes are met.
        if method == "GET" && matches!(through, Through::Grpc) {
            continue;
        }
        // Saagie's reads are POSTs too.
        let reads = method == "GET" || service == Service::Saagie;
        for nth in 0..count {
            let fits = |t: &&FaultKind| {
                let step = clean.step == Step::Read
                    || method != "GET"
                    || (!t.lasting && matches!(t.action, Action::Answer { status: 401 | 500, .. } | Action::CutBefore));
                // When no answer ever comes again, nobody can know.
                let blind =
                    service == Service::Saagie && t.lasting && matches!(t.action, Action::CutAfter | Action::Truncate);
                step && !blind
            };
            all.extend(faults.iter().filter(fits).map(|t| (t.clone(), method, nth)));
            if reads && nth > 0 && method == "GET" && clean.step != Step::Read {
                all.push((FaultKind::stale(), method, nth));
            }
        }
    }
    all
}

/// One step with one fault, and the next apply. Gives what is wrong.
async fn suffer(world: &World, case: &Case, clean: &Clean, base: &Json, fault: Fault, settings: &Json) -> Vec<String> {
    let mut wrong = Vec::new();
    world.restore(&clean.start);
    let stale = matches!(fault.action, Action::Stale);
    let lasting = fault.times == u32::MAX;
    world.simulator.fault(fault);
    let suffered = perform(world, case, clean.prior.as_ref(), clean.config.clone(), settings).await;
    world.simulator.clear_faults();

    // Of an old answer no error can tell, only of what follows from it.
    if suffered.diagnostics.has_errors() && !stale {
        wrong.extend(says_too_little(&suffered));
    }
    wrong.extend(lost(&world.shape(), case, clean, base, &suffered));
    if clean.step == Step::Update && suffered.diagnostics.has_errors() && !lasting && !stale {
        wrong.extend(is_as_seen(world, case, suffered.instance.as_ref()).await);
    }
    wrong.extend(heal(world, case, clean, suffered.instance.as_ref()).await);
    wrong.extend(world.witness.leaks());
    wrong
}

/// What is done without an error is done, and what exists is in the state.
fn lost(there: &Json, case: &Case, clean: &Clean, base: &Json, suffered: &Applied) -> Vec<String> {
    let mut wrong = Vec::new();
    if !suffered.diagnostics.has_errors()
        && let Some(other) = difference(there, &clean.end)
    {
        wrong.push(format!("no error, but the server holds something else at {other}"));
    }
    // Of a replacement that went half its way, what the first half leaves is not known here.
    let nothing = match clean.step {
        Step::Destroy if case.leaves => Some(&clean.end),
        Step::Replace if case.leaves => None,
        _ => Some(base),
    };
    if suffered.instance.is_none()
        && let Some(other) = nothing.and_then(|nothing| difference(there, nothing))
    {
        let said = text(&suffered.diagnostics);
        wrong.push(format!("it exists and is not in the state: {other}; said was: {said}"));
    }
    wrong
}

/// What a failed change leaves in the state is what a read shows. (A state without an object is none to Terraform, which keeps the old one then:
/// that something is gone is left to the read.)
async fn is_as_seen(world: &World, case: &Case, left: Option<&Instance>) -> Option<String> {
    let left = left?;
    let command = world.command().await.storing(case.stores);
    let seen = command.refresh(left).await;
    command.end();
    match seen {
        Ok(Some(seen)) if seen.state != left.state => {
            Some(format!("the state is {:?}, and a read shows {:?}", left.state, seen.state))
        }
        Ok(_) => None,
        Err(diagnostics) => Some(format!("it cannot be read: {}", text(&diagnostics))),
    }
}

/// The next apply must lead to where the clean run led.
async fn heal(world: &World, case: &Case, clean: &Clean, left: Option<&Instance>) -> Vec<String> {
    let healed = perform(world, case, left, clean.config.clone(), &json!({})).await;
    if healed.diagnostics.has_errors() {
        return vec![format!("the next apply fails: {}", text(&healed.diagnostics))];
    }
    let mut wrong = Vec::new();
    if let Some(other) = difference(&world.shape(), &clean.end) {
        wrong.push(format!("after the next apply the server holds something else at {other}"));
    }
    if let (Some(config), Some(instance)) = (&clean.config, &healed.instance) {
        let null = |name: &&&str| instance.state.attribute(name).is_none_or(Value::is_null);
        wrong.extend(case.stores.iter().filter(null).map(|name| format!("`{name}` is null")));
        let command = world.command().await.storing(case.stores);
        wrong.extend(command.is_settled(instance, config.clone()).await.err());
        command.end();
    }
    wrong
}

/// An error names what was being done, the request, and how it ended.
fn says_too_little(applied: &Applied) -> Option<String> {
    let errors = applied.diagnostics.0.iter().filter(|d| d.severity == Severity::Error);
    let enough = |d: &terraform_framework::Diagnostic| {
        let request = METHODS.iter().any(|method| d.detail.contains(&format!("{method} /")));
        let ended = d.detail.contains("was answered with") || d.detail.contains("got no answer");
        d.summary.starts_with("Cannot ") && request && ended
    };
    (!errors.clone().any(enough)).then(|| format!("the error says too little: {}", text(&applied.diagnostics)))
}

/// All faults of a case.
pub(crate) async fn examine(case: Case, through: Through, faults: Vec<FaultKind>) -> (usize, Vec<String>) {
    let mut world = World::new(case.service(), through);
    let mut wrong = Vec::new();
    let mut count = 0;
    let steps = steps(&world, &case).await;
    wrong.extend(world.witness.leaks());
    let base = shape(&steps[0].start);
    for clean in &steps {
        for (kind, method, nth) in scenarios(case.service(), through, clean, &faults) {
            let found = caught(suffer(&world, &case, clean, &base, kind.fault(method, nth), &kind.settings)).await;
            count += 1;
            let lasting = if kind.lasting { " and all after it" } else { "" };
            let at = format!("{}: {:?}, {method} number {}{lasting}: {}", case.name(), clean.step, nth + 1, kind.name);
            wrong.extend(found.into_iter().map(|what| format!("{at}: {what}")));
        }
    }
    world.end_process().await;
    wrong.extend(world.witness.leaks().into_iter().map(|what| format!("{}: {what}", case.name())));
    (count, wrong)
}

/// What is wrong; a panic is, too.
async fn caught(work: impl Future<Output = Vec<String>>) -> Vec<String> {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        vec![text.or_else(|| panic.downcast_ref::<&str>().map(|t| (*t).to_owned())).unwrap_or_default()]
    })
}

async fn examine_all(service: Service, through: Through, faults: Vec<FaultKind>) {
    each_case(service, |case| examine(case, through, faults.clone())).await;
}

/// Only what has this in its path is examined: `robots`, `quay::robots`, `quay_robot`. All, unless it is asked for.
fn only() -> String {
    std::env::var("FAULTS_OF").unwrap_or_default()
}

/// Examines all cases of a service (or those that `FAULTS_OF` names), and fails with all that is wrong. An examination gives how many
/// faults were met, and what was wrong.
async fn each_case<F>(service: Service, examine: impl Fn(Case) -> F)
where
    F: Future<Output = (usize, Vec<String>)> + Send + 'static,
{
    let only = only();
    let cases =
        cases().into_iter().chain(immutable()).filter(|case| case.service() == service && case.path().contains(&only));
    let run = |case| tokio::spawn(examine(case)).map(|done| done.expect("no panic"));
    let results: Vec<_> = futures::stream::iter(cases).map(run).buffer_unordered(4).collect().await;
    report(results);
}

/// The same for what is not a resource.
async fn each_other<F>(others: Vec<Other>, examine: impl Fn(Other) -> F)
where
    F: Future<Output = (usize, Vec<String>)> + Send + 'static,
{
    let only = only();
    let others = others.into_iter().filter(|other| other.name.contains(&only));
    let run = |other| tokio::spawn(examine(other)).map(|done| done.expect("no panic"));
    let results: Vec<_> = futures::stream::iter(others).map(run).buffer_unordered(4).collect().await;
    report(results);
}

/// An exchange of a step, at which something goes wrong.
#[derive(Clone, Copy)]
struct Moment<'a> {
    world: &'a World,
    case: &'a Case,
    /// What the server held before the first step, comparable.
    base: &'a Json,
    clean: &'a Clean,
    /// Which of the step's exchanges it is.
    at: usize,
}

impl<'a> Moment<'a> {
    /// The exchange as it is without faults.
    fn own(&self) -> &'a Exchange {
        &self.clean.exchanges[self.at]
    }

    /// The fault that meets this exchange alone.
    fn fault(&self, action: Action) -> Fault {
        let method = &self.own().method;
        Fault::once(method, "*", action).skip(before(&self.clean.exchanges, self.at, method))
    }
}

/// Examines each exchange of each step of a case: `choose` gives what is tried there, with the words for it, and `judge` does the step with
/// that, and gives what is wrong.
async fn each_exchange<T: Send>(
    case: Case,
    choose: impl Fn(Moment<'_>) -> Vec<(String, T)> + Send + Sync,
    judge: impl for<'a> Fn(Moment<'a>, T) -> BoxFuture<'a, Vec<String>> + Send + Sync,
) -> (usize, Vec<String>) {
    let world = World::new(case.service(), Through::Calls);
    let (mut count, mut wrong) = (0, Vec::new());
    let steps = steps(&world, &case).await;
    let base = shape(&steps[0].start);
    for clean in &steps {
        for at in 0..clean.exchanges.len() {
            let moment = Moment { world: &world, case: &case, base: &base, clean, at };
            for (what, chosen) in choose(moment) {
                let found = caught(judge(moment, chosen)).await;
                count += 1;
                if !found.is_empty() {
                    let at = format!("{}: {:?}: {what}", case.name(), clean.step);
                    wrong.push(format!("{at}:\n  {}", found.join("\n  ")));
                }
            }
        }
    }
    (count, wrong)
}

/// Fails with all that is wrong.
#[track_caller]
fn report(results: Vec<(usize, Vec<String>)>) {
    let count: usize = results.iter().map(|(count, _)| count).sum();
    let wrong: Vec<String> = results.into_iter().flat_map(|(_, wrong)| wrong).collect();
    assert!(count > 0, "no fault was met");
    assert!(wrong.is_empty(), "{} of {count}:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_at_every_request_of_quay_is_healed() {
    examine_all(Service::Quay, Through::Calls, faults()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_at_every_request_of_harbor_is_healed() {
    examine_all(Service::Harbor, Through::Calls, faults()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_at_every_request_of_saagie_is_healed() {
    examine_all(Service::Saagie, Through::Calls, faults()).await;
}

/// The answers that were lost after the work was done are the hardest.
pub(crate) fn hardest() -> Vec<FaultKind> {
    let hard = |t: &FaultKind| !t.lasting && matches!(t.action, Action::CutAfter);
    faults().into_iter().filter(hard).collect()
}

/// Each kind once.
fn passing() -> Vec<FaultKind> {
    faults().into_iter().filter(|kind| !kind.lasting).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_at_every_write_is_healed_through_the_executable_of_quay() {
    examine_all(Service::Quay, Through::Grpc, passing()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_at_every_write_is_healed_through_the_executable_of_harbor() {
    examine_all(Service::Harbor, Through::Grpc, passing()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_at_every_write_is_healed_through_the_executable_of_saagie() {
    examine_all(Service::Saagie, Through::Grpc, passing()).await;
}
