//! Credentials of Docker registries.

use registry_simulator::{Action as Does, Fault, Options};
use serde_json::json;

use crate::bad_input::says;
use crate::core::text;
use crate::world::inspect::{attributes, read, string};
use crate::world::{Service, Through, World};

#[tokio::test]
async fn credentials_by_id_and_by_login_are_the_same() {
    let world = World::new(Service::Saagie, Through::Calls);
    let command = world.command().await;
    let project = world.simulator.credentials().saagie_project_id.clone();
    let kind = "saagie_docker_credentials";
    for registry in [json!("quay.example.com"), json!(null)] {
        let login =
            json!({ "project_id": project, "registry": registry, "username": "u", "password": "Passw0rd-of-u" });
        let made = command.core.run(kind, None, login).await.unwrap();
        let id = string(&made, "credentials_id");
        let by_id = read(&command, kind, json!({ "project_id": project, "credentials_id": id })).await.unwrap();
        let asked = json!({ "project_id": project, "registry": registry, "username": "u" });
        assert_eq!(by_id, read(&command, kind, asked).await.unwrap());
        let names = ["credentials_id", "registry", "username", "last_update", "jobs"];
        assert_eq!(attributes(&by_id, &names), attributes(&made.state, &names));
    }
    let nowhere = json!({ "project_id": project, "credentials_id": "5e923c6e-910b-4bc9-ab9e-e8ddf3415e80" });
    let said = read(&command, kind, nowhere).await.expect_err("there are none");
    assert!(text(&said).contains("5e923c6e-910b-4bc9-ab9e-e8ddf3415e80"), "{}", text(&said));
}

/// An error beside null may mean anything: a server that is down behind its gateway, a right that was taken.
#[tokio::test]
async fn an_error_of_saagie_is_not_taken_for_an_absence() {
    let world = World::new(Service::Saagie, Through::Calls);
    let command = world.command().await;
    let project = world.simulator.credentials().saagie_project_id.clone();
    let config = json!({ "project_id": project, "username": "u", "password": "Passw0rd-of-u" });
    let made = command.core.run("saagie_docker_credentials", None, config).await.unwrap();
    for body in [
        r#"{"errors":[{"message":"Access denied"}],"data":{"dockerCredentials":null,"allDockerCredentials":null}}"#,
        r#"{"errors":[{"message":"Internal server error"}],"data":null}"#,
        r#"{"errors":[{"message":"Service timeout"}]}"#,
        "{}",
        "null",
    ] {
        world.simulator.fault(Fault::once("POST", "/projects/*", Does::answer(200, body)).times(u32::MAX));
        let said = world.command().await.core.refresh(&made).await.expect_err("it is not gone");
        says(&world, &said, &["Cannot ", "/graphql", "200"]);
        world.simulator.clear_faults();
    }
}

/// Whether credentials in use can be deleted is not published: a refusal says who uses them.
#[tokio::test]
async fn credentials_that_a_job_uses() {
    for deletes_used in [false, true] {
        let mut options = Options::default();
        options.saagie.deletes_used = deletes_used;
        let world = World::with(Service::Saagie, Through::Calls, options);
        let project = world.simulator.credentials().saagie_project_id.clone();
        let config = json!({ "project_id": project, "username": "u", "password": "Passw0rd-of-u" });
        let made = world.command().await.core.run("saagie_docker_credentials", None, config).await.unwrap();
        let path = format!("/saagie/projects/{project}/docker_credentials/0/jobs");
        let job = json!({ "id": "0b1f1f5c-5a43-4f53-9b0e-6f4a3e0c7f11", "name": "nightly" });
        world.simulator.edit(json!([{ "op": "replace", "path": path, "value": [job] }])).unwrap();
        let left = world.command().await.apply("saagie_docker_credentials", Some(&made), None).await;
        // The state was asked to hold the password.
        world.witness.leaks();
        let all = world.simulator.dump()["saagie"]["projects"][&project]["docker_credentials"].clone();
        if deletes_used {
            assert!(left.instance.is_none() && !left.diagnostics.has_errors(), "{}", text(&left.diagnostics));
            assert_eq!(all, json!([]));
        } else {
            assert!(left.instance.is_some(), "they stay in the state");
            let words = ["used by 1 jobs", "0b1f1f5c-5a43-4f53-9b0e-6f4a3e0c7f11", "Give these others first"];
            says(&world, &left.diagnostics, &words);
            assert_eq!(all.as_array().map(Vec::len), Some(1));
        }
    }
}
