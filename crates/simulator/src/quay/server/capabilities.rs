//! What the registry can do with images: `registry/capabilities`.

use serde_json::json;

use crate::quay::call::Call;
use crate::quay::mirrors::repository_mirror_rules::ARCHITECTURES;
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;

pub(super) const ROUTES: &[Route] = &[Route::new("registry/capabilities", &[("GET", get)])];

/// For everybody.
fn get(state: &mut State, _: &Call) -> Outcome {
    let sparse = state.feature("FEATURE_SPARSE_INDEX");
    Ok(Reply::ok(json!({
        "sparse_manifests": {
            "supported": sparse,
            "required_architectures": [],
            "optional_architectures_allowed": sparse,
        },
        "mirror_architectures": ARCHITECTURES,
    })))
}
