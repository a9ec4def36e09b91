//! A stop (Ctrl-C) at each answer of creations, changes, replacements and deletions. The server has done what it was asked and its
//! answer is about to go out; what was made is in the state afterwards, and the next apply makes nothing a second time.

use std::sync::Arc;

use serde_json::Value as Json;

use super::foreign::{tell, told};
use super::{Clean, Step, caught, each_case, heal, lost, steps};
use crate::world::shape::shape;
use crate::world::table::Case;
use crate::world::{Service, Through, World};

/// One step that is stopped at an answer, and the next apply.
async fn suffer(world: &World, case: &Case, clean: &Clean, base: &Json, at: usize) -> Vec<String> {
    world.restore(&clean.start);
    let command = world.command().await.storing(case.stores);
    let provider = Arc::clone(command.core.serve());
    world.simulator.at_answer(u64::try_from(at).expect("some requests"), move || provider.stop());
    let stopped = command.apply(case.resource, clean.prior.as_ref(), clean.config.clone()).await;
    command.end();
    world.simulator.clear_faults();
    let mut wrong = lost(&world.shape(), case, clean, base, &stopped);
    wrong.extend(heal(world, case, clean, stopped.instance.as_ref()).await);
    tell(&mut wrong, &stopped);
    wrong.extend(world.witness.leaks());
    wrong
}

async fn examine(case: Case) -> (usize, Vec<String>) {
    let world = World::new(case.service(), Through::Calls);
    let (mut count, mut wrong) = (0, Vec::new());
    let steps = steps(&world, &case).await;
    let base = shape(&steps[0].start);
    for clean in steps.iter().filter(|clean| clean.step != Step::Read) {
        for (at, own) in clean.exchanges.iter().enumerate() {
            let found = caught(suffer(&world, &case, clean, &base, at)).await;
            count += 1;
            if !found.is_empty() {
                let number = at + 1;
                let at = format!("{}: {:?}: stopped at answer {number}, to {}", case.name(), clean.step, told(own));
                wrong.push(format!("{at}:\n  {}", found.join("\n  ")));
            }
        }
    }
    (count, wrong)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_at_any_answer_of_quay_loses_nothing() {
    each_case(Service::Quay, examine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_at_any_answer_of_harbor_loses_nothing() {
    each_case(Service::Harbor, examine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_at_any_answer_of_saagie_loses_nothing() {
    each_case(Service::Saagie, examine).await;
}
