//! How many requests were sent, by method and route: for debug logs, tests and benches.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use ::http::Method;

/// How often one route was requested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteCount {
    /// The method.
    pub method: String,
    /// The route's template.
    pub route: &'static str,
    /// Requests sent, repeated ones included.
    pub requests: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Counts {
    total: AtomicU64,
    routes: Mutex<BTreeMap<(&'static str, String), u64>>,
}

impl Counts {
    /// Counts one request and returns the new total.
    pub(crate) fn add(&self, method: &Method, route: &'static str) -> u64 {
        let mut routes = self.routes.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *routes.entry((route, method.to_string())).or_default() += 1;
        self.total.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(crate) fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }

    pub(crate) fn by_route(&self) -> Vec<RouteCount> {
        let routes = self.routes.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        routes
            .iter()
            .map(|((route, method), requests)| RouteCount { method: method.clone(), route, requests: *requests })
            .collect()
    }
}
