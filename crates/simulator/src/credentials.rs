//! What logs in to the simulated services.

use serde::Serialize;

/// Where the simulator listens and what logs in to it: the one line of JSON that the executable prints.
#[derive(Serialize)]
pub struct Credentials {
    /// `http://127.0.0.1:<port>`, without a slash at its end.
    pub url: String,
    /// Token of Quay's superuser `admin`, with all scopes.
    pub quay_token: String,
    /// Harbor's administrator.
    pub harbor_username: String,
    /// Password of Harbor's administrator.
    pub harbor_password: String,
    /// Saagie's user.
    pub saagie_username: String,
    /// Password of Saagie's user.
    pub saagie_password: String,
    /// Realm in which Saagie's user logs in.
    pub saagie_realm: String,
    /// Platform that holds the project.
    pub saagie_platform_id: String,
    /// A project that exists from the start.
    pub saagie_project_id: String,
}
