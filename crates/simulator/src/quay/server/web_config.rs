//! `/config`: what the server tells its own web pages, and so everybody, of its configuration.
//!
//! From Quay's source: a list of settings that anybody may see, and all features without `FEATURE_`.

use axum::Json;
use axum::extract::State as Shared;
use serde_json::{Map, Value, json};

use crate::quay::state::SharedState;

/// Settings that are shown, beside the features.
const SHOWN: &[&str] = &["TAG_EXPIRATION_OPTIONS"];

pub(crate) async fn serve(Shared(state): Shared<SharedState>) -> Json<Value> {
    let state = state.lock();
    let features: Map<String, Value> = state
        .config
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix("FEATURE_")?.to_owned(), value.clone())))
        .collect();
    let config: Map<String, Value> =
        SHOWN.iter().filter_map(|name| Some(((*name).to_owned(), state.config.get(*name)?.clone()))).collect();
    Json(json!({"config": config, "features": features, "registry_state": state.setting("REGISTRY_STATE")}))
}
