//! What Harbor shows to nobody, and the proof that a login is one.

use registry_simulator::{Action as Does, Fault, Options};
use serde_json::json;

use super::{CURRENT, harbor, login_of, may, open_reads, project, robot_of_system, wrong};
use crate::bad_input::tells_all;
use crate::core::text;
use crate::world::inspect::edit;
use crate::world::{Service, Through, World};

/// Harbor answers wrong credentials there with 200, as nobody's, and shows what is public.
#[tokio::test]
async fn what_harbor_shows_to_nobody_is_not_all_that_there_is() {
    let may = json!([may("*", &[("repository", "pull")])]);
    let (world, made) =
        harbor(&[project("public", true), project("private", false), robot_of_system("caller", may)]).await;
    let login = login_of(&world, &made[2]);
    edit(&world, json!({ "harbor": { "robots": { "rows": { "1": { "disabled": true } } } } }));
    let nobody = json!({ "username": "nosuch", "password": "Wrong-Passw0rd" });
    for settings in [wrong(&world), nobody, login] {
        for at in 0..open_reads(&world.command().await).await.len() {
            // Each on its own: the first failure must not be what the others need.
            let command = world.command_with(settings.clone()).await;
            let (what, said) = open_reads(&command).await.swap_remove(at);
            let said = said.unwrap_or_else(|| panic!("{what} as {settings} is taken for whole"));
            tells_all(&world, &said, &["401", "does not accept the credentials", "`password`"]);
        }
    }
}

#[tokio::test]
async fn a_login_is_proven_once_and_only_when_it_has_to_be() {
    let system = [("project", "list"), ("quota", "list")];
    let permissions = json!([may("/", &system), may("*", &[("project", "read"), ("quota", "read")])]);
    let (world, made) =
        harbor(&[project("public", true), project("private", false), robot_of_system("caller", permissions)]).await;
    let login = login_of(&world, &made[2]);
    for settings in [json!({}), login] {
        let command = world.command_with(settings).await;
        world.simulator.reset_requests();
        command.refresh(&made[0]).await.unwrap().expect("it is there");
        assert_eq!(world.simulator.requests().of("GET", CURRENT), 0, "an object that is shown is what it is");
        let lists = (0..8).map(|_| command.core.list("harbor_project", json!({})));
        for listed in futures::future::join_all(lists).await {
            let listed = format!("{:?}", listed.unwrap());
            assert!(listed.contains("private") && listed.contains("public"), "{listed}");
        }
        for (what, said) in open_reads(&command).await {
            assert!(said.is_none(), "{what}: {}", text(&said.unwrap()));
        }
        assert_eq!(world.simulator.requests().of("GET", CURRENT), 1);
    }
}

/// Also where many reads become one list.
#[tokio::test]
async fn many_projects_are_refreshed_with_one_proof() {
    let names: Vec<String> = (0..6).map(|n| format!("p{n}")).collect();
    let resources: Vec<_> = names.iter().map(|name| project(name, true)).collect();
    let (world, made) = harbor(&resources).await;
    let command = world.command().await;
    world.simulator.reset_requests();
    for seen in futures::future::join_all(made.iter().map(|one| command.refresh(one))).await {
        assert!(seen.unwrap().is_some());
    }
    assert_eq!(world.simulator.requests().of("GET", CURRENT), 1);
    let command = world.command_with(wrong(&world)).await;
    for seen in futures::future::join_all(made.iter().map(|one| command.refresh(one))).await {
        tells_all(&world, &seen.expect_err("nobody sees it whole"), &["401", "`password`"]);
    }
}

#[tokio::test]
async fn a_proof_that_failed_is_tried_again() {
    let (world, _) = harbor(&[project("private", false)]).await;
    let command = world.command_with(json!({ "max_retries": 0 })).await;
    world.simulator.fault(Fault::once("GET", CURRENT, Does::answer(503, "")));
    let said = command.core.list("harbor_project", json!({})).await.expect_err("nothing is proven");
    tells_all(&world, &said, &["503", "read whose the credentials are"]);
    assert!(command.core.list("harbor_project", json!({})).await.is_ok());
}

/// A login page, or a proxy's 412, knows nobody.
#[tokio::test]
async fn only_a_user_or_harbors_own_refusal_proves_a_login() {
    let (world, _) = harbor(&[project("public", true), project("private", false)]).await;
    let answer = |status, content_type: &str, body: &str| Does::Answer {
        status,
        content_type: content_type.to_owned(),
        body: body.to_owned(),
        headers: Vec::new(),
    };
    for does in [
        answer(200, "application/json", r#"{"message":"sign in"}"#),
        answer(200, "application/json", "{}"),
        answer(200, "text/html", "<html>Sign in</html>"),
        answer(412, "text/html", "<html>Precondition Failed</html>"),
        answer(412, "application/json", r#"{"errors":[{"code":"UNKNOWN","message":"no"}]}"#),
    ] {
        world.simulator.clear_faults();
        world.simulator.fault(Fault::once("GET", CURRENT, does.clone()).times(u32::MAX));
        let command = world.command_with(json!({ "max_retries": 0 })).await;
        let said = command.core.list("harbor_project", json!({})).await.expect_err("nothing is proven");
        tells_all(&world, &said, &["read whose the credentials are"]);
    }
    // The deletion that a proxy refuses is no conflict with what the project holds.
    world.simulator.clear_faults();
    let made = world.command().await.core.run("harbor_project", None, json!({ "name": "acme" })).await.unwrap();
    world.simulator.fault(Fault::once(
        "DELETE",
        "/api/v2.0/projects/acme",
        answer(412, "text/html", "<html>No</html>"),
    ));
    let left = world.command().await.core.destroy(&made).await;
    assert!(left.instance.is_some(), "it stays in the state");
    tells_all(&world, &left.diagnostics, &["did not come from a Harbor"]);
}

/// Whether a wrong password locks the name for a moment or not, it is told, and the right one works after it.
#[tokio::test]
async fn a_wrong_password_of_harbor_may_lock_the_name() {
    for lock_failed_logins in [false, true] {
        let mut options = Options::default();
        options.harbor.lock_failed_logins = lock_failed_logins;
        let world = World::with(Service::Harbor, Through::Calls, options);
        let clock = |moment: &str| world.simulator.edit(json!({ "harbor": { "clock": { "fixed": moment } } })).unwrap();
        clock("2026-01-01T00:00:00.000Z");
        let made = world.command().await.core.run("harbor_project", None, json!({ "name": "acme" })).await.unwrap();
        let command = world.command_with(json!({ "password": "Wrong-Passw0rd" })).await;
        world.witness.learn_secret("Wrong-Passw0rd");
        let said = command.core.refresh(&made).await.expect_err("it is wrong");
        tells_all(&world, &said, &["401", "the user is locked after failed logins", "`password`"]);
        let right = world.command().await.core.refresh(&made).await;
        assert_eq!(right.is_err(), lock_failed_logins);
        if let Err(said) = right {
            tells_all(&world, &said, &["401", "the user is locked after failed logins"]);
        }
        clock("2026-01-01T00:00:02.000Z");
        assert!(world.command().await.core.refresh(&made).await.is_ok_and(|read| read.is_some()));
    }
}
