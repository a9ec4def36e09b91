//! OAuth applications and their tokens, and application tokens.

use serde_json::{Value as Json, json};

use super::*;

pub(super) fn cases() -> Vec<Case> {
    [applications(), app_tokens()].concat()
}

fn applications() -> Vec<Case> {
    let app = json!({ "organization": "acme", "name": "Board", "description": "d", "rotation": "1" });
    let kept = with(app.clone(), json!({ "store_client_secret": true, "avatar_email": "a@example.com" }));
    let more =
        json!({ "name": "Other", "description": "e", "redirect_uri": "https://b.example.com/", "rotation": "2" });
    let token = json!({ "organization": "acme", "client_id": CLIENT, "name": "t", "scopes": ["repo:read"] });
    let stored = with(token.clone(), json!({ "store_token": true, "expiration_s": 3600, "rotation": "1" }));
    let application = ("quay_oauth_application", json!({ "organization": "acme", "name": "Board" }));
    vec![
        Case::new(
            "quay_oauth_application",
            "",
            app.clone(),
            with(app.clone(), more.clone()),
            with(app, json!({ "organization": "acme2" })),
        )
        .after([organization("acme"), organization("acme2")]),
        Case::new("quay_oauth_application", "with its secret stored", kept.clone(), with(kept, more), Json::Null)
            .after([organization("acme")])
            .storing(&["client_secret"]),
        Case::new(
            "quay_oauth_application_token",
            "",
            token.clone(),
            Json::Null,
            with(token, json!({ "scopes": ["repo:write"] })),
        )
        .after([organization("acme"), application.clone()]),
        Case::new(
            "quay_oauth_application_token",
            "stored",
            stored.clone(),
            Json::Null,
            with(stored, json!({ "rotation": "2" })),
        )
        .after([organization("acme"), application])
        .storing(&["token"]),
    ]
}

fn app_tokens() -> Vec<Case> {
    let token = json!({ "title": "laptop", "rotation": "1" });
    let stored = with(token.clone(), json!({ "store_token": true }));
    vec![
        Case::new("quay_app_token", "", token.clone(), Json::Null, with(token, json!({ "title": "desk" }))),
        Case::new("quay_app_token", "stored", stored.clone(), Json::Null, with(stored, json!({ "rotation": "2" })))
            .storing(&["token", "docker_config_json"]),
    ]
}
