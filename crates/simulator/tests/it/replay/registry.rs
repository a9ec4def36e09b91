//! What was sent to the registry. Of blobs only their length was recorded, so others of the same length take their place, with their own
//! digests; of manifests the recording of tags shows the text.

use registry_simulator::quay::records::images::digest;
use serde_json::{Value, json};

use super::compare::Learned;
use super::recording::{self, Exchange};

const DOCKER: &str = "application/vnd.docker.distribution.manifest.v2+json";
const OCI: &str = "application/vnd.oci.image.manifest.v1+json";

/// What an image's configuration is long.
const CONFIGURATION: usize = 301;

/// A token for the repository of a path, of somebody who logs in with the password that everybody has.
pub(super) async fn token(client: &reqwest::Client, url: &str, path: &str, user: &str) -> String {
    let repository: Vec<&str> = path.split('/').skip(2).take(2).collect();
    let scope = match repository[..] {
        [namespace, name] => format!("&scope=repository:{namespace}/{name}:pull,push"),
        _ => String::new(),
    };
    let request = client.get(format!("{url}/v2/auth?service=registry{scope}"));
    let answer = request.basic_auth(user, Some("quaypass123")).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    answer.json::<Value>().await.unwrap()["token"].as_str().unwrap().to_owned()
}

/// What is sent in place of something of which only the length was recorded, with its type.
pub(super) fn content(exchange: &Exchange, learned: &mut Learned) -> Option<(&'static str, Vec<u8>)> {
    let text = exchange.request_body.as_ref()?.as_str()?;
    let length: usize = text.strip_prefix("<binary ")?.strip_suffix(" bytes>")?.parse().unwrap();
    if exchange.path.contains("/manifests/") {
        let recorded = exchange.location().unwrap().rsplit('/').next().unwrap();
        let manifest = manifest(recorded);
        assert_eq!(manifest.len(), length, "{recorded}");
        assert_eq!(digest(manifest.as_bytes()), recorded);
        let kind = if manifest.contains(OCI) { OCI } else { DOCKER };
        let own = learned.text(&manifest);
        learned.stands_for(recorded, &digest(own.as_bytes()));
        return Some((kind, own.into_bytes()));
    }
    let content = if length == CONFIGURATION { configuration() } else { vec![b'x'; length] };
    if let Some(recorded) = exchange.query_text().strip_prefix("digest=") {
        learned.stands_for(recorded, &digest(&content));
    }
    Some(("application/octet-stream", content))
}

/// A manifest that the recording of tags shows.
fn manifest(digest: &str) -> String {
    let exchanges = recording::read("tags").into_iter().map(|(_, exchange)| exchange.response_body);
    let mut texts = exchanges.filter(|body| body["digest"] == digest).map(|body| body["manifest_data"].clone());
    texts.next().unwrap().as_str().unwrap().to_owned()
}

fn configuration() -> Vec<u8> {
    let labels = json!({"maintainer": "me", "quay.expires-after": "52w"});
    let history = json!([{"created": "2026-01-01T00:00:00Z", "created_by": "x"}]);
    let mut text =
        json!({"architecture": "amd64", "os": "linux", "config": {"Labels": labels}, "history": history}).to_string();
    text.push_str(&" ".repeat(CONFIGURATION - text.len()));
    text.into_bytes()
}
