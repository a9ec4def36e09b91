//! Replays what was recorded of a real Harbor against the simulator.
//!
//! Each file runs on a fresh simulator, behind the files that it presupposes. It runs again on a server that gives other
//! ids, and with independent reads in another order: the simulator must compute its answers. Ids, secrets and times are
//! compared as `generated.txt` says.

mod compare;
mod ids;
mod recording;
mod rules;
mod session;

use std::collections::BTreeMap;

use registry_simulator::{Options, Simulator, harbor};
use serde_json::{Value, json};

use self::ids::Learned;
use self::recording::Exchange;
use self::session::Session;
use crate::recorded::{self, Outcome};

/// The files that are compared.
const FILES: &[&str] = &[
    "setup",
    "projects",
    "robots",
    "robots_star",
    "quotas",
    "members",
    "users",
    "usergroups",
    "session",
    "retention",
    "retention_crash",
];

/// Exchanges that ask for numbers which a server that gives other ids has not.
const ABOUT_NUMBERS: &[(&str, usize)] = &[("projects", 339)];

/// How much higher the ids of the other server are.
const SHIFT: i64 = 1000;

/// In which order a file's exchanges are sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    /// As they were recorded.
    Recorded,
    /// Reads that follow each other the other way round.
    ReadsReversed,
}

fn start(shift: i64) -> Simulator {
    let preparations = recording::preparations();
    let password = preparations["server"]["admin_password"].as_str().unwrap().to_owned();
    let harbor = harbor::Options { admin_password: Some(password), ..harbor::Options::default() };
    let simulator = Simulator::start(Options { harbor, ..Options::default() }).unwrap();
    if shift > 0 {
        let dump = simulator.dump()["harbor"].clone();
        let tables = dump.as_object().unwrap().iter().filter(|(_, table)| table["next_id"].is_i64());
        let higher = tables.map(|(name, table)| {
            let next = table["next_id"].as_i64().unwrap() + shift;
            (name.clone(), json!({"next_id": next}))
        });
        simulator.edit(json!({"harbor": Value::Object(higher.collect())})).unwrap();
    }
    simulator
}

/// Whether an exchange is about an operation that the simulator does not have.
fn is_left_out(exchange: &Exchange) -> bool {
    let found = rules::segments(exchange.below());
    recording::left_out().iter().any(|(method, pattern)| {
        let pattern = rules::segments(pattern);
        let is_rest = pattern.last().is_some_and(|last| last == "**");
        let length = if is_rest { pattern.len() - 1 } else { pattern.len() };
        let fits = |(pattern, found): (&String, &String)| pattern.starts_with('{') || pattern == found;
        *method == exchange.method
            && (found.len() == length || (is_rest && found.len() >= length))
            && pattern[..length].iter().zip(&found).all(fits)
    })
}

/// What came of a file.
struct Replay {
    compared: usize,
    differences: BTreeMap<usize, String>,
    moved: usize,
}

/// Turns the runs of reads round. Says how many reads are no longer where they were.
fn reverse_reads(exchanges: &mut [(usize, Exchange)], is_fixed: impl Fn(usize) -> bool) -> usize {
    let mut moved = 0;
    let together = |one: &(usize, Exchange), other: &(usize, Exchange)| {
        let free = one.1.is_free() && other.1.is_free() && !is_fixed(other.0);
        free && !other.1.asks_for_what_was_shown_by(&one.1) && !one.1.asks_for_what_was_shown_by(&other.1)
    };
    for run in exchanges.chunk_by_mut(together) {
        run.reverse();
        moved += run.len() / 2 * 2;
    }
    moved
}

/// Sends a file's requests behind those of the files that it presupposes.
async fn replay(simulator: &Simulator, file: &str, order: Order, learned: &mut Learned) -> Replay {
    let preparations = recording::preparations();
    let file_of = &preparations["files"][file];
    for before in file_of["before"].as_array().into_iter().flatten() {
        // The other files presuppose the same ones, which are there already.
        let name = before.as_str().unwrap();
        run(simulator, name, Order::Recorded, learned, false).await;
    }
    run(simulator, file, order, learned, true).await
}

async fn run(simulator: &Simulator, file: &str, order: Order, learned: &mut Learned, is_compared: bool) -> Replay {
    let mut session = Session::new(simulator, file);
    let mut exchanges = recording::read(file);
    exchanges.retain(|(_, exchange)| !is_left_out(exchange));
    let preparations = recording::preparations();
    let steps = preparations["files"][file]["between"].as_array().cloned().unwrap_or_default();
    let is_fixed = |line: usize| steps.iter().any(|step| step["before_line"] == line);
    let mut outcome = Replay { compared: 0, differences: BTreeMap::new(), moved: 0 };
    if order == Order::ReadsReversed {
        outcome.moved = reverse_reads(&mut exchanges, is_fixed);
    }
    let mut prepared = 0;
    for (line, exchange) in exchanges {
        // Steps may belong to a line that is left out.
        for before in prepared..=line {
            session.prepare(Some(before), learned).await;
        }
        prepared = prepared.max(line + 1);
        let answer = session.send(line, &exchange, learned).await;
        let compared = match answer {
            Some(answer) => compare::answers(&exchange, answer, learned),
            None => Err("the connection was cut".to_owned()),
        };
        outcome.compared += 1;
        if let Err(difference) = compared {
            let who = exchange.identity.as_deref().unwrap_or("nobody");
            let query = exchange.query.as_deref().unwrap_or_default();
            let request = format!("{who} {} {}?{query}", exchange.method, exchange.path);
            outcome.differences.insert(line, format!("{request}: {difference}"));
        }
    }
    if !is_compared {
        session.prepare(None, learned).await;
    }
    outcome
}

async fn replay_all(shift: i64, order: Order) {
    let mut replays = Vec::new();
    for file in FILES {
        let simulator = start(shift);
        let mut replay = replay(&simulator, file, order, &mut Learned::default()).await;
        let is_about_numbers = |line: &usize| shift > 0 && ABOUT_NUMBERS.contains(&(file, *line));
        replay.differences.retain(|line, _| !is_about_numbers(line));
        replays.push((*file, replay));
    }
    let outcomes: Vec<Outcome<'_>> = replays
        .iter()
        .map(|(file, replay)| Outcome { file, compared: replay.compared, differences: &replay.differences })
        .collect();
    recorded::judge(&outcomes, &recording::known_differences(), true);
    let moved: usize = replays.iter().map(|(_, replay)| replay.moved).sum();
    assert_eq!(moved > 100, order == Order::ReadsReversed, "{moved} reads were moved");
}

#[tokio::test]
async fn recordings_match() {
    replay_all(0, Order::Recorded).await;
}

#[tokio::test]
async fn recordings_match_on_a_server_that_gives_other_ids() {
    replay_all(SHIFT, Order::Recorded).await;
}

#[tokio::test]
async fn recordings_match_with_reads_in_another_order() {
    replay_all(0, Order::ReadsReversed).await;
}

#[test]
fn no_recording_was_cut() {
    let lines = recording::lines_of_files();
    assert!(FILES.iter().all(|file| lines.contains_key(*file)));
    for (file, lines) in lines {
        assert_eq!(recording::read(&file).len(), lines, "{file}");
    }
}

/// What is left out is about areas that the simulator does not have, and really occurs.
#[test]
fn nothing_is_left_out_that_the_simulator_has() {
    // How many segments of a path are words, of which a route that takes anything in their place has fewer.
    let words = |path: &str| rules::segments(path).iter().filter(|segment| !segment.starts_with(['{', '*'])).count();
    for (method, pattern) in recording::left_out() {
        let path = pattern.replace("/**", "");
        let known = harbor::Harbor::pattern_of(&format!("{}{path}", recording::BASE));
        let known = known.filter(|known| words(known) == words(&path) + words(recording::BASE));
        assert_eq!(known, None, "{method} {pattern}");
    }
    let exchanges: Vec<Exchange> =
        FILES.iter().flat_map(|file| recording::read(file)).map(|(_, exchange)| exchange).collect();
    let out = exchanges.iter().filter(|exchange| is_left_out(exchange)).count();
    assert!(out * 10 < exchanges.len(), "{out} of {} are left out", exchanges.len());
}
