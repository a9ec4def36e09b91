//! `rotation` and versions act on a change from one value to another, never on null to a value: setting them after an import sends no
//! request.

use serde_json::{Value as Json, json};

use crate::core::Action;
use crate::harbor::may;
use crate::world::inspect::{held, string};
use crate::world::{Service, Through, World, merged};

/// Arguments that only the provider knows, set after an import, and then changed.
struct Case {
    kind: &'static str,
    /// What must be there first.
    before: Vec<(&'static str, Json)>,
    config: Json,
    /// Set after the import.
    set: Json,
    /// Changed from that; null where there is nothing more to change.
    changed: Json,
}

fn cases() -> Vec<Case> {
    let case = |kind, config, set, changed| Case { kind, before: Vec::new(), config, set, changed };
    let acme = ("quay_organization", json!({ "name": "acme" }));
    let reader = json!({ "name": "ci", "level": "system", "permissions": [may("*", &[("repository", "pull")])] });
    let login =
        json!({ "project_id": crate::world::table::PROJECT, "registry": "quay.example.com", "username": "acme+ci" });
    let force = json!({ "force_destroy": true });
    vec![
        case("quay_organization", acme.1.clone(), force.clone(), Json::Null),
        Case {
            before: vec![acme.clone()],
            ..case("quay_repository", json!({ "namespace": "acme", "name": "app" }), force.clone(), Json::Null)
        },
        case("harbor_project", json!({ "name": "acme", "severity": "low" }), force, Json::Null),
        Case {
            before: vec![acme],
            ..case(
                "quay_robot",
                json!({ "namespace": "acme", "name": "ci" }),
                json!({ "rotation": "1" }),
                json!({ "rotation": "2" }),
            )
        },
        case("harbor_robot", reader.clone(), json!({ "rotation": "1" }), json!({ "rotation": "2" })),
        case("harbor_robot", reader.clone(), json!({ "store_secret": true }), Json::Null),
        case(
            "harbor_robot",
            reader,
            json!({ "secret_wo": "Unseen-Secret-1", "secret_wo_version": 1 }),
            json!({ "secret_wo": "Unseen-Secret-2", "secret_wo_version": 2 }),
        ),
        case(
            "quay_user",
            json!({ "username": "dave", "email": "dave@example.com" }),
            json!({ "password_wo": "Passw0rd-write-only", "password_wo_version": 1 }),
            json!({ "password_wo": "Passw0rd-write-only-2", "password_wo_version": 2 }),
        ),
        Case {
            set: json!({ "password": null, "password_wo": "Passw0rd-write-only", "password_wo_version": 1 }),
            changed: json!({ "password": null, "password_wo": "Passw0rd-write-only-2", "password_wo_version": 2 }),
            ..case(
                "saagie_docker_credentials",
                merged(login, json!({ "password": "Passw0rd-of-the-beginning" })),
                Json::Null,
                Json::Null,
            )
        },
    ]
}

#[tokio::test]
async fn what_is_set_after_an_import_sends_no_request_and_changing_it_does() {
    for case in cases() {
        let service = *Service::ALL.iter().find(|service| case.kind.starts_with(service.word())).unwrap();
        let world = World::new(service, Through::Calls);
        let command = world.command().await;
        for (kind, config) in &case.before {
            command.core.run(kind, None, config.clone()).await.unwrap();
        }
        let config = world.configuration(&case.config);
        let made = command.core.run(case.kind, None, config.clone()).await.unwrap();
        let before = held(&world);

        let command = world.command().await;
        let imported = command.core.import(case.kind, &string(&made, "id"), None).await.unwrap();
        let set = merged(config.clone(), case.set.clone());
        let plan = command.core.plan(case.kind, Some(&imported), set.clone()).await.unwrap();
        assert_eq!(plan.action, Action::Update, "{}: {}", case.kind, case.set);
        world.simulator.reset_requests();
        let applied = command.core.apply(plan).await.unwrap();
        assert_eq!(world.simulator.requests().total, 0, "{}: {}", case.kind, case.set);
        assert_eq!(held(&world), before, "{}: {}", case.kind, case.set);
        command.is_settled(&applied, set).await.unwrap();

        if !case.changed.is_null() {
            let changed = merged(config, case.changed.clone());
            command.apply(case.kind, Some(&applied), Some(changed)).await.unwrap();
            assert_ne!(held(&world), before, "{}: {}", case.kind, case.changed);
        }
    }
}

#[tokio::test]
async fn a_token_that_is_to_be_stored_after_an_import_is_read_and_not_regenerated() {
    let world = World::new(Service::Quay, Through::Calls);
    let command = world.command().await;
    command.core.run("quay_organization", None, json!({ "name": "acme" })).await.unwrap();
    let config = json!({ "namespace": "acme", "name": "ci" });
    command.core.run("quay_robot", None, config.clone()).await.unwrap();
    let before = held(&world);
    let imported = command.core.import("quay_robot", "acme+ci", None).await.unwrap();
    let stores = merged(config, json!({ "store_token": true }));
    let plan = command.core.plan("quay_robot", Some(&imported), stores).await.unwrap();
    world.simulator.reset_requests();
    let applied = command.core.apply(plan).await.unwrap();
    let requests = world.simulator.requests();
    assert_eq!((requests.total, requests.of_method("GET")), (1, 1));
    assert_eq!(held(&world), before);
    assert_eq!(json!(string(&applied, "token")), before["quay"]["robots"]["acme+ci"]["token"]);
}
