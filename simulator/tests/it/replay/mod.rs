//! Replays what was recorded of a real server against the simulator.
//!
//! Each file runs on a fresh simulator, after the preparations that stand for what earlier recordings left behind. It
//! runs again with every name changed, and together with another file, step by step in turn: the simulator must compute
//! its answers.

mod compare;
mod prepare;
mod recording;
mod rename;

use std::collections::BTreeMap;

use registry_simulator::{Options, Simulator};

use self::recording::{Exchange, Later};
use self::rename::Renaming;

/// The files of the areas that the simulator has.
const FILES: &[&str] = &[
    "organization",
    "robots",
    "repository",
    "permissions",
    "teams",
    "prototypes",
    "mirror",
    "notifications",
    "quota",
    "nonsuper",
    "variant_features_off",
    "variant_readonly",
    "variant_restrictions",
];

/// One file on its way through a simulator.
struct Replay<'a> {
    file: &'a str,
    exchanges: std::vec::IntoIter<(usize, Exchange)>,
    session: prepare::Session,
    renaming: Renaming,
    learned: compare::Learned,
    compared: usize,
    differences: BTreeMap<usize, String>,
}

impl<'a> Replay<'a> {
    async fn prepare(simulator: &Simulator, file: &'a str, shift: u8, alone: bool) -> Self {
        let exchanges = recording::read(file);
        let renaming = Renaming::new(shift, exchanges.iter().map(|(_, exchange)| exchange), file);
        let session = prepare::session(simulator, file, &renaming, alone).await;
        let later = Later::read();
        let exchanges: Vec<_> = exchanges.into_iter().filter(|(_, exchange)| !later.covers(exchange)).collect();
        let exchanges = exchanges.into_iter();
        Self {
            file,
            exchanges,
            session,
            renaming,
            learned: Default::default(),
            compared: 0,
            differences: BTreeMap::new(),
        }
    }

    /// Sends the next request, and compares the answer unless it is left out. False at the end.
    async fn step(&mut self, left_out: impl Fn(&Exchange) -> bool) -> bool {
        let Some((line, exchange)) = self.exchanges.next() else { return false };
        let exchange = self.renaming.exchange(&exchange);
        let answer = self.session.send(&exchange, &self.learned).await;
        if !left_out(&exchange) {
            self.compared += 1;
            if let Err(difference) = compare::answers(&exchange, &answer, &mut self.learned) {
                let request = format!("{} {} {}", exchange.identity(), exchange.method, exchange.path);
                self.differences.insert(line, format!("{request}: {difference}"));
            }
        }
        true
    }
}

/// At most so many per cent of the exchanges may differ.
const TOLERATED: usize = 2;

/// Fails unless exactly the known exchanges differ.
fn judge(replays: &[Replay<'_>], all: bool) {
    let known = recording::known_differences();
    let mut complaints = Vec::new();
    let (mut compared, mut differing) = (0, 0);
    for replay in replays {
        let known: Vec<usize> = known.iter().filter(|(file, _)| file == replay.file).map(|(_, line)| *line).collect();
        let lines = || replay.differences.iter();
        let unknown = lines().filter(|(line, _)| !known.contains(line));
        complaints.extend(unknown.map(|(line, difference)| format!("{}:{line}: {difference}", replay.file)));
        let matching = known.iter().filter(|line| all && !replay.differences.contains_key(line));
        complaints.extend(matching.map(|line| format!("{}:{line} is known to differ, but does not", replay.file)));
        eprintln!("{}: {} of {} match", replay.file, replay.compared - replay.differences.len(), replay.compared);
        compared += replay.compared;
        differing += replay.differences.len();
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    assert!(differing * 100 <= compared * TOLERATED, "{differing} of {compared} exchanges differ");
}

async fn replay_all(shift: u8) {
    let mut replays = Vec::new();
    for file in FILES {
        let simulator = Simulator::start(Options::default()).unwrap();
        let mut replay = Replay::prepare(&simulator, file, shift, true).await;
        while replay.step(|_| false).await {}
        replays.push(replay);
    }
    judge(&replays, true);
}

#[tokio::test]
async fn recordings_match() {
    replay_all(0).await;
}

#[tokio::test]
async fn recordings_match_with_all_names_changed() {
    replay_all(5).await;
}

/// Two files with different names run on one simulator, a step of each in turn. Lists of the whole registry show what
/// both made, and are left out.
#[tokio::test]
async fn recordings_match_in_turns() {
    let whole_registry = |exchange: &Exchange| {
        let path = exchange.path.as_str();
        path.ends_with("/superuser/organizations/")
            || path.ends_with("/superuser/users/")
            || exchange.query_text().contains("public=true")
    };
    let pairs = [
        ("organization", "quota"),
        ("robots", "teams"),
        ("permissions", "repository"),
        ("nonsuper", "teams"),
        ("prototypes", "repository"),
        ("mirror", "teams"),
        ("notifications", "quota"),
    ];
    for (first, second) in pairs {
        let simulator = Simulator::start(Options::default()).unwrap();
        let mut replays =
            [Replay::prepare(&simulator, first, 3, false).await, Replay::prepare(&simulator, second, 11, false).await];
        let mut going = true;
        while going {
            going = false;
            for replay in &mut replays {
                going |= replay.step(whole_registry).await;
            }
        }
        judge(&replays, false);
    }
}
