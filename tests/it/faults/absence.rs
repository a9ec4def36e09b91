//! Answers 404 and 410 that are not the service's own "not found": of a proxy, a gateway, another service. None of them says anything
//! about an object: the state keeps it, nothing counts as deleted, and the error tells where the answer did not come from.

use std::collections::BTreeSet;

use futures::FutureExt;
use registry_simulator::{Action, Exchange, Fault};
use serde_json::{Value as Json, json};
use terraform_framework::Diagnostics;
use terraform_framework::value::Value;

use super::foreign::{before, hides_the_doubt, is_read, is_write, tell, told, writes};
use super::{Moment, Step, caught, each_case, each_exchange, each_other, heal, lost, perform};
use crate::core::{Instance, text};
use crate::coverage;
use crate::world::shape::difference;
use crate::world::table::other_kinds::{Other, Sort, others};
use crate::world::table::{Case, PROJECT};
use crate::world::{Service, Through, World};

/// An answer that looks as if something were not there.
#[derive(Clone)]
pub(super) struct Absence {
    pub(super) name: &'static str,
    status: u16,
    content_type: &'static str,
    body: String,
}

impl Absence {
    pub(super) fn action(&self) -> Action {
        Action::Answer {
            status: self.status,
            content_type: self.content_type.to_owned(),
            body: self.body.clone(),
            headers: Vec::new(),
        }
    }
}

pub(super) fn absence(name: &'static str, status: u16, content_type: &'static str, body: impl Into<String>) -> Absence {
    Absence { name, status, content_type, body: body.into() }
}

/// How Quay, Harbor and Saagie themselves word that something is not there.
fn own(service: Service, status: u16) -> String {
    match service {
        Service::Quay => json!({ "detail": "Not Found", "error_message": "Not Found", "error_type": "not_found",
            "title": "not_found", "type": "http://quay.example.com/api/v1/error/not_found", "status": status }),
        Service::Harbor => json!({ "errors": [ { "code": "NOT_FOUND", "message": "project acme not found" } ] }),
        Service::Saagie => {
            json!({ "timestamp": "2026-11-20T14:05:52.000+00:00", "status": status, "error": "Not Found",
            "path": "/projects/api" })
        }
    }
    .to_string()
}

/// The first three are tried everywhere.
pub(super) fn absences(service: Service) -> Vec<Absence> {
    let html =
        "<html><head><title>404 Not Found</title></head><body><center><h1>404 Not Found</h1></center></body></html>";
    let missing_route = json!({ "errors": [ { "code": "NOT_FOUND", "message": "path /api/v1/x was not found" } ] });
    let mut all = vec![
        absence("an ingress without a backend", 404, "text/plain; charset=utf-8", "default backend - 404"),
        absence("a gateway", 404, "application/json", r#"{"message":"no Route matched with those values"}"#),
        absence("410 in the service's own words", 410, "application/json", own(service, 410)),
        absence("a router", 404, "text/plain; charset=utf-8", "404 page not found\n"),
        absence("nothing", 404, "text/plain", ""),
        absence("a page", 404, "text/html", html),
        absence("410 of some JSON", 410, "application/json", r#"{"error_type":"not_found","status":410}"#),
        absence("410 of nothing", 410, "text/plain", ""),
        absence("an empty object", 404, "application/json", "{}"),
        absence("a route that Harbor does not have", 404, "application/json", missing_route.to_string()),
    ];
    let others = [
        ("Quay's own words", Service::Quay),
        ("Harbor's own words", Service::Harbor),
        ("Saagie's own words", Service::Saagie),
    ];
    // In a status other than 200 Saagie has no words of its own for what is not there.
    let foreign = others.into_iter().filter(|(_, other)| *other != service || *other == Service::Saagie);
    all.extend(foreign.map(|(name, other)| absence(name, 404, "application/json", own(other, 404))));
    all
}

fn name(service: Service) -> &'static str {
    match service {
        Service::Quay => "Quay",
        Service::Harbor => "Harbor",
        Service::Saagie => "Saagie",
    }
}

/// An error tells that another than the service has answered, and nothing about an object.
pub(super) fn misleads(service: Service, said: &Diagnostics) -> Option<String> {
    let said = text(said);
    let name = name(service);
    let elsewhere = (said.contains("did not come from") && said.contains(name))
        || said.contains(&format!("is not the address of a {name}"))
        || (service == Service::Saagie && said.contains("`url` or `platform_id` is wrong"));
    let about_it = ["it does not exist", "has been deleted", "is gone", "did not find it", "non-existent"];
    let about_it = about_it.iter().find(|words| said.contains(**words));
    match (elsewhere, about_it) {
        (_, Some(words)) => Some(format!("the error speaks of the object ({words:?}): {said}")),
        (false, None) => Some(format!("the error does not say that the answer did not come from {name}: {said}")),
        (true, None) => None,
    }
}

/// One step with foreign answers instead of what the server would say, and the next apply.
async fn suffer(moment: Moment<'_>, fault: Fault) -> Vec<String> {
    let Moment { world, case, base, clean, .. } = moment;
    world.restore(&clean.start);
    world.simulator.fault(fault);
    world.simulator.record();
    let suffered = perform(world, case, clean.prior.as_ref(), clean.config.clone(), &json!({})).await;
    let exchanges = world.simulator.recorded();
    world.simulator.clear_faults();
    let mut wrong = lost(&world.shape(), case, clean, base, &suffered);
    if suffered.diagnostics.has_errors() {
        wrong.extend(misleads(case.service(), &suffered.diagnostics));
    }
    if clean.step == Step::Read {
        wrong.extend(writes(&exchanges));
    }
    if clean.step == Step::Read && !suffered.diagnostics.has_errors() {
        let state = |instance: &Option<Instance>| instance.as_ref().map(|it| it.state.clone());
        let (got, wanted) = (state(&suffered.instance), state(&clean.left));
        if got != wanted {
            wrong.push(format!("read was {got:?} instead of {wanted:?}"));
        }
    }
    wrong.extend(heal(world, case, clean, suffered.instance.as_ref()).await);
    tell(&mut wrong, &suffered);
    wrong.extend(world.witness.leaks());
    wrong
}

/// All answers to all requests from one on, and the first ones to it alone.
fn to_reads(service: Service) -> Vec<(Absence, bool)> {
    let all = absences(service);
    let once = all.clone().into_iter().take(3).map(|absence| (absence, false));
    once.chain(all.into_iter().map(|absence| (absence, true))).collect()
}

/// Which answers meet a request of a step, and whether also all after it. All of them are tried where something could be taken for gone.
fn meet(service: Service, step: Step, exchange: &Exchange) -> Vec<(Absence, bool)> {
    let count = match step {
        Step::Read => return to_reads(service),
        Step::Destroy if is_write(exchange) => usize::MAX,
        _ => 3,
    };
    absences(service).into_iter().take(count).map(|absence| (absence, false)).collect()
}

async fn examine(case: Case) -> (usize, Vec<String>) {
    let service = case.service();
    let choose = |moment: Moment<'_>| {
        let own = moment.own();
        let with_fault = |(absence, lasting): (Absence, bool)| {
            let fault = moment.fault(absence.action()).times(if lasting { u32::MAX } else { 1 });
            (answered(own, &absence, lasting), fault)
        };
        meet(service, moment.clean.step, own).into_iter().map(with_fault).collect()
    };
    each_exchange(case, choose, |moment, fault| suffer(moment, fault).boxed()).await
}

/// A request and its answers, in one line.
fn answered(own: &Exchange, absence: &Absence, lasting: bool) -> String {
    let all = if lasting { " and all after it" } else { "" };
    let Absence { name: what, status, content_type, body } = absence;
    format!("{}{all} answered by {what} ({status} {content_type} {body:?})", told(own))
}

fn line(name: &str, step: &str, own: &Exchange, absence: &Absence, lasting: bool, found: &[String]) -> Option<String> {
    let at = format!("{name}: {step}: {}", answered(own, absence, lasting));
    (!found.is_empty()).then(|| format!("{at}:\n  {}", found.join("\n  ")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_quay_is_gone_because_another_says_so() {
    each_case(Service::Quay, examine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_harbor_is_gone_because_another_says_so() {
    each_case(Service::Harbor, examine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_saagie_is_gone_because_another_says_so() {
    each_case(Service::Saagie, examine).await;
}

/// One step in which the answer to a write is lost, and all that is read after it is foreign.
async fn suffer_after_a_write(moment: Moment<'_>, absence: Absence) -> Vec<String> {
    let Moment { world, case, base, clean, at } = moment;
    world.restore(&clean.start);
    world.simulator.fault(moment.fault(Action::CutAfter));
    // Of one method, the second fault is not asked about what the first one meets.
    let method = if case.service() == Service::Saagie { "POST" } else { "GET" };
    let skip = before(&clean.exchanges, at, method);
    world.simulator.fault(Fault::once(method, "*", absence.action()).skip(skip).times(u32::MAX));
    let suffered = perform(world, case, clean.prior.as_ref(), clean.config.clone(), &json!({})).await;
    world.simulator.clear_faults();
    let mut wrong = Vec::new();
    let single = clean.exchanges.iter().filter(|one| is_write(one)).count() == 1;
    if !suffered.diagnostics.has_errors() {
        // What may be sent twice without harm was, and was done.
        wrong.extend(lost(&world.shape(), case, clean, base, &suffered));
    } else {
        let said = text(&suffered.diagnostics);
        if said.contains("did not find it") {
            wrong.push(format!("it was looked for, and nobody knows whether it is there: {said}"));
        }
        if clean.step == Step::Create && suffered.instance.is_none() {
            wrong.extend(hides_the_doubt(&suffered));
        } else if suffered.instance.is_none() && clean.step != Step::Replace {
            wrong.push(format!("it is not in the state any more; said was: {said}"));
        }
    }
    if single
        && clean.step != Step::Replace
        && let Some(other) = difference(&world.shape(), &clean.end)
    {
        wrong.push(format!("the server holds something else than was to be done, once, at {other}"));
    }
    if clean.step == Step::Update || clean.step == Step::Destroy {
        wrong.extend(heal(world, case, clean, suffered.instance.as_ref()).await);
    }
    wrong.extend(world.witness.leaks());
    wrong
}

async fn examine_after_writes(case: Case) -> (usize, Vec<String>) {
    let service = case.service();
    let choose = |moment: Moment<'_>| {
        let own = moment.own();
        let absences = absences(service).into_iter().take(if is_write(own) { 3 } else { 0 });
        absences.map(|absence| (format!("its answer lost, {}", answered(own, &absence, true)), absence)).collect()
    };
    each_exchange(case, choose, |moment, absence| suffer_after_a_write(moment, absence).boxed()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_of_quay_is_not_looked_for_in_what_another_says() {
    each_case(Service::Quay, examine_after_writes).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_of_harbor_is_not_looked_for_in_what_another_says() {
    each_case(Service::Harbor, examine_after_writes).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_of_saagie_is_not_looked_for_in_what_another_says() {
    each_case(Service::Saagie, examine_after_writes).await;
}

async fn import(world: &World, case: &Case, id: &str) -> Result<Instance, Diagnostics> {
    let command = world.command().await.storing(case.stores);
    let imported = command.core.import(case.resource, id, None).await;
    command.end();
    imported
}

/// An import that finds nothing says so; an import that cannot know does not.
async fn examine_imports(case: Case) -> (usize, Vec<String>) {
    let service = case.service();
    let world = World::new(service, Through::Calls);
    world.prepare(&case).await;
    let config = world.configuration(&case.config);
    let made = perform(&world, &case, None, Some(config), &json!({})).await.unwrap();
    let id = made.state.attribute("id").and_then(Value::as_str).expect("an id").to_owned();
    world.simulator.record();
    let clean = import(&world, &case, &id).await;
    let exchanges = world.simulator.recorded();
    let (mut count, mut wrong) = (0, Vec::new());
    if clean.is_err() {
        // What cannot be imported says why elsewhere.
        return (count, wrong);
    }
    for own in exchanges.iter().take(1) {
        for absence in absences(service) {
            world.simulator.fault(Fault::once(&own.method, "*", absence.action()).times(u32::MAX));
            let found = match import(&world, &case, &id).await {
                Ok(_) => vec!["it is imported".to_owned()],
                Err(said) => misleads(service, &said).into_iter().collect(),
            };
            world.simulator.clear_faults();
            count += 1;
            wrong.extend(line(&case.name(), "Import", own, &absence, true, &found));
        }
    }
    (count, wrong)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_of_quay_does_not_believe_another() {
    each_case(Service::Quay, examine_imports).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_of_harbor_does_not_believe_another() {
    each_case(Service::Harbor, examine_imports).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_of_saagie_does_not_believe_another() {
    each_case(Service::Saagie, examine_imports).await;
}

/// What is not a resource, of the services that have no table of that.
pub(super) fn few(service: Service) -> Vec<Other> {
    let may_pull = || json!([{ "kind": "project", "namespace": "acme", "access": [{ "resource": "repository", "action": "pull" }] }]);
    let other = |sort, name, config| {
        let robot = json!({ "name": "ci", "level": "project", "project": "acme", "permissions": may_pull() });
        let credentials = json!({ "project_id": PROJECT, "registry": "quay.example.com", "username": "acme+ci",
            "password": "Passw0rd-that-is-stored" });
        let before = match service {
            Service::Harbor => vec![("harbor_project", json!({ "name": "acme" })), ("harbor_robot", robot)],
            _ => vec![("saagie_docker_credentials", credentials)],
        };
        Other { sort, name, before, edit: json!({}), images: Vec::new(), config }
    };
    let of_project = || json!({ "project_id": PROJECT });
    match service {
        Service::Quay => Vec::new(),
        Service::Harbor => vec![
            other(Sort::Data, "harbor_project", json!({ "name": "acme" })),
            other(Sort::Data, "harbor_project", json!({ "project_id": 2 })),
            other(Sort::Data, "harbor_projects", json!({})),
            other(Sort::Data, "harbor_robot", json!({ "name": "ci", "project": "acme" })),
            other(Sort::Data, "harbor_robots", json!({ "project": "acme" })),
            other(Sort::Data, "harbor_robots", json!({})),
            other(Sort::Data, "harbor_robot_permissions", json!({})),
            other(Sort::Ephemeral, "harbor_temporary_robot", json!({ "project": "acme", "permissions": may_pull() })),
            other(Sort::Action, "harbor_refresh_robot_secret", json!({ "name": "ci", "project": "acme" })),
            other(
                Sort::Action,
                "harbor_refresh_robot_secret",
                json!({ "name": "ci", "project": "acme", "secret": "Chosen-Secret-1" }),
            ),
            other(Sort::List, "harbor_project", json!({})),
            other(Sort::List, "harbor_robot", json!({ "project": "acme" })),
            other(Sort::List, "harbor_robot", json!({})),
        ],
        Service::Saagie => vec![
            other(
                Sort::Data,
                "saagie_docker_credentials",
                json!({ "project_id": PROJECT, "registry": "quay.example.com", "username": "acme+ci" }),
            ),
            other(Sort::Data, "saagie_docker_credentials_list", of_project()),
            other(Sort::List, "saagie_docker_credentials", of_project()),
        ],
    }
}

/// What a new process reads of it.
async fn read(world: &World, other: &Other, config: &Json) -> Result<Vec<Value>, Diagnostics> {
    let command = world.command().await;
    let found = match other.sort {
        Sort::Data => command.core.read_data(other.name, config.clone()).await.map(|value| vec![value]),
        _ => command.core.list(other.name, config.clone()).await,
    };
    command.end();
    found
}

/// A data source or list, each of whose reads has foreign answers.
async fn examine_other(service: Service, other: Other) -> (usize, Vec<String>) {
    let world = World::new(service, Through::Calls);
    let config = coverage::prepared(&world, &other).await;
    let start = world.simulator.dump();
    world.simulator.record();
    let clean = read(&world, &other, &config).await.unwrap_or_else(|said| panic!("{}: {}", other.name, text(&said)));
    let exchanges = world.simulator.recorded();
    let (mut count, mut wrong) = (0, Vec::new());
    for (at, own) in exchanges.iter().enumerate().filter(|(_, own)| is_read(own)) {
        for (absence, lasting) in to_reads(service) {
            world.restore(&start);
            let times = if lasting { u32::MAX } else { 1 };
            let skip = before(&exchanges, at, &own.method);
            world.simulator.fault(Fault::once(&own.method, "*", absence.action()).skip(skip).times(times));
            let judge = async {
                match read(&world, &other, &config).await {
                    Ok(found) if found == clean => Vec::new(),
                    Ok(found) => vec![format!("read was {found:?} instead of {clean:?}")],
                    Err(said) => misleads(service, &said).into_iter().collect(),
                }
            };
            let found = caught(judge).await;
            count += 1;
            let name = format!("{:?} {} {}", other.sort, other.name, other.config);
            wrong.extend(line(&name, "Read", own, &absence, lasting, &found));
        }
    }
    world.simulator.clear_faults();
    (count, wrong)
}

async fn examine_others(service: Service, mut others: Vec<Other>) {
    others.retain(|other| matches!(other.sort, Sort::Data | Sort::List));
    each_other(others, move |other| examine_other(service, other)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_sources_and_lists_of_quay_do_not_believe_another() {
    examine_others(Service::Quay, others()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_sources_and_lists_of_harbor_do_not_believe_another() {
    examine_others(Service::Harbor, few(Service::Harbor)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_sources_and_lists_of_saagie_do_not_believe_another() {
    examine_others(Service::Saagie, few(Service::Saagie)).await;
}

/// A data source or list that is added is tried here, too.
#[test]
fn every_data_source_and_list_is_tried() {
    for service in Service::ALL {
        let tried: BTreeSet<(Sort, String)> = others()
            .into_iter()
            .filter(|_| service == Service::Quay)
            .chain(few(service))
            .filter(|other| matches!(other.sort, Sort::Data | Sort::List))
            .map(|other| (other.sort, other.name.to_owned()))
            .collect();
        let schema = service.serve().schema().expect("a schema");
        let data = schema.data_sources.keys().map(|name| (Sort::Data, name.clone()));
        let lists = schema.list_resources.keys().map(|name| (Sort::List, name.clone()));
        assert_eq!(tried, data.chain(lists).collect(), "{service:?}");
    }
}
