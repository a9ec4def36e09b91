//! Lines for the person who waits.

use std::io::Write;
use std::time::Duration;

/// Writes one line to standard error, past the capture of the test runner: a download of 60 MB must not look like a
/// test that hangs.
pub fn say(line: impl AsRef<str>) {
    // A closed standard error is no reason to stop.
    let _ = writeln!(std::io::stderr().lock(), "{}", line.as_ref());
}

/// A duration as a person says it: `0.4 s`, `12 s`, `3 min 5 s`.
#[must_use]
pub fn human(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        10..120 => format!("{seconds} s"),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_naturally() {
        assert_eq!(human(Duration::from_millis(430)), "0.4 s");
        assert_eq!(human(Duration::from_secs(12)), "12 s");
        assert_eq!(human(Duration::from_secs(185)), "3 min 5 s");
    }
}
