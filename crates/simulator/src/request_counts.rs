//! Counts of requests by method and route.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

/// How many requests arrived.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requests {
    /// All of them.
    pub total: u64,
    /// By method and route, for example `GET /api/v1/organization/{orgname}/robots`; a path that is no route is counted
    /// as it was sent.
    pub routes: BTreeMap<String, u64>,
    /// Those that a service answered with a failure of its own (500 and above, faults on demand aside), by method and route.
    #[serde(default)]
    pub failed: BTreeMap<String, u64>,
}

impl Requests {
    /// Requests of one method and route.
    pub fn of(&self, method: &str, route: &str) -> u64 {
        self.routes.get(&format!("{method} {route}")).copied().unwrap_or_default()
    }

    /// Requests of one method.
    pub fn of_method(&self, method: &str) -> u64 {
        let prefix = format!("{method} ");
        self.routes.iter().filter(|(route, _)| route.starts_with(&prefix)).map(|(_, count)| count).sum()
    }
}

/// Counts requests.
#[derive(Default)]
pub struct RequestCounts(Mutex<Requests>);

impl RequestCounts {
    /// Counts one.
    pub fn count(&self, method: &str, route: &str) {
        let mut requests = self.requests_mut();
        requests.total += 1;
        *requests.routes.entry(format!("{method} {route}")).or_default() += 1;
    }

    /// Counts a failure.
    pub fn count_failure(&self, method: &str, route: &str) {
        *self.requests_mut().failed.entry(format!("{method} {route}")).or_default() += 1;
    }

    /// What was counted.
    pub fn requests(&self) -> Requests {
        self.requests_mut().clone()
    }

    /// Starts again at zero.
    pub fn reset(&self) {
        *self.requests_mut() = Requests::default();
    }

    fn requests_mut(&self) -> MutexGuard<'_, Requests> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
