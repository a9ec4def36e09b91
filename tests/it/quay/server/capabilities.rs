//! What the server can do with images.

use registry_simulator::Options;
use serde_json::json;
use terraform_framework::value::Value;

use crate::quay::app_images::{items, read};
use crate::world::inspect::edit;
use crate::world::{Service, Through, World};

const KIND: &str = "quay_capabilities";

fn quay(release: &str) -> World {
    let mut options = Options::default();
    options.quay.release = release.into();
    World::with(Service::Quay, Through::Calls, options)
}

#[tokio::test]
async fn capabilities_are_those_that_are_switched_on() {
    let world = quay("3.18");
    for on in [true, false] {
        edit(&world, json!({ "quay": { "config": { "FEATURE_SPARSE_INDEX": on } } }));
        let found = read(&world, KIND, json!({})).await.unwrap();
        for name in ["sparse_manifests", "optional_architectures_allowed"] {
            assert_eq!(found.attribute(name), Some(&Value::Bool(on)), "{name}");
        }
        assert!(items(&found, "required_architectures").is_empty());
        assert_eq!(items(&found, "mirror_architectures").len(), 4);
    }
}

#[tokio::test]
async fn a_server_without_that_description_is_too_old() {
    let said = read(&quay("3.16"), KIND, json!({})).await.unwrap_err();
    assert!(said.contains("capabilities") && said.contains("3.17"), "{said}");
}
