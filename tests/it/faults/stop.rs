//! A stop (Ctrl-C) at each answer of creations, changes, replacements and deletions. The server has done what it was asked and its
//! answer is about to go out; what was made is in the state afterwards, and the next apply makes nothing a second time.

use std::sync::Arc;

use futures::FutureExt;

use super::foreign::{tell, told};
use super::{Moment, Step, each_case, each_exchange, heal, lost};
use crate::world::Service;
use crate::world::table::Case;

/// One step that is stopped at an answer, and the next apply.
async fn suffer(moment: Moment<'_>) -> Vec<String> {
    let Moment { world, case, base, clean, at } = moment;
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
    let choose = |moment: Moment<'_>| match moment.clean.step {
        Step::Read => Vec::new(),
        _ => vec![(format!("stopped at answer {}, to {}", moment.at + 1, told(moment.own())), ())],
    };
    each_exchange(case, choose, |moment, ()| suffer(moment).boxed()).await
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
