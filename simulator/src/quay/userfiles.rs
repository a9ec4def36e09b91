//! Files that builds are made from: `/userfiles/{id}`, which asks nobody for a token.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Quay;

pub(super) const PATH: &str = "/userfiles/{file_id}";

/// Takes a file that was announced; what was not is taken too, and nobody will find it.
pub(super) async fn put(Shared(quay): Shared<Arc<Quay>>, Path(id): Path<String>, content: Bytes) -> Response {
    if let Some(file) = quay.state().files.get_mut(&id) {
        file.content = Some(STANDARD.encode(content));
    }
    "Okay".into_response()
}

/// Gives it back.
pub(super) async fn get(Shared(quay): Shared<Arc<Quay>>, Path(id): Path<String>) -> Response {
    let state = quay.state();
    let content = state.files.get(&id).and_then(|file| STANDARD.decode(file.content.as_ref()?).ok());
    content.map_or_else(|| StatusCode::NOT_FOUND.into_response(), IntoResponse::into_response)
}
