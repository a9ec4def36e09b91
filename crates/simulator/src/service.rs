//! What a simulated service is to the rest of the simulator.

use std::sync::Arc;

use axum::Router;
use serde_json::Value;

/// A simulated server: routes over a state of its own, which can be read and replaced as a whole.
///
/// Implement the methods on the type itself, and add a line `service!` below. Routes are full paths (`/api/v1/...`) and
/// no fallback, because all services are merged into one router. A handler changes its state in one go, without
/// awaiting in between: edits run on the same thread and rely on it.
pub trait Service: Send + Sync + 'static {
    /// The service's member in the simulator's dump.
    fn name(&self) -> &'static str;

    /// Its routes.
    fn router(self: Arc<Self>) -> Router;

    /// The route that a path belongs to, to count requests by; `None` leaves it to the router.
    fn route(&self, path: &str) -> Option<String>;

    /// Whether a path is its own and its process is down, so that the connection is cut.
    fn is_down(&self, path: &str) -> bool;

    /// Its whole state, secrets included.
    fn dump(&self) -> Value;

    /// Puts another state in place.
    ///
    /// # Errors
    /// What makes it no state of this service.
    fn replace(&self, state: Value) -> Result<(), String>;
}

macro_rules! service {
    ($type:ty, $name:literal, $route:expr, $down:expr) => {
        impl Service for $type {
            fn name(&self) -> &'static str {
                $name
            }
            fn router(self: Arc<Self>) -> Router {
                <$type>::router(self)
            }
            fn route(&self, path: &str) -> Option<String> {
                let route: fn(&Self, &str) -> Option<String> = $route;
                route(self, path)
            }
            fn is_down(&self, path: &str) -> bool {
                let down: fn(&Self, &str) -> bool = $down;
                down(self, path)
            }
            fn dump(&self) -> Value {
                <$type>::dump(self)
            }
            fn replace(&self, state: Value) -> Result<(), String> {
                <$type>::replace(self, state)
            }
        }
    };
}

service!(crate::quay::Quay, "quay", |quay, path| quay.route(path), |_, _| false);
service!(crate::harbor::Harbor, "harbor", |_, path| crate::harbor::Harbor::pattern_of(path), |harbor, path| {
    crate::harbor::Harbor::owns(path) && harbor.is_down()
});
service!(crate::saagie::Saagie, "saagie", |_, _| None, |_, _| false);
