//! The registry's protocol, where clients that go well do not come: tokens that are none, parts of blobs, mounts, pages of lists.

use registry_simulator::quay::records::images::digest;
use registry_simulator::{NewImage, Simulator};
use reqwest::Response;
use serde_json::{Value, json};

use crate::client::{Quay, simulator};

/// Sends requests with a token for some scopes.
struct Registry<'a> {
    simulator: &'a Simulator,
    client: reqwest::Client,
    token: String,
}

impl<'a> Registry<'a> {
    /// As the superuser.
    async fn new(simulator: &'a Simulator, scopes: &[&str]) -> Self {
        let client = reqwest::Client::new();
        let scopes: Vec<String> = scopes.iter().map(|scope| format!("&scope=repository:{scope}")).collect();
        let url = format!("{}/v2/auth?service=registry{}", simulator.url(), scopes.concat());
        let answer = client.get(url).basic_auth("admin", Some("quaypass123")).send().await.unwrap();
        let token = answer.json::<Value>().await.unwrap()["token"].as_str().unwrap().to_owned();
        Self { simulator, client, token }
    }

    async fn send(&self, method: &str, path: &str, content: &[u8]) -> Response {
        let url =
            if path.starts_with("http") { path.to_owned() } else { format!("{}/v2/{path}", self.simulator.url()) };
        let request = self.client.request(method.parse().unwrap(), url).bearer_auth(&self.token);
        request.body(content.to_vec()).send().await.unwrap()
    }

    /// Status and code of a request that fails.
    async fn fails(&self, method: &str, path: &str, content: &[u8]) -> (u16, String) {
        let answer = self.send(method, path, content).await;
        let status = answer.status().as_u16();
        let body: Value = answer.json().await.unwrap();
        (status, body["errors"][0]["code"].as_str().unwrap_or_default().to_owned())
    }
}

fn header(answer: &Response, name: &str) -> String {
    answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

fn image(repository: &str, tags: &[&str]) -> NewImage {
    let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    NewImage { repository: repository.into(), tags, ..NewImage::default() }
}

async fn prepared() -> Simulator {
    let simulator = simulator();
    let quay = Quay::new(&simulator, "admin");
    quay.ok("POST", "organization/", json!({"name": "acme", "email": "acme@example.com"})).await;
    simulator.push(image("acme/app", &["v1", "v2", "v3"])).unwrap();
    simulator.push(image("acme/other", &[])).unwrap();
    simulator
}

#[tokio::test]
async fn who_may_nothing_is_told_where_tokens_are() {
    let simulator = prepared().await;
    let answer = reqwest::get(format!("{}/v2/acme/app/tags/list", simulator.url())).await.unwrap();
    assert_eq!(answer.status(), 401);
    let expected = format!(
        "Bearer realm=\"{}/v2/auth\",service=\"{}\",scope=\"repository:acme/app:pull\"",
        simulator.url(),
        simulator.address()
    );
    assert_eq!(header(&answer, "www-authenticate"), expected);
    let mut registry = Registry::new(&simulator, &["acme/app:pull"]).await;
    assert_eq!(registry.send("GET", "acme/app/tags/list", b"").await.status(), 200);
    assert_eq!(registry.fails("POST", "acme/app/blobs/uploads/", b"").await, (401, "UNAUTHORIZED".into()));
    assert_eq!(registry.fails("GET", "acme/other/tags/list", b"").await, (401, "UNAUTHORIZED".into()));
    registry.token.push('x');
    assert_eq!(registry.send("GET", "acme/app/tags/list", b"").await.status(), 401);
    assert_eq!(registry.send("GET", "", b"").await.status(), 401);
    let bad = format!("{}/v2/auth?scope=repository:acme/app:fly", simulator.url());
    assert_eq!(reqwest::get(bad).await.unwrap().status(), 400);
}

#[tokio::test]
async fn a_public_repository_is_everybodys_to_pull() {
    let simulator = prepared().await;
    simulator.edit(json!({"quay": {"repositories": {"acme/app": {"is_public": true}}}})).unwrap();
    let url = format!("{}/v2/acme/app/tags/list", simulator.url());
    let list: Value = reqwest::get(url).await.unwrap().json().await.unwrap();
    assert_eq!(list, json!({"name": "acme/app", "tags": ["v1", "v2", "v3"]}));
    let token = reqwest::get(format!("{}/v2/auth?scope=repository:acme/app:pull,push", simulator.url())).await.unwrap();
    assert_eq!(token.status(), 200);
}

#[tokio::test]
async fn a_blob_comes_in_parts_and_goes_to_another_repository() {
    let simulator = prepared().await;
    let registry = Registry::new(&simulator, &["acme/app:pull,push", "acme/other:pull,push"]).await;
    let begun = registry.send("POST", "acme/app/blobs/uploads/", b"").await;
    let upload = header(&begun, "location");
    assert_eq!(header(&registry.send("PATCH", &upload, b"one ").await, "range"), "0-3");
    assert_eq!(registry.send("PATCH", &upload, b"two").await.status(), 202);
    let wanted = digest(b"one two");
    let ended = registry.send("PUT", &format!("{upload}?digest={wanted}"), b"").await;
    assert_eq!((ended.status().as_u16(), header(&ended, "docker-content-digest")), (201, wanted.clone()));
    assert_eq!(
        registry.send("GET", &header(&ended, "location"), b"").await.bytes().await.unwrap().as_ref(),
        b"one two"
    );
    let mount = format!("acme/other/blobs/uploads/?mount={wanted}&from=acme/app");
    assert_eq!(registry.send("POST", &mount, b"").await.status(), 201);
    let head = registry.send("HEAD", &format!("acme/other/blobs/{wanted}"), b"").await;
    assert_eq!((head.status().as_u16(), header(&head, "content-length")), (200, "7".into()));
    let elsewhere = format!("acme/other/blobs/uploads/?mount={wanted}&from=acme/nosuch");
    assert_eq!(registry.send("POST", &elsewhere, b"").await.status(), 202);
    let wrong = format!("acme/other/blobs/uploads/?digest={wanted}");
    assert_eq!(registry.fails("POST", &wrong, b"something else").await, (400, "DIGEST_INVALID".into()));
    assert_eq!(
        registry.fails("GET", &format!("acme/app/blobs/{}", digest(b"x")), b"").await,
        (404, "BLOB_UNKNOWN".into())
    );
    assert_eq!(
        registry.fails("PATCH", "acme/app/blobs/uploads/nosuch", b"").await,
        (404, "BLOB_UPLOAD_UNKNOWN".into())
    );
}

#[tokio::test]
async fn a_manifest_needs_its_blobs() {
    let simulator = prepared().await;
    let registry = Registry::new(&simulator, &["acme/app:pull,push"]).await;
    let kind = "application/vnd.oci.image.manifest.v1+json";
    let blob = json!({"mediaType": "application/octet-stream", "size": 1, "digest": digest(b"not there")});
    let manifest = json!({"schemaVersion": 2, "mediaType": kind, "config": blob, "layers": []}).to_string();
    let url = format!("{}/v2/acme/app/manifests/v9", simulator.url());
    let put = registry.client.put(url).bearer_auth(&registry.token).header("content-type", kind).body(manifest);
    let answer: Value = put.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["errors"][0]["code"], "MANIFEST_INVALID");
    assert!(answer["errors"][0]["detail"]["message"].as_str().unwrap().starts_with("Unknown blob"), "{answer}");
    assert_eq!(registry.fails("GET", "acme/app/manifests/v9", b"").await, (404, "MANIFEST_UNKNOWN".into()));
    assert_eq!(registry.fails("PUT", "acme/app/manifests/v9", b"{}").await, (415, "MANIFEST_INVALID".into()));
    assert_eq!(registry.send("DELETE", "acme/app/manifests/v1", b"").await.status(), 202);
    assert_eq!(registry.fails("GET", "acme/app/manifests/v1", b"").await, (404, "TAG_EXPIRED".into()));
}

#[tokio::test]
async fn lists_have_pages() {
    let simulator = prepared().await;
    let registry = Registry::new(&simulator, &["acme/app:pull"]).await;
    let first = registry.send("GET", "acme/app/tags/list?n=2", b"").await;
    assert_eq!(header(&first, "link"), "</v2/acme/app/tags/list?n=2&last=v2>; rel=\"next\"");
    let rest = registry.send("GET", "acme/app/tags/list?n=2&last=v2", b"").await;
    assert_eq!(header(&rest, "link"), "");
    assert_eq!(rest.json::<Value>().await.unwrap()["tags"], json!(["v3"]));
    let first = registry.send("GET", "_catalog?n=1", b"").await;
    let next = header(&first, "link");
    assert_eq!(first.json::<Value>().await.unwrap(), json!({"repositories": ["acme/app"]}));
    let next = next.trim_start_matches("</v2/").split('>').next().unwrap().to_owned();
    assert_eq!(
        registry.send("GET", &next, b"").await.json::<Value>().await.unwrap(),
        json!({"repositories": ["acme/other"]})
    );
}
