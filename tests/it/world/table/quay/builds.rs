//! Quay: build triggers, which are begun in a browser.

use serde_json::{Value as Json, json};

use super::*;

/// A trigger that is set up, of a repository at GitHub.
pub(crate) const ACTIVE: &str = "5b1b7d46-9f3b-4d2a-8f6c-1f0f2a1d9c11";
/// A build that waits.
pub(crate) const BUILD: &str = "2d37484e-fd51-4062-874f-971bacdba6fc";
/// A trigger that was begun.
pub(crate) const FIRST: &str = "65ce5f88-10aa-4592-a4f4-79c3e7268ebc";
const SECOND: &str = "aea3e1e0-2adb-4ef3-91f6-8050a1246277";

/// A patch to repository `acme/app`.
fn app(content: Json) -> Json {
    json!({ "quay": { "repositories": { "acme/app": content } } })
}

/// Triggers that were begun.
pub(crate) fn begun() -> Json {
    let trigger = |number: u64| json!({ "number": number, "service": "custom-git", "connected_user": "admin" });
    app(json!({ "triggers": { FIRST: trigger(1), SECOND: trigger(2) } }))
}

/// A trigger that is set up, of a plain Git server.
pub(crate) fn reporting() -> Json {
    let address =
        format!("http://$token:{}@localhost:8080/webhooks/push/trigger/{FIRST}", "LZRECOS0NJEH7EU0MXPCDOX215BZBVCJ");
    let credentials = json!([{ "name": "SSH Public Key", "value": "ssh-rsa AAAA" }, { "name": "Webhook Endpoint URL", "value": address }]);
    let config = json!({ "build_source": "git@git.example.com:team/app.git", "dockerfile_path": "/Dockerfile", "context": "/",
        "credentials": credentials });
    app(
        json!({ "triggers": { FIRST: { "number": 1, "service": "custom-git", "connected_user": "admin", "config": config } } }),
    )
}

/// A trigger that is set up, and what GitHub would tell.
pub(crate) fn active() -> Json {
    let source = json!({ "name": "app", "full_name": "team/app", "description": "", "last_updated": 1_795_183_552,
        "url": "https://github.com/team/app", "has_admin_permissions": true, "private": false });
    let team = json!({ "personal": false, "score": 1, "avatar_url": null, "url": "https://github.com/team", "id": "team", "title": "Team" });
    let somebody =
        json!({ "username": "mo", "url": "https://github.com/mo", "avatar_url": "https://avatars.example.com/mo" });
    let commit = json!({ "short_sha": "8f1c2d3", "url": "https://github.com/team/app/commit/8f1c2d3", "message": "Start",
        "date": "Fri, 20 Nov 2026 14:09:25 GMT", "author": somebody, "committer": { "username": "web-flow" } });
    let remote = json!({ "namespaces": [team], "sources": { "team": [source] }, "default_branch": "main", "commit_info": commit,
        "branches": { "main": "8f1c2d3e4b5a69788776655443322110ffeeddcc" }, "tags": { "v1": "1f1c2d3e4b5a69788776655443322110ffeeddcc" },
        "dockerfiles": { "Dockerfile": "alpine:3", "web/Dockerfile": "alpine:3" } });
    let config = json!({ "build_source": "team/app", "dockerfile_path": "/Dockerfile", "context": "/", "hook_id": 1 });
    let trigger =
        json!({ "number": 1, "service": "github", "connected_user": "admin", "config": config, "remote": remote });
    let mut state = app(json!({ "triggers": { ACTIVE: trigger } }));
    state["quay"]["builder"] = json!(["build-scheduled", "building", "complete"]);
    state
}

/// A build that waits, or whose logs are archived.
pub(crate) fn building(archived: bool) -> Json {
    app(json!({ "builds": { BUILD: { "number": 1, "phase": if archived { "complete" } else { "waiting" },
        "started": "Fri, 20 Nov 2026 14:21:26 -0000", "display_name": "b9d3939", "subdirectory": "/Dockerfile", "context": "/",
        "tags": ["latest"], "manual_user": "admin", "archive_url": "https://sources.example.com/app.tar.gz",
        "logs": [{ "type": "phase", "message": "waiting" }], "logs_archived": archived } } }))
}

/// A server that builds.
pub(in crate::world::table) fn builder() -> Json {
    json!({ "quay": { "builder": ["build-scheduled", "building", "complete"] } })
}

pub(super) fn cases() -> Vec<Case> {
    // The repository is there before, for a trigger is begun in it. What is destroyed is then less than what was there at first.
    let mut there = begun();
    let app = json!({ "number": 900_000, "description": "", "is_public": false, "state": "NORMAL", "status_token": "s", "users": {},
        "teams": {} });
    let app = with(app, there["quay"]["repositories"]["acme/app"].clone());
    there["quay"]["repositories"]["acme/app"] = app;
    let before = [organization("acme")];
    let robot = [organization("acme"), robot("ci")];
    let first = json!({ "namespace": "acme", "repository": "app", "trigger_id": FIRST,
        "build_source": "git@git.example.com:team/app.git" });
    let kept = with(
        first.clone(),
        json!({ "store_webhook_url": true, "pull_robot": "acme+ci", "tag_templates": ["${commit}"] }),
    );
    let second = |config: &Json| with(config.clone(), json!({ "trigger_id": SECOND, "context": "/app" }));
    let off = |config: &Json| with(config.clone(), json!({ "enabled": false }));
    vec![
        Case::new("quay_build_trigger", "", first.clone(), off(&first), second(&first))
            .after(before)
            .beside(there.clone())
            .leaving(),
        Case::new(
            "quay_build_trigger",
            "with a robot, and its address stored",
            kept.clone(),
            off(&kept),
            second(&kept),
        )
        .after(robot)
        .beside(there)
        .leaving()
        .storing(&["webhook_url"]),
    ]
}
