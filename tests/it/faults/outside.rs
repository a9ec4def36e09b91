//! Foreign answers to what is not a resource: actions, ephemeral resources, data sources and lists. Each request of a clean run is answered by
//! something else. The run ends in an error that says so, or with what the clean run led to: never with nothing, or with half of it.

use std::collections::BTreeSet;

use registry_simulator::{Action, Exchange, Fault};
use serde_json::Value as Json;
use terraform_framework::Diagnostics;
use terraform_framework::value::Value;

use super::absence::{absence, absences, few, misleads};
use super::foreign::{before, hides_the_doubt, is_write, names_no_request, told};
use super::{caught, each_other, undone};
use crate::core::{Applied, text};
use crate::coverage;
use crate::world::shape::{changes, difference, shape};
use crate::world::table::other_kinds::{Other, Sort, others};
use crate::world::{Service, Through, World};

const PAGE: &str = "<html>ok</html>";

/// Writes that change nothing that anybody sees: questions that are POSTs, and files that no build uses yet. Their errors need not tell that they
/// may have been done, and nothing in their answers repeats what was asked for.
const CHANGE_NOTHING: [&str; 8] = [
    "/sources",
    "/subdir",
    "/fields/refs",
    "/analyze",
    "/user/clientkey",
    "/mirror/verify",
    "/filedrop/",
    "/userfiles/",
];

/// Writes whose answer tells of the object only what nobody knew before: the name that Quay makes of a directory's, an address.
const NAME_NOTHING: [&str; 2] = ["/entities/link/", "/sendrecovery"];

/// What may be done twice without harm: a number of failures is 0 then, sessions are over, and a file that no build uses is deleted by Quay.
const HARMLESS: [&str; 3] = ["resets", "sign_outs", "files"];

/// Errors that leave no doubt, because the provider has taken back what it had made.
const TAKEN_BACK: [&str; 1] = ["the robot was deleted again"];

/// What a use gave, and where it led.
pub(super) struct Used {
    /// Whatever it gives: an object, identities, or what it told of its progress.
    given: Vec<Value>,
    /// The texts that it gave while it was open and that the server held at that moment, such as a token. By attribute.
    held: BTreeSet<String>,
    pub(super) exchanges: Vec<Exchange>,
    end: Json,
    changes: BTreeSet<String>,
}

/// Something to use, in a world in which it can be, and what two uses without faults gave.
pub(super) struct Prepared {
    pub(super) world: World,
    pub(super) other: Other,
    config: Json,
    start: Json,
    pub(super) clean: Used,
    again: Used,
}

impl Prepared {
    pub(super) async fn new(service: Service, other: Other) -> Self {
        let world = World::new(service, Through::Calls);
        let config = coverage::prepared(&world, &other).await;
        let start = world.simulator.dump();
        let mut clean = Vec::new();
        for _ in 0..2 {
            world.restore(&start);
            let (used, said) = used(&world, &other, &config, &start).await;
            assert!(said.is_none(), "{}: {}", other.name, said.as_ref().map(text).unwrap_or_default());
            clean.push(used);
        }
        let (Some(again), Some(clean)) = (clean.pop(), clean.pop()) else { unreachable!("it was used twice") };
        Self { world, other, config, start, clean, again }
    }

    pub(super) fn name(&self) -> String {
        format!("{:?} {} {}", self.other.sort, self.other.name, self.other.config)
    }

    /// Uses it from where the clean run began, with a fault.
    pub(super) async fn suffer(&self, fault: Fault) -> (Used, Option<Diagnostics>) {
        self.world.restore(&self.start);
        self.world.simulator.fault(fault);
        let (used, said) = used(&self.world, &self.other, &self.config, &self.start).await;
        self.world.simulator.clear_faults();
        (used, said)
    }

    /// What a success lacks of the clean run's.
    pub(super) fn lacks(&self, used: &Used) -> Vec<String> {
        let mut wrong = Vec::new();
        if used.given.len() != self.clean.given.len() {
            wrong.push(format!("it gave {:?} instead of {:?}", used.given, self.clean.given));
        }
        // What an action tells of itself depends on how often it had to ask.
        if self.other.sort != Sort::Action {
            let given = used.given.iter().zip(self.clean.given.iter().zip(&self.again.given));
            wrong.extend(given.filter_map(|(got, (one, other))| differs(got, one, other)));
        }
        for name in self.clean.held.difference(&used.held) {
            wrong.push(format!("the server does not hold what `{name}` is"));
        }
        let alike = |end| masked(end, &self.clean.end, &self.again.end);
        if let Some(other) = difference(&alike(&used.end), &alike(&self.clean.end)) {
            wrong.push(format!("no error, but the server holds something else at {other}"));
        }
        let undone = self.clean.changes.difference(&used.changes).cloned().collect::<Vec<_>>();
        if !undone.is_empty() {
            wrong.push(format!("no error, but unchanged on the server is {}", undone.join(", ")));
        }
        wrong
    }

    /// The same, where a write was answered that was not done: what nothing on the server tells, the same request again does.
    fn lacks_a_write(&self, used: &Used, own: &Exchange) -> Vec<String> {
        let mut wrong = self.lacks(used);
        let is_same =
            |one: &&Exchange| one.method == own.method && undone::pattern(&one.path) == undone::pattern(&own.path);
        let count = |exchanges: &[Exchange]| exchanges.iter().filter(is_same).count();
        if self.clean.changes.is_empty() && count(&used.exchanges) <= count(&self.clean.exchanges) {
            wrong.push("no error, and it was not sent again".to_owned());
        }
        wrong
    }
}

/// Where a value differs from those of two clean uses, but for what differs between these anyway.
fn differs(got: &Value, one: &Value, other: &Value) -> Option<String> {
    match (got, one, other) {
        (Value::Object(got), Value::Object(one), Value::Object(other)) => one.iter().find_map(|(name, value)| {
            let got = got.get(name).unwrap_or(&Value::Null);
            differs(got, value, other.get(name).unwrap_or(&Value::Null)).map(|what| format!("{name}: {what}"))
        }),
        _ if is_time(got.as_str()) && is_time(one.as_str()) => None,
        _ if one == other && got != one => Some(format!("{got:?} instead of {one:?}")),
        _ if got.is_null() != one.is_null() => Some(format!("{got:?} instead of something like {one:?}")),
        _ => None,
    }
}

fn is_time(text: Option<&str>) -> bool {
    text.is_some_and(|text| {
        text.parse::<jiff::Timestamp>().is_ok() || jiff::fmt::rfc2822::DateTimeParser::new().parse_zoned(text).is_ok()
    })
}

/// What a server holds, without what differs between two clean uses, times, and what may be done twice.
fn masked(end: &Json, one: &Json, other: &Json) -> Json {
    match (end, one, other) {
        (Json::Object(end), Json::Object(one), Json::Object(other)) => {
            let members = end.iter().filter(|(name, _)| !HARMLESS.contains(&name.as_str()));
            let inner = |(name, value): (&String, &Json)| match (one.get(name), other.get(name)) {
                (Some(one), Some(other)) => (name.clone(), masked(value, one, other)),
                _ => (name.clone(), value.clone()),
            };
            members.map(inner).collect()
        }
        (Json::Array(end), Json::Array(one), Json::Array(other))
            if end.len() == one.len() && end.len() == other.len() =>
        {
            end.iter().zip(one.iter().zip(other)).map(|(end, (one, other))| masked(end, one, other)).collect()
        }
        (Json::String(text), ..) if is_time(Some(text)) => Json::from("a time"),
        (Json::String(_), Json::String(_), Json::String(_)) if one != other => Json::from("another each time"),
        _ => end.clone(),
    }
}

async fn used(world: &World, other: &Other, config: &Json, start: &Json) -> (Used, Option<Diagnostics>) {
    world.simulator.record();
    let command = world.command().await;
    let (core, config) = (&command.core, config.clone());
    let mut held = BTreeSet::new();
    let given = match other.sort {
        Sort::Data => core.read_data(other.name, config).await.map(|value| vec![value]),
        Sort::List => core.list(other.name, config).await,
        Sort::Ephemeral => {
            let look = |open: &Value| held = held_of(open, &world.simulator.dump().to_string());
            core.open_look_and_close(other.name, config, look).await.map(|value| vec![value])
        }
        Sort::Action => core.invoke(other.name, config).await.map(|told| told.into_iter().map(Value::String).collect()),
    };
    command.end();
    let exchanges = world.simulator.recorded();
    let after = world.simulator.dump();
    let (given, said) = match given {
        Ok(given) => (given, None),
        Err(said) => (Vec::new(), Some(said)),
    };
    (Used { given, held, exchanges, end: shape(&after), changes: changes(start, &after) }, said)
}

/// The attributes whose texts stand in a dump.
fn held_of(open: &Value, dump: &str) -> BTreeSet<String> {
    let Value::Object(attributes) = open else { return BTreeSet::new() };
    let stands = |value: &Value| {
        value.as_str().is_some_and(|text| dump.contains(&format!("{text:?}"))) && !is_time(value.as_str())
    };
    attributes.iter().filter(|(_, value)| stands(value)).map(|(name, _)| name.clone()).collect()
}

fn names_nothing(own: &Exchange) -> bool {
    changes_nothing(own) || NAME_NOTHING.iter().any(|part| own.path.contains(part))
}

fn changes_nothing(own: &Exchange) -> bool {
    CHANGE_NOTHING.iter().any(|part| own.path.contains(part))
}

/// An error as what applying leaves.
fn failed(said: Diagnostics) -> Applied {
    Applied { instance: None, diagnostics: said }
}

/// What is wrong with the error about a write.
fn doubts(said: Diagnostics, own: &Exchange) -> Vec<String> {
    let failed = failed(said);
    let said = text(&failed.diagnostics);
    if TAKEN_BACK.iter().any(|words| said.contains(words)) {
        return Vec::new();
    }
    if changes_nothing(own) {
        return names_no_request(&failed).into_iter().collect();
    }
    names_no_request(&failed).into_iter().chain(hides_the_doubt(&failed)).collect()
}

/// Whatever it is: an answer that looks as if something were not there.
async fn examine_absences(it: &Prepared, at: usize, found: &mut Vec<(String, Vec<String>)>) {
    let service = it.world.service;
    let own = &it.clean.exchanges[at];
    let page = absence("410 of a page", 410, "text/html", "<html><body><h1>410 Gone</h1></body></html>");
    // Of data sources and lists another test tries the others.
    let others = absences(service).into_iter().take(2).filter(|_| !matches!(it.other.sort, Sort::Data | Sort::List));
    for absence in others.chain([page]) {
        let fault = Fault::once(&own.method, "*", absence.action()).skip(before(&it.clean.exchanges, at, &own.method));
        let judge = async {
            match it.suffer(fault).await {
                (used, None) if is_write(own) => it.lacks_a_write(&used, own),
                (used, None) => it.lacks(&used),
                (_, Some(said)) => misleads(service, &said).into_iter().collect(),
            }
        };
        found.push((absence.name.to_owned(), caught(judge).await));
    }
}

/// A page in the place of a write's answer, whether it was done or not, and other objects' answers where it was not.
async fn examine_write(it: &Prepared, at: usize, found: &mut Vec<(String, Vec<String>)>) {
    let own = &it.clean.exchanges[at];
    let status = own.status.filter(|status| matches!(status, 204 | 205)).map(|_| 200);
    let page = Action::Answer {
        status: status.or(own.status).unwrap_or(200),
        content_type: "text/html".to_owned(),
        body: PAGE.to_owned(),
        headers: Vec::new(),
    };
    let mut all = vec![("done, and a page".to_owned(), Action::page_after(status, PAGE), false, true)];
    all.push(("not done, and a page".to_owned(), page, false, false));
    let others = undone::answers(own);
    all.extend(
        others
            .into_iter()
            .filter(|(what, ..)| !names_nothing(own) || !what.contains("another object"))
            .map(|(what, action, lasting)| (format!("not done, and {what}"), action, lasting, false)),
    );
    for (what, action, lasting, done) in all {
        let fault = undone::fault(&it.clean.exchanges, at, action, lasting);
        let judge = async {
            match it.suffer(fault).await {
                (used, None) if done => it.lacks(&used),
                (used, None) => it.lacks_a_write(&used, own),
                (_, Some(said)) => doubts(said, own),
            }
        };
        found.push((what, caught(judge).await));
    }
}

async fn examine(service: Service, other: Other) -> (usize, Vec<String>) {
    let it = Prepared::new(service, other).await;
    let (mut count, mut wrong) = (0, Vec::new());
    for (at, own) in it.clean.exchanges.iter().enumerate() {
        let mut found = Vec::new();
        examine_absences(&it, at, &mut found).await;
        if is_write(own) {
            examine_write(&it, at, &mut found).await;
        }
        count += found.len();
        for (what, found) in found.into_iter().filter(|(_, found)| !found.is_empty()) {
            wrong.push(format!("{}: {} answered by {what}:\n  {}", it.name(), told(own), found.join("\n  ")));
        }
    }
    (count, wrong)
}

/// All that is not a resource.
pub(super) fn all(service: Service) -> Vec<Other> {
    if service == Service::Quay { others() } else { few(service) }
}

async fn examine_all(service: Service) {
    each_other(all(service), move |other| examine(service, other)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_resource_of_quay_sees_through_foreign_answers() {
    examine_all(Service::Quay).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_resource_of_harbor_sees_through_foreign_answers() {
    examine_all(Service::Harbor).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_resource_of_saagie_sees_through_foreign_answers() {
    examine_all(Service::Saagie).await;
}

/// An action or ephemeral resource that is added is tried here, too.
#[test]
fn every_action_and_ephemeral_resource_is_tried() {
    for service in Service::ALL {
        let schema = service.serve().schema().expect("a schema");
        let actions = schema.actions.keys().map(|name| (Sort::Action, name.clone()));
        let ephemeral = schema.ephemeral_resources.keys().map(|name| (Sort::Ephemeral, name.clone()));
        let tried: BTreeSet<_> = all(service)
            .into_iter()
            .filter(|other| matches!(other.sort, Sort::Action | Sort::Ephemeral))
            .map(|other| (other.sort, other.name.to_owned()))
            .collect();
        assert_eq!(tried, actions.chain(ephemeral).collect(), "{service:?}");
    }
}
