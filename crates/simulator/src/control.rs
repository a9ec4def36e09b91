//! The simulator's own endpoints, below `/-/simulator/`. No fault, latency or count touches them.
//!
//! | request | does |
//! |---|---|
//! | `GET state` | answers all that the simulator holds, with a member per service |
//! | `PATCH state` | changes it: a merge patch if the body is an object, a JSON patch if it is an array |
//! | `GET`, `POST`, `DELETE faults` | lists, adds ([`Fault`]), takes back faults |
//! | `PUT latency` | `{"milliseconds": 50}` waited before every request |
//! | `GET`, `DELETE requests` | answers ([`Requests`](crate::Requests)) and resets the counts |
//! | `GET credentials` | answers the line that the executable printed |
//! | `POST collect-garbage` | frees the names of deleted namespaces |
//! | `POST images` | puts an image into a repository ([`NewImage`]), as a push would; answers `{"digest": "sha256:..."}` |
//! | `POST harbor/restart` | starts Harbor's process again where it has ended |
//! | `POST reset` | forgets all that was made, faults, latency and counts |

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::faults::Fault;
use crate::gateway::Gateway;
use crate::quay::NewImage;

/// Body of `PUT latency`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Latency {
    milliseconds: u64,
}

type At = State<Arc<Gateway>>;

/// The endpoints.
pub(crate) fn router(gateway: Arc<Gateway>) -> Router {
    let endpoints = Router::new()
        .route("/state", get(dump).patch(edit))
        .route("/faults", get(waiting_faults).post(add_fault).delete(clear_faults))
        .route("/latency", put(set_latency))
        .route("/requests", get(requests).delete(reset_requests))
        .route("/credentials", get(credentials))
        .route("/collect-garbage", post(collect_garbage))
        .route("/images", post(push))
        .route("/harbor/restart", post(restart_harbor))
        .route("/reset", post(reset))
        .with_state(gateway);
    Router::new().nest("/-/simulator", endpoints)
}

async fn dump(State(gateway): At) -> impl IntoResponse {
    Json(gateway.dump())
}

async fn edit(State(gateway): At, Json(patch): Json<Value>) -> Result<StatusCode, (StatusCode, String)> {
    gateway.edit(&patch).map(|()| StatusCode::NO_CONTENT).map_err(|error| (StatusCode::UNPROCESSABLE_ENTITY, error))
}

async fn waiting_faults(State(gateway): At) -> impl IntoResponse {
    Json(gateway.faults.waiting())
}

async fn add_fault(State(gateway): At, Json(fault): Json<Fault>) -> StatusCode {
    gateway.faults.add(fault);
    StatusCode::NO_CONTENT
}

async fn clear_faults(State(gateway): At) -> StatusCode {
    gateway.clear_faults();
    StatusCode::NO_CONTENT
}

async fn set_latency(State(gateway): At, Json(latency): Json<Latency>) -> StatusCode {
    gateway.set_latency(Duration::from_millis(latency.milliseconds));
    StatusCode::NO_CONTENT
}

async fn requests(State(gateway): At) -> impl IntoResponse {
    Json(gateway.request_counts.requests())
}

async fn reset_requests(State(gateway): At) -> StatusCode {
    gateway.request_counts.reset();
    StatusCode::NO_CONTENT
}

async fn credentials(State(gateway): At) -> impl IntoResponse {
    Json(json!(gateway.credentials()))
}

async fn collect_garbage(State(gateway): At) -> StatusCode {
    gateway.quay().collect_garbage();
    StatusCode::NO_CONTENT
}

async fn push(State(gateway): At, Json(image): Json<NewImage>) -> Result<Json<Value>, (StatusCode, String)> {
    let digest = gateway.quay().push(&image).map_err(|error| (StatusCode::UNPROCESSABLE_ENTITY, error))?;
    Ok(Json(json!({"digest": digest})))
}

async fn restart_harbor(State(gateway): At) -> StatusCode {
    gateway.harbor().restart();
    StatusCode::NO_CONTENT
}

async fn reset(State(gateway): At) -> StatusCode {
    gateway.reset();
    StatusCode::NO_CONTENT
}
