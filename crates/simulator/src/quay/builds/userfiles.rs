//! Files that builds are made from: `/userfiles/{id}`, which asks nobody for a token; and the storage that takes them itself, where the
//! server has one.

use axum::body::{Body, to_bytes};
use axum::extract::{Path, RawQuery, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::quay::state::SharedState;

pub(crate) const PATH: &str = "/userfiles/{file_id}";
pub(crate) const STORED: &str = "/quay-bucket/userfiles/{file_id}";

/// The largest body that nginx takes where nobody tells it otherwise. From the source: Quay does not, for these files.
const LARGEST: usize = 1 << 20;
const TOO_LARGE: &str = "<html>\r\n<head><title>413 Request Entity Too Large</title></head>\r\n<body>\r\n\
                         <center><h1>413 Request Entity Too Large</h1></center>\r\n<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n";

/// Takes a file that was announced; what was not is taken too, and nobody will find it.
pub(crate) async fn put(Shared(state): Shared<SharedState>, Path(id): Path<String>, content: Body) -> Response {
    let content = to_bytes(content, usize::MAX).await.unwrap_or_default();
    if content.len() > LARGEST {
        let html = [(header::CONTENT_TYPE, "text/html")];
        return (StatusCode::PAYLOAD_TOO_LARGE, html, TOO_LARGE).into_response();
    }
    if let Some(file) = state.lock().files.get_mut(&id) {
        file.content = Some(STANDARD.encode(content));
    }
    "Okay".into_response()
}

/// Gives it back.
pub(crate) async fn get(Shared(state): Shared<SharedState>, Path(id): Path<String>) -> Response {
    let state = state.lock();
    let content = state.files.get(&id).and_then(|file| STANDARD.decode(file.content.as_ref()?).ok());
    content.map_or_else(|| StatusCode::NOT_FOUND.into_response(), IntoResponse::into_response)
}

/// The address of a file at the storage, signed as Amazon's are.
pub(super) fn signed(storage: &str, id: &str, signature: &str) -> String {
    format!(
        "{storage}/quay-bucket/userfiles/{id}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAEXAMPLE%2F20261120%2Fus-east-1%2Fs3%2F\
         aws4_request&X-Amz-Date=20261120T140000Z&X-Amz-Expires=300&X-Amz-SignedHeaders=content-type%3Bhost&X-Amz-Signature={signature}"
    )
}

/// Takes a file as Amazon's storage does: at an address that is signed, for the kind of file that was announced, and from nobody who also says
/// who they are. Keeps the headers.
pub(crate) async fn store(
    Shared(state): Shared<SharedState>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    content: Body,
) -> Response {
    let content = to_bytes(content, usize::MAX).await.unwrap_or_default();
    let refused = |status: StatusCode, code: &str, why: &str| {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{why}</Message><Query>{}</Query></Error>",
            query.as_deref().unwrap_or_default()
        );
        (status, [(header::CONTENT_TYPE, "application/xml")], body).into_response()
    };
    if headers.contains_key(header::AUTHORIZATION) {
        return refused(StatusCode::BAD_REQUEST, "InvalidArgument", "Only one auth mechanism allowed");
    }
    let mut state = state.lock();
    let found = state.files.get_mut(&id);
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let signature =
        query.as_deref().and_then(|query| query.split_once("&X-Amz-Signature=")).map(|(_, signature)| signature);
    let found = found.filter(|file| signature.is_some() && file.signature.as_deref() == signature);
    let Some(file) = found.filter(|file| kind == Some(file.kind.as_str())) else {
        let why = "The request signature we calculated does not match the signature you provided.";
        return refused(StatusCode::FORBIDDEN, "SignatureDoesNotMatch", why);
    };
    file.content = Some(STANDARD.encode(content));
    let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    file.headers = headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    StatusCode::OK.into_response()
}
