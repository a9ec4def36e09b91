//! A Quay on which a feature is off answers a route of it as if the object were not there, and only its own description of its API
//! (`discovery`) tells the difference. Where that is answered by something else, nothing is known, and nothing counts as gone or deleted.

use registry_simulator::{Action, Fault};
use serde_json::Value as Json;

use super::{caught, each_case};
use crate::core::{Instance, text};
use crate::promises::switched_off_table::{features, switch};
use crate::world::table::Case;
use crate::world::{Service, Through, World};

/// What is answered in the place of the description.
fn answers() -> [(&'static str, Action); 3] {
    let answer = |status, content_type: &str, body: &str| Action::Answer {
        status,
        content_type: content_type.to_owned(),
        body: body.to_owned(),
        headers: Vec::new(),
    };
    [
        ("404 of an ingress", answer(404, "text/plain; charset=utf-8", "default backend - 404")),
        ("200 with a page", answer(200, "text/html", "<html>ok</html>")),
        ("500", answer(500, "text/html", "<html><body><h1>Internal Server Error</h1></body></html>")),
    ]
}

fn undescribed(world: &World, action: &Action) {
    world.simulator.clear_faults();
    world.simulator.fault(Fault::once("GET", "/api/v1/discovery", action.clone()).times(u32::MAX));
}

/// What is wrong when the description is not the server's.
async fn suffer(
    world: &World,
    case: &Case,
    made: &Instance,
    (there, deletes): (&Json, bool),
    action: &Action,
) -> Vec<String> {
    let mut wrong = Vec::new();
    undescribed(world, action);
    match world.command().await.storing(case.stores).refresh(made).await {
        Ok(None) => wrong.push("a refresh takes it for gone".to_owned()),
        Ok(Some(read)) if read.state != made.state => {
            wrong.push(format!("a refresh shows {:?} instead of {:?}", read.state, made.state));
        }
        Ok(Some(_)) | Err(_) => {}
    }
    // Terraform may leave the refresh out.
    let destroyed = world.command().await.core.destroy(made).await;
    world.simulator.clear_faults();
    let said = text(&destroyed.diagnostics);
    let undone = deletes && &world.shape() == there;
    match (destroyed.diagnostics.has_errors(), destroyed.instance) {
        (true, None) => wrong.push(format!("a failed deletion takes it from the state: {said}")),
        (false, _) if undone => wrong.push("a deletion does nothing, and says that it is done".to_owned()),
        _ => {}
    }
    wrong
}

/// Each feature off whose absence a read or deletion of it stumbles over.
async fn examine(case: Case) -> (usize, Vec<String>) {
    let world = World::new(Service::Quay, Through::Calls);
    world.prepare(&case).await;
    let config = world.configuration(&case.config);
    let made = world.command().await.storing(case.stores).apply(case.resource, None, Some(config)).await.unwrap();
    let (start, there) = (world.simulator.dump(), world.shape());
    // Settings that are always there only go back to what they were.
    world.command().await.core.destroy(&made).await;
    let deletes = world.shape() != there;
    let all: Vec<String> = features().into_iter().collect();
    let (mut count, mut wrong) = (0, Vec::new());
    for feature in relevant(&world, &made, &start, &all).await {
        for (what, action) in answers() {
            world.restore(&start);
            switch(&world, &feature, false);
            let found = caught(suffer(&world, &case, &made, (&there, deletes), &action)).await;
            count += 1;
            if !found.is_empty() {
                let at = format!("{}: without {feature}, discovery answered by {what}", case.name());
                wrong.push(format!("{at}:\n  {}", found.join("\n  ")));
            }
        }
    }
    (count, wrong)
}

/// The features that something is said about when they are off, out of these; found by halves.
async fn relevant(world: &World, made: &Instance, start: &Json, among: &[String]) -> Vec<String> {
    world.restore(start);
    among.iter().for_each(|feature| switch(world, feature, false));
    let refused = world.command().await.core.refresh(made).await.is_err()
        || world.command().await.core.destroy(made).await.diagnostics.has_errors();
    match among.len() {
        _ if !refused => Vec::new(),
        1 => among.to_vec(),
        count => {
            let (some, others) = among.split_at(count / 2);
            let mut found = Box::pin(relevant(world, made, start, some)).await;
            found.extend(Box::pin(relevant(world, made, start, others)).await);
            found
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_gone_where_a_server_cannot_tell_what_it_has() {
    each_case(Service::Quay, examine).await;
}
