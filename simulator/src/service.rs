//! What a simulated service is to the rest of the simulator.

use std::sync::Arc;

use axum::Router;
use serde_json::Value;

/// A simulated server: routes over a state of its own, which can be read and replaced as a whole.
///
/// Implement the methods on the type itself, and add a line `service!` below. Routes are full paths (`/api/v1/...`) and no
/// fallback, because all services are merged into one router. A handler changes its state in one go, without awaiting in
/// between: edits run on the same thread and rely on it.
pub trait Service: Send + Sync + 'static {
    /// The service's member in the simulator's dump.
    fn name(&self) -> &'static str;

    /// Its routes.
    fn router(self: Arc<Self>) -> Router;

    /// Its whole state, secrets included.
    fn dump(&self) -> Value;

    /// Puts another state in place.
    ///
    /// # Errors
    /// What makes it no state of this service.
    fn replace(&self, state: Value) -> Result<(), String>;
}

macro_rules! service {
    ($type:ty, $name:literal) => {
        impl Service for $type {
            fn name(&self) -> &'static str {
                $name
            }
            fn router(self: Arc<Self>) -> Router {
                <$type>::router(self)
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

service!(crate::quay::Quay, "quay");
// service!(crate::harbor::Harbor, "harbor");
// service!(crate::saagie::Saagie, "saagie");
