//! Debug mode: a person starts the process, and points Terraform to it.

use rustix::process::Signal;
use serde_json::Value as Json;

use super::client::{self, go_plugin, tfplugin6::get_provider_schema};
use super::process::{QUAY, Start};

#[tokio::test]
async fn debug_mode_prints_how_to_reattach_and_serves_until_interrupted() {
    let start = Start::plain(QUAY).argument("--debug");
    let (line, process) = start.until(|line| line.contains("TF_REATTACH_PROVIDERS="));
    let value = line.trim().strip_prefix("TF_REATTACH_PROVIDERS='").unwrap().strip_suffix('\'').unwrap();
    let all: Json = serde_json::from_str(value).unwrap();
    let names: Vec<&String> = all.as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        ["registry.terraform.io/container-registries/quay", "registry.opentofu.org/container-registries/quay"]
    );
    let own = &all["registry.terraform.io/container-registries/quay"];
    assert_eq!(own, &all["registry.opentofu.org/container-registries/quay"]);
    assert_eq!((&own["Protocol"], &own["ProtocolVersion"], &own["Test"]), (&"grpc".into(), &6.into(), &true.into()));
    assert_eq!(own["Pid"], process.id());
    let address = own["Addr"]["String"].as_str().unwrap();
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(address).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);

    let client = client::connect(own["Addr"]["Network"].as_str().unwrap(), address, None).await.unwrap();
    client.controller().shutdown(go_plugin::Empty {}).await.unwrap();
    // Terraform cannot end a process that is a person's.
    let schema = client.provider().get_provider_schema(get_provider_schema::Request {}).await.unwrap();
    assert!(schema.into_inner().provider.is_some());

    process.signal(Signal::INT);
    let ended = process.ended().await;
    assert!(ended.status.success());
    assert!(ended.left.is_empty());
    assert_eq!(ended.stderr, "");
}
