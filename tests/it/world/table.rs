//! One entry per resource (and per way of using it): what faults, secrets and the like are tried on. A resource without an entry fails
//! a test.

use serde_json::{Value as Json, json};

use super::Service;

/// A resource, as a user has it, changes it and replaces it.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) resource: &'static str,
    /// What is special about this entry.
    pub(crate) variant: &'static str,
    /// What must be there first: types and configurations.
    pub(crate) before: Vec<(&'static str, Json)>,
    pub(crate) config: Json,
    /// Another configuration, which is reached in place; null where every change replaces.
    pub(crate) changed: Json,
    /// Another one, which is reached by a replacement; null where there is none.
    pub(crate) replaced: Json,
    /// The attributes in which this configuration asks for secrets to be kept. They are never null.
    pub(crate) stores: &'static [&'static str],
}

/// Stands for the id of the project that Saagie's simulator starts with.
pub(crate) const PROJECT: &str = "${project}";

impl Case {
    pub(crate) fn service(&self) -> Service {
        let word = self.resource.split('_').next().unwrap_or_default();
        *Service::ALL.iter().find(|service| service.word() == word).expect("the type begins with its provider's name")
    }

    pub(crate) fn name(&self) -> String {
        match self.variant {
            "" => self.resource.to_owned(),
            variant => format!("{} ({variant})", self.resource),
        }
    }

    fn new(resource: &'static str, variant: &'static str, config: Json, changed: Json, replaced: Json) -> Self {
        Self { resource, variant, before: Vec::new(), config, changed, replaced, stores: &[] }
    }

    fn after<const N: usize>(self, before: [(&'static str, Json); N]) -> Self {
        Self { before: before.into(), ..self }
    }

    fn storing(self, stores: &'static [&'static str]) -> Self {
        Self { stores, ..self }
    }
}

fn organization(name: &str) -> (&'static str, Json) {
    ("quay_organization", json!({ "name": name, "email": format!("{name}@example.com") }))
}

fn team(name: &str) -> (&'static str, Json) {
    ("quay_team", json!({ "organization": "acme", "name": name, "role": "member" }))
}

fn robot(name: &str) -> (&'static str, Json) {
    ("quay_robot", json!({ "namespace": "acme", "name": name }))
}

fn repository(name: &str) -> (&'static str, Json) {
    ("quay_repository", json!({ "namespace": "acme", "name": name }))
}

/// The same with some members set.
fn with(mut config: Json, changes: Json) -> Json {
    let changes = changes.as_object().cloned().expect("an object");
    config.as_object_mut().expect("an object").extend(changes);
    config
}

/// All entries.
pub(crate) fn cases() -> Vec<Case> {
    [quay_namespaces(), quay_teams(), quay_permissions(), harbor(), saagie()].concat()
}

fn quay_namespaces() -> Vec<Case> {
    let acme = json!({ "name": "acme", "email": "a@example.com", "tag_expiration_s": 604_800, "invoice_email": true });
    let other =
        json!({ "email": "b@example.com", "tag_expiration_s": 86_400, "invoice_email_address": "i@example.com" });
    let ci = json!({ "namespace": "acme", "name": "ci", "description": "d", "rotation": "1" });
    let kept = with(ci.clone(), json!({ "store_token": true, "unstructured_metadata": "{\"team\":\"x\"}" }));
    let app = json!({ "namespace": "acme", "name": "app", "description": "d" });
    let frozen = with(app.clone(), json!({ "state": "READ_ONLY" }));
    let quota = json!({ "organization": "acme", "limit": "10 GiB", "limits": [
        { "type": "Warning", "threshold_percent": 50 }, { "type": "Reject", "threshold_percent": 90 } ] });
    let more = json!({ "limit": "20 GiB", "limits": [
        { "type": "Warning", "threshold_percent": 60 }, { "type": "Reject", "threshold_percent": 90 } ] });
    vec![
        Case::new(
            "quay_organization",
            "",
            acme.clone(),
            with(acme.clone(), other),
            with(acme, json!({ "name": "acme2" })),
        ),
        Case::new(
            "quay_robot",
            "",
            ci.clone(),
            with(ci.clone(), json!({ "rotation": "2" })),
            with(ci, json!({ "description": "e" })),
        )
        .after([organization("acme")]),
        Case::new(
            "quay_robot",
            "with its token stored",
            kept.clone(),
            with(kept.clone(), json!({ "rotation": "2" })),
            with(kept, json!({ "name": "other" })),
        )
        .after([organization("acme")])
        .storing(&["token", "docker_config_json"]),
        Case::new(
            "quay_robot",
            "of the token's own user",
            json!({ "namespace": "admin", "name": "ci", "store_token": true, "rotation": "1" }),
            json!({ "namespace": "admin", "name": "ci", "store_token": true, "rotation": "2" }),
            Json::Null,
        )
        .storing(&["token", "docker_config_json"]),
        Case::new(
            "quay_repository",
            "",
            app.clone(),
            with(app.clone(), json!({ "description": "e", "visibility": "public", "state": "READ_ONLY" })),
            with(app, json!({ "name": "app/nested" })),
        )
        .after([organization("acme")]),
        Case::new(
            "quay_repository",
            "read-only",
            frozen.clone(),
            with(frozen, json!({ "state": "NORMAL" })),
            Json::Null,
        )
        .after([organization("acme")]),
        Case::new(
            "quay_org_quota",
            "",
            quota.clone(),
            with(quota.clone(), more),
            with(quota, json!({ "organization": "acme2" })),
        )
        .after([organization("acme"), organization("acme2")]),
    ]
}

fn quay_teams() -> Vec<Case> {
    let devs = json!({ "organization": "acme", "name": "devs", "role": "member", "description": "d" });
    let member = json!({ "organization": "acme", "team": "devs", "member": "alice" });
    let members = json!({ "organization": "acme", "team": "devs", "members": ["alice", "acme+ci"] });
    vec![
        Case::new(
            "quay_team",
            "",
            devs.clone(),
            with(devs.clone(), json!({ "role": "creator", "description": "e" })),
            with(devs, json!({ "name": "ops" })),
        )
        .after([organization("acme")]),
        Case::new("quay_team_member", "", member.clone(), Json::Null, with(member, json!({ "member": "acme+ci" })))
            .after([organization("acme"), team("devs"), robot("ci")]),
        Case::new(
            "quay_team_members",
            "",
            members.clone(),
            with(members.clone(), json!({ "members": ["bob", "acme+ci"] })),
            with(members, json!({ "team": "ops" })),
        )
        .after([organization("acme"), team("devs"), team("ops"), robot("ci")]),
    ]
}

fn quay_permissions() -> Vec<Case> {
    let one = |who: &str, name: &str| json!({ "namespace": "acme", "repository": "app", who: name, "role": "read" });
    let all = json!({ "namespace": "acme", "repository": "app", "users": { "alice": "read" },
        "robots": { "acme+ci": "write" }, "teams": { "devs": "admin" } });
    let before = [organization("acme"), repository("app"), repository("other"), robot("ci"), team("devs")];
    vec![
        Case::new(
            "quay_repository_permission",
            "of a robot",
            one("robot", "acme+ci"),
            with(one("robot", "acme+ci"), json!({ "role": "write" })),
            one("user", "alice"),
        )
        .after(before.clone()),
        Case::new(
            "quay_repository_permission",
            "of a team",
            one("team", "devs"),
            with(one("team", "devs"), json!({ "role": "admin" })),
            Json::Null,
        )
        .after(before.clone()),
        Case::new(
            "quay_repository_permissions",
            "",
            all.clone(),
            with(all.clone(), json!({ "users": { "alice": "write", "bob": "read" }, "teams": {} })),
            with(all, json!({ "repository": "other" })),
        )
        .after(before),
    ]
}

fn harbor() -> Vec<Case> {
    let project = |name: &str| ("harbor_project", json!({ "name": name }));
    let acme = json!({ "name": "acme", "public": true, "storage_limit": "10 GiB", "severity": "low",
        "reuse_sys_cve_allowlist": false, "cve_allowlist": { "cve_ids": ["CVE-2019-10164"] } });
    let other = json!({ "public": false, "storage_limit": "20 GiB", "severity": null, "auto_scan": true,
        "cve_allowlist": { "cve_ids": ["CVE-2020-1971"] } });
    let may = |kind: &str, place: &str, actions: &[&str]| {
        let access: Vec<_> = actions.iter().map(|a| json!({ "resource": "repository", "action": a })).collect();
        json!([{ "kind": kind, "namespace": place, "access": access }])
    };
    let ci = json!({ "name": "ci", "level": "project", "project": "acme", "description": "d", "rotation": "1",
        "store_secret": true, "permissions": may("project", "acme", &["pull", "push"]) });
    let system = json!({ "name": "reader", "level": "system", "duration": 30, "disable": true,
        "permissions": may("project", "*", &["pull"]) });
    let chosen = with(system.clone(), json!({ "disable": false, "secret": "Chosen-Secret-1" }));
    let unseen = with(system.clone(), json!({ "secret_wo": "Unseen-Secret-1", "secret_wo_version": 1 }));
    vec![
        Case::new(
            "harbor_project",
            "",
            acme.clone(),
            with(acme.clone(), other),
            with(acme, json!({ "name": "acme2" })),
        ),
        Case::new(
            "harbor_robot",
            "with its secret stored",
            ci.clone(),
            with(ci.clone(), json!({ "rotation": "2", "permissions": may("project", "acme", &["pull"]) })),
            with(ci, json!({ "name": "cd" })),
        )
        .after([project("acme")])
        .storing(&["generated_secret"]),
        Case::new(
            "harbor_robot",
            "of the system",
            system.clone(),
            with(system, json!({ "disable": false, "duration": 60, "description": "d" })),
            Json::Null,
        ),
        Case::new(
            "harbor_robot",
            "with a chosen secret",
            chosen.clone(),
            with(chosen, json!({ "secret": "Chosen-Secret-2", "description": "e" })),
            Json::Null,
        )
        .storing(&["secret"]),
        Case::new(
            "harbor_robot",
            "with a write-only secret",
            unseen.clone(),
            with(unseen, json!({ "secret_wo": "Unseen-Secret-2", "secret_wo_version": 2 })),
            Json::Null,
        ),
    ]
}

fn saagie() -> Vec<Case> {
    let login = json!({ "project_id": PROJECT, "registry": "quay.example.com", "username": "acme+ci" });
    let stored = with(login.clone(), json!({ "password": "Passw0rd-that-is-stored" }));
    let unseen = with(login, json!({ "password_wo": "Passw0rd-write-only", "password_wo_version": 1 }));
    vec![
        Case::new(
            "saagie_docker_credentials",
            "",
            stored.clone(),
            with(stored, json!({ "username": "acme+cd", "password": "Passw0rd-the-second" })),
            Json::Null,
        )
        .storing(&["password"]),
        Case::new(
            "saagie_docker_credentials",
            "with a write-only password",
            unseen.clone(),
            with(unseen, json!({ "password_wo": "Passw0rd-write-only-2", "password_wo_version": 2 })),
            Json::Null,
        ),
    ]
}

/// Adding a resource to a provider adds an entry here.
#[test]
fn every_resource_has_an_entry() {
    let named: std::collections::BTreeSet<_> = cases().iter().map(|case| case.resource.to_owned()).collect();
    let offered = Service::ALL.iter().flat_map(|service| {
        let schema = service.serve().schema().expect("a schema");
        schema.resources.keys().cloned().collect::<Vec<_>>()
    });
    assert_eq!(named, offered.collect());
}
