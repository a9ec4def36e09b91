//! Replays what was recorded of a real server against the simulator.
//!
//! Each file runs on a fresh simulator, after the preparations that stand for what earlier recordings left behind. It
//! runs again with every name changed, with independent steps in another order, and together with another file, step by
//! step in turn: the simulator must compute its answers.
//!
//! Independent are reads that follow each other, for they change nothing: each such run of a file is sent from its end to
//! its beginning, but that the next page of a list comes behind the one before, and what a list has named behind the
//! list. Writes keep their order, in which the server gives numbers and sorts what it lists. Two files on one server are
//! independent of each other but for lists of the whole registry. The variants of a server's settings fit to no other file's; each of them runs in turn with itself under other
//! names.

mod compare;
mod prepare;
mod recording;
mod registry;
mod rename;

use std::collections::BTreeMap;

use registry_simulator::{Options, Simulator};
use serde_json::{Value, json};

use self::recording::Exchange;
use self::rename::Renaming;
use crate::recorded::{self, Outcome};

/// All files.
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
    "autoprune",
    "immutability",
    "proxycache",
    "org_mirror",
    "oauth_applications",
    "app_tokens",
    "federation_exchange",
    "nonsuper",
    "variant_features_off",
    "variant_readonly",
    "variant_restrictions",
    "superuser_users",
    "service_keys",
    "messages",
    "rest",
    "user",
    "tags",
    "labels",
    "v2_push",
    "repo_tokens_triggers_builds",
    "starred",
    "logs",
    "live2",
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

/// In which order a file's exchanges are sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    /// As they were recorded.
    Recorded,
    /// Reads that follow each other the other way round.
    ReadsReversed,
}

impl<'a> Replay<'a> {
    async fn prepare(simulator: &Simulator, file: &'a str, shift: u8, alone: bool) -> Self {
        let exchanges = recording::read(file);
        let renaming = Renaming::new(shift, exchanges.iter().map(|(_, exchange)| exchange), file);
        let session = prepare::session(simulator, file, &renaming, alone).await;
        Self {
            file,
            exchanges: exchanges.into_iter(),
            session,
            renaming,
            learned: Default::default(),
            compared: 0,
            differences: BTreeMap::new(),
        }
    }

    /// Turns the runs of reads round. Says how many reads are no longer where they were.
    fn reverse_reads(&mut self) -> usize {
        let mut exchanges: Vec<_> = self.exchanges.by_ref().collect();
        // Who logs in to the registry is seen to have done so.
        let logs_in = |exchange: &Exchange| exchange.path.starts_with("/v2/auth");
        let is_read = |(_, exchange): &(usize, Exchange)| exchange.method == "GET" && !logs_in(exchange);
        let mut moved = 0;
        let goes_on = |(_, one): &(usize, Exchange), (_, other): &(usize, Exchange)| {
            other.query_text().contains("next_page") || other.asks_for_what_was_shown_by(one)
        };
        for run in exchanges.chunk_by_mut(|one, other| is_read(one) && is_read(other) && !goes_on(one, other)) {
            run.reverse();
            moved += run.len() / 2 * 2;
        }
        self.exchanges = exchanges.into_iter();
        moved
    }

    /// Sends the next request, and compares the answer unless it is left out. False at the end.
    async fn step(&mut self, left_out: impl Fn(&Exchange) -> bool) -> bool {
        let Some((line, exchange)) = self.exchanges.next() else { return false };
        let exchange = self.renaming.exchange(&exchange);
        let answer = self.session.send(&exchange, &mut self.learned).await;
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

/// Fails unless exactly the known exchanges differ.
fn judge(replays: &[Replay<'_>], all: bool) {
    let outcomes: Vec<Outcome<'_>> = replays
        .iter()
        .map(|replay| Outcome { file: replay.file, compared: replay.compared, differences: &replay.differences })
        .collect();
    recorded::judge(&outcomes, &recording::known_differences(), all);
}

async fn replay_all(shift: u8, order: Order) {
    let mut replays = Vec::new();
    let mut moved = 0;
    for file in FILES {
        let simulator = Simulator::start(Options::default()).unwrap();
        let mut replay = Replay::prepare(&simulator, file, shift, true).await;
        if order == Order::ReadsReversed {
            moved += replay.reverse_reads();
        }
        while replay.step(|_| false).await {}
        replays.push(replay);
    }
    judge(&replays, true);
    assert_eq!(moved > 100, order == Order::ReadsReversed, "{moved} reads were moved");
}

#[test]
fn no_recording_was_cut() {
    let lines = recording::lines_of_files();
    assert_eq!(lines.keys().map(String::as_str).collect::<Vec<_>>(), {
        let mut files = FILES.to_vec();
        files.sort_unstable();
        files
    });
    for (file, lines) in lines {
        assert_eq!(recording::read(&file).len(), lines, "{file}");
    }
}

/// A client must be tried against every failure that was seen, so none of them is left out.
#[test]
fn recorded_failures_are_replayed() {
    let known = recording::known_differences();
    let mut failures = 0;
    for file in FILES {
        for (line, _) in recording::read(file).into_iter().filter(|(_, exchange)| exchange.status >= 500) {
            failures += 1;
            assert!(!known.contains(&((*file).to_owned(), line)), "{file}:{line} is known to differ");
        }
    }
    assert!(failures > 20, "{failures}");
}

#[tokio::test]
async fn recordings_match() {
    replay_all(0, Order::Recorded).await;
}

#[tokio::test]
async fn recordings_match_with_all_names_changed() {
    replay_all(5, Order::Recorded).await;
}

#[tokio::test]
async fn recordings_match_with_reads_in_another_order() {
    replay_all(0, Order::ReadsReversed).await;
}

/// Two files with different names run on one simulator, a step of each in turn. Lists of the whole registry show what
/// both made, and are left out.
#[tokio::test]
async fn recordings_match_in_turns() {
    let whole_registry = |exchange: &Exchange| {
        let path = exchange.path.as_str();
        path.ends_with("/superuser/organizations/")
            || path.ends_with("/superuser/users/")
            || path.ends_with("/superuser/apptokens")
            || path.ends_with("/superuser/logs")
            || path.ends_with("/superuser/aggregatelogs")
            || (exchange.method == "GET" && (path.ends_with("/superuser/keys") || path.ends_with("/messages")))
            || exchange.query_text().contains("public=true")
    };
    let variants = FILES.iter().filter(|file| file.starts_with("variant_")).map(|file| (*file, *file));
    let pairs = [
        ("organization", "quota"),
        ("robots", "teams"),
        ("permissions", "repository"),
        ("nonsuper", "teams"),
        ("prototypes", "repository"),
        // The second, because it needs a setting that is otherwise.
        ("teams", "mirror"),
        ("notifications", "quota"),
        ("autoprune", "immutability"),
        ("proxycache", "org_mirror"),
        ("oauth_applications", "app_tokens"),
        ("federation_exchange", "oauth_applications"),
        ("superuser_users", "service_keys"),
        ("messages", "rest"),
        ("prototypes", "user"),
        ("tags", "labels"),
        ("starred", "prototypes"),
        ("logs", "permissions"),
        // The second for the same reason.
        ("quota", "live2"),
    ];
    for (first, second) in pairs.into_iter().chain(variants) {
        // E-mail addresses keep their names, and no two users may have the same: a file beside itself cannot make its users twice.
        let same = first == second;
        let left_out =
            |exchange: &Exchange| whole_registry(exchange) || (same && exchange.path.contains("/superuser/users/"));
        let simulator = Simulator::start(Options::default()).unwrap();
        let settings = simulator.dump()["quay"]["config"].clone();
        let one = Replay::prepare(&simulator, first, 3, false).await;
        restore(&simulator, settings);
        let mut replays = [one, Replay::prepare(&simulator, second, 11, false).await];
        let mut going = true;
        while going {
            going = false;
            for replay in &mut replays {
                going |= replay.step(left_out).await;
            }
        }
        judge(&replays, false);
    }
}

/// Gives a server its settings back, so that the second of two files can be prepared as the first was. What the first's
/// superusers may do stays.
fn restore(simulator: &Simulator, mut settings: Value) {
    let changed = simulator.dump()["quay"]["config"].clone();
    settings["SUPER_USERS"] = changed["SUPER_USERS"].clone();
    for name in changed.as_object().into_iter().flat_map(|changed| changed.keys()) {
        if settings.get(name).is_none() {
            settings[name] = Value::Null;
        }
    }
    simulator.edit(json!({"quay": {"config": settings}})).unwrap();
}
