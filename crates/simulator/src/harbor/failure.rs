//! The errors that a handler can answer with, each with its status, its code and its words.

/// An error answer, put on the wire as `{"errors":[{"code":…,"message":…}]}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// HTTP status.
    pub(super) status: u16,
    /// Code of the envelope, such as `NOT_FOUND`.
    pub(super) code: &'static str,
    /// Words of the envelope.
    pub(super) message: String,
}

impl Failure {
    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    /// 400 with a message of its own.
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BAD_REQUEST", message)
    }

    /// 400 whose message is composed of the general one and a cause.
    pub(super) fn bad_request_because(cause: impl AsRef<str>) -> Self {
        Self::bad_request(format!("bad request: {}", cause.as_ref()))
    }

    /// 401: a known caller is needed.
    pub(super) fn unauthorized() -> Self {
        Self::unauthorized_saying("unauthorized")
    }

    /// 401 with other words.
    pub(super) fn unauthorized_saying(message: &str) -> Self {
        Self::new(401, "UNAUTHORIZED", message)
    }

    /// 403 as the checks on a project answer it.
    pub(super) fn forbidden() -> Self {
        Self::forbidden_saying("forbidden")
    }

    /// 403 with other words; checks on the system put the caller's name there.
    pub(super) fn forbidden_saying(message: impl Into<String>) -> Self {
        Self::new(403, "FORBIDDEN", message)
    }

    /// 403 for something that nobody may do now.
    pub(super) fn denied(message: impl Into<String>) -> Self {
        Self::new(403, "DENIED", message)
    }

    /// 404 for an object.
    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, "NOT_FOUND", message)
    }

    /// 404 for a path that no operation has. go-openapi numbers it itself, hence the code.
    pub(super) fn no_such_path(path: &str) -> Self {
        Self::new(404, "NOT_FOUND", format!("path {path} was not found"))
    }

    /// 405 for a path that has other methods.
    pub(super) fn no_such_method(method: &str, allowed: &[&str]) -> Self {
        let message = format!("method {method} is not allowed, but [{}] are", allowed.join(","));
        Self::new(405, "METHOD_NOT_ALLOWED", message)
    }

    /// 409: the name is taken.
    pub(super) fn conflict(message: impl Into<String>) -> Self {
        Self::new(409, "CONFLICT", message)
    }

    /// 412 with the general words and a cause.
    pub(super) fn precondition_because(cause: impl AsRef<str>) -> Self {
        Self::precondition(format!("precondition failed: {}", cause.as_ref()))
    }

    /// 412 with a message of its own.
    pub(super) fn precondition(message: impl Into<String>) -> Self {
        Self::new(412, "PRECONDITION", message)
    }

    /// 422: the request does not fit the API description. Found before the handler, and before access is checked.
    pub(super) fn invalid(problem: impl AsRef<str>) -> Self {
        Self::new(422, "UNPROCESSABLE_ENTITY", format!("validation failure list:\n{}", problem.as_ref()))
    }

    /// 422 as models say it that check themselves: their list stands in that of the request.
    pub(super) fn invalid_model(problem: impl AsRef<str>) -> Self {
        Self::invalid(format!("validation failure list:\n{}", problem.as_ref()))
    }

    /// 500 of a handler that panicked: nothing but the status.
    pub(super) fn crash() -> Self {
        Self::new(500, "", "")
    }

    /// Whether this is [`Self::crash`].
    pub(super) fn is_crash(&self) -> bool {
        self.code.is_empty()
    }

    /// 500, whose words are always replaced. Many mistakes of a caller surface as this.
    pub(super) fn internal() -> Self {
        Self::new(500, "UNKNOWN", "internal server error")
    }
}
