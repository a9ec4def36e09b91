//! Archives that are uploaded: through Quay's own web server, or to the storage behind it.

use registry_simulator::{Action as Does, Fault};
use serde_json::{Value as Json, json};

use super::{builder, builds, edit, invoked, of_app, world};
use crate::core::text;
use crate::world::World;

fn file() -> Json {
    of_app(json!({ "archive_file": "Cargo.toml" }))
}

/// The files that were announced: their ids and what is known of them.
fn files(world: &World) -> Vec<(String, Json)> {
    let files = world.simulator.dump()["quay"]["files"].clone();
    files.as_object().unwrap().iter().map(|(id, file)| (id.clone(), file.clone())).collect()
}

/// A file with so many bytes.
fn of_size(bytes: u64) -> std::path::PathBuf {
    let path = std::env::temp_dir().join(format!("archive-{bytes}-{}.tar.gz", std::process::id()));
    std::fs::File::create(&path).unwrap().set_len(bytes).unwrap();
    path
}

/// The storage is told nothing that is meant for Quay.
#[tokio::test]
async fn an_archive_goes_to_the_storage_without_what_is_meant_for_quay() {
    let world = world(builder(&["complete"])).await;
    let storage = world.simulator.open_storage().unwrap();
    let command = world.command_with(json!({ "headers": { "X-Gateway": "open sesame" } })).await;
    command.core.invoke("quay_start_build", file()).await.unwrap();
    command.end();
    let (id, stored) = files(&world).remove(0);
    assert_eq!(builds(&world)[0]["resource_key"], json!(id));
    let headers = stored["headers"].as_object().unwrap();
    assert_eq!(headers["host"], storage.trim_start_matches("http://"));
    assert_eq!(headers["content-type"], "application/gzip");
    for name in ["x-gateway", "authorization", "cookie"] {
        assert!(!headers.contains_key(name), "{headers:?}");
    }
}

#[tokio::test]
async fn what_the_storage_refuses_is_told_with_its_name_and_without_the_signature() {
    let world = world(builder(&["complete"])).await;
    let storage = world.simulator.open_storage().unwrap();
    let body = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>".to_owned();
    let expired = Does::Answer { status: 403, content_type: "application/xml".to_owned(), body, headers: Vec::new() };
    world.simulator.fault(Fault::once("PUT", "/quay-bucket/*", expired));
    let said = invoked(&world, "quay_start_build", file()).await.unwrap_err();
    let (id, stored) = files(&world).remove(0);
    assert!(said.contains(&format!("PUT {storage}/quay-bucket/userfiles/{id} was answered with 403")), "{said}");
    assert!(said.contains("Request has expired"), "{said}");
    assert!(said.contains("Quay gave this address, of another server"), "{said}");
    assert!(!said.contains("X-Amz") && !said.contains(stored["signature"].as_str().unwrap()), "{said}");
    assert!(!said.contains("scope") && !said.contains("1 MiB"), "{said}");
    assert!(builds(&world).is_empty());
}

/// The address is there for some minutes only.
#[tokio::test]
async fn an_upload_that_is_lost_is_repeated_at_another_place() {
    let world = world(builder(&["complete"])).await;
    world.simulator.open_storage().unwrap();
    for lost in [Does::CutBefore, Does::Late { status: 503, after: 100 }] {
        edit(&world, json!([{ "op": "replace", "path": "/quay/files", "value": {} }]));
        world.simulator.fault(Fault::once("PUT", "/quay-bucket/*", lost));
        invoked(&world, "quay_start_build", file()).await.unwrap();
        let there: Vec<bool> = files(&world).iter().map(|(_, file)| file["content"].is_string()).collect();
        assert_eq!((there.len(), there.iter().filter(|there| **there).count()), (2, 1));
        world.simulator.clear_faults();
    }
    world.simulator.reset_requests();
    world.simulator.fault(Fault::once("PUT", "/quay-bucket/*", Does::CutBefore).times(u32::MAX));
    let said = invoked(&world, "quay_start_build", file()).await.unwrap_err();
    assert!(said.contains("Cannot upload file") && !said.contains("`url`"), "{said}");
    assert_eq!(world.simulator.requests().of_method("PUT"), 2);
}

#[tokio::test]
async fn what_quays_own_web_server_does_not_take_is_told_with_a_way_out() {
    let world = world(builder(&["complete"])).await;
    let (fits, large) = (of_size(1 << 20), of_size((1 << 20) + 1));
    invoked(&world, "quay_start_build", of_app(json!({ "archive_file": fits }))).await.unwrap();
    let config = of_app(json!({ "archive_file": large }));
    let said = invoked(&world, "quay_start_build", config.clone()).await.unwrap_err();
    for words in ["was answered with 413", "takes no direct uploads", "1 MiB", "`archive_url`"] {
        assert!(said.contains(words), "{said}");
    }
    // It may close the connection before it has read all, so that nobody sees the answer.
    world.simulator.fault(Fault::once("PUT", "/userfiles/*", Does::CutBefore).times(2));
    let said = invoked(&world, "quay_start_build", config.clone()).await.unwrap_err();
    assert!(said.contains("got no answer") && said.contains("takes no direct uploads"), "{said}");
    world.simulator.open_storage().unwrap();
    invoked(&world, "quay_start_build", config).await.unwrap();
    for path in [fits, large] {
        std::fs::remove_file(path).unwrap();
    }
}

/// Quay would build it under a name that is one character shorter.
#[tokio::test]
async fn a_tag_of_128_characters_is_refused() {
    let world = world(builder(&["complete"])).await;
    let command = world.command().await;
    let tagged = |length: usize| crate::quay::builds::archive(json!({ "tags": ["a".repeat(length)] }));
    let said = command.core.invoke("quay_start_build", tagged(128)).await.unwrap_err();
    assert!(text(&said).contains("1 to 127 letters"), "{}", text(&said));
    command.core.invoke("quay_start_build", tagged(127)).await.unwrap();
    assert_eq!(builds(&world)[0]["tags"], json!(["a".repeat(127)]));
    command.end();
}
