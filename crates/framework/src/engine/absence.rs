//! Notices a refresh that finds nothing at all.
//!
//! Another server of the same kind (a staging registry, in `url` by mistake) answers truthfully that none of the objects exists. No single answer
//! tells, but all of them together do.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use crate::Diagnostic;

/// So many objects, all of them gone, call for a warning.
const ENOUGH: u32 = 10;

/// What the reads of this process have found so far.
#[derive(Default)]
pub(super) struct Absence {
    found: AtomicBool,
    gone: AtomicU32,
}

impl Absence {
    /// Notes an object that is there.
    pub(super) fn found(&self) {
        self.found.store(true, Ordering::Relaxed);
    }

    /// Notes an object that is gone. Gives a warning, once, when nothing but such objects was read. `address` is that of the server.
    pub(super) fn gone(&self, address: Option<&str>) -> Option<Diagnostic> {
        let count = self.gone.fetch_add(1, Ordering::Relaxed) + 1;
        if count != ENOUGH || self.found.load(Ordering::Relaxed) {
            return None;
        }
        let address = address?;
        let detail = format!(
            "The first {ENOUGH} objects of the state that were read do not exist on {address}, and none that does was found. If this is \
             another server than the one they were created on, do not apply this plan: it would create all of them there. Check `url` and \
             its environment variable."
        );
        Some(Diagnostic::warning("Nothing of the state exists on this server", detail))
    }
}

#[cfg(test)]
mod tests {
    use super::Absence;

    #[test]
    fn ten_of_ten_that_are_gone_are_noticed_once() {
        let absence = Absence::default();
        let warnings: Vec<_> = (0..30).map(|_| absence.gone(Some("https://staging.example.com"))).collect();
        assert_eq!(warnings.iter().position(Option::is_some), Some(9));
        assert_eq!(warnings.iter().flatten().count(), 1);
        assert!(warnings[9].as_ref().unwrap().detail.contains("https://staging.example.com"));
    }

    #[test]
    fn one_that_is_there_tells_that_it_is_the_right_server() {
        let absence = Absence::default();
        absence.found();
        assert!((0..30).all(|_| absence.gone(Some("https://quay.example.com")).is_none()));
    }
}
