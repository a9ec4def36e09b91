//! What the replays of all servers' recordings share: the lists beside the recordings, and the verdict.

use std::collections::BTreeMap;

/// At most so many per cent of all exchanges may differ.
const TOLERATED: usize = 2;

/// Lines without comments and empty ones.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// How many exchanges each file has, from lines such as `robots 381`.
pub(crate) fn counts(text: &str) -> BTreeMap<String, usize> {
    let read = |line: &str| line.split_once(' ').map(|(file, count)| (file.to_owned(), count.parse().unwrap()));
    lines(text).filter_map(read).collect()
}

/// File and line of exchanges that are known to differ, from lines such as `rest:1 the reason`. Each must give a reason.
pub(crate) fn differences(text: &str) -> Vec<(String, usize)> {
    let read = |line: &str| {
        let (place, reason) = line.split_once(' ').unwrap_or_else(|| panic!("no reason in {line:?}"));
        assert!(reason.trim().len() > 10, "no reason in {line:?}");
        let (file, line) = place.split_once(':').unwrap();
        (file.to_owned(), line.parse().unwrap())
    };
    lines(text).map(read).collect()
}

/// What came of one file.
pub(crate) struct Outcome<'a> {
    pub(crate) file: &'a str,
    pub(crate) compared: usize,
    /// What differs, by line.
    pub(crate) differences: &'a BTreeMap<usize, String>,
}

/// Fails unless exactly the known exchanges differ, or, unless `all` were compared, no others.
pub(crate) fn judge(outcomes: &[Outcome<'_>], known: &[(String, usize)], all: bool) {
    let mut complaints = Vec::new();
    let (mut compared, mut differing) = (0, 0);
    for outcome in outcomes {
        let known: Vec<usize> = known.iter().filter(|(file, _)| file == outcome.file).map(|(_, line)| *line).collect();
        let unknown = outcome.differences.iter().filter(|(line, _)| !known.contains(line));
        complaints.extend(unknown.map(|(line, difference)| format!("{}:{line}: {difference}", outcome.file)));
        let matching = known.iter().filter(|line| all && !outcome.differences.contains_key(line));
        complaints.extend(matching.map(|line| format!("{}:{line} is known to differ, but does not", outcome.file)));
        eprintln!("{}: {} of {} match", outcome.file, outcome.compared - outcome.differences.len(), outcome.compared);
        compared += outcome.compared;
        differing += outcome.differences.len();
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    assert!(!all || differing * 100 <= compared * TOLERATED, "{differing} of {compared} exchanges differ");
}
