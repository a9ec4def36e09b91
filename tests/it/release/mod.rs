//! Executables as they are released: what holds for each, and that they work where there is nothing but themselves.
//!
//! `cargo archives` builds them, and `REGISTRY_RELEASE_DIR` names their folder. Without it these tests are left out and say so: a
//! release takes minutes to build.

#[allow(dead_code, reason = "other tests need more of it")]
mod place;

use std::path::Path;

use registry_harness::progress::say;
use registry_harness::release::{Machine, check};
use registry_harness::{Provider, Providers};
use serde_json::{Value as Json, json};

use crate::core::{Action, Core, text};
use crate::plugin::client::tfplugin6::get_provider_schema;
use place::{Authority, NAME, Place};
use registry_http::testing::dns::Reply;

const FOLDER: &str = "REGISTRY_RELEASE_DIR";

/// The executables, if there are any.
fn released(test: &str) -> Option<Providers> {
    let Some(folder) = std::env::var_os(FOLDER) else {
        say(format!("{test} is left out: {FOLDER} names no folder with the executables of a release"));
        return None;
    };
    Some(Providers::in_folder(&std::path::absolute(folder).unwrap()))
}

fn quay(test: &str) -> Option<Place> {
    Place::new(&released(test)?.iter().find(|provider| provider.name == "quay").cloned()?, test)
}

#[test]
fn releases_are_static_and_small_and_name_no_path_of_this_machine() {
    let Some(providers) = released("what holds for each executable") else { return };
    let machine = Machine::this(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    let wrong: Vec<_> = providers.iter().filter_map(|provider| check(provider, &machine).err()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn every_provider_starts_in_an_empty_root() {
    let Some(providers) = released("starting in an empty root") else { return };
    let places = providers.iter().map(|provider: &Provider| Place::new(provider, "starting in an empty root"));
    for place in places.collect::<Option<Vec<_>>>().unwrap_or_default() {
        let serving = place.start();
        let client = serving.connect().await;
        let schema = client.provider().get_provider_schema(get_provider_schema::Request {}).await.unwrap().into_inner();
        assert_eq!(schema.diagnostics, []);
        assert!(schema.provider.is_some());
        let ended = serving.shut_down(&client).await;
        assert!(ended.status.success(), "{}", ended.stderr);
    }
}

/// Plans and creates an organization, and finds nothing to change in it then.
async fn live(core: &Core, name: &str) {
    let config = json!({ "name": name });
    let plan =
        core.plan("quay_organization", None, config.clone()).await.unwrap_or_else(|said| panic!("{}", text(&said)));
    assert_eq!(plan.action, Action::Create);
    let made = core.apply(plan).await.unwrap();
    let read = core.refresh(&made).await.unwrap_or_else(|said| panic!("{}", text(&said))).expect("it is there");
    let plan = core.plan("quay_organization", Some(&read), config).await.unwrap();
    assert_eq!(plan.action, Action::Nothing);
}

/// What is said when an organization cannot be made.
async fn error(core: &Core) -> String {
    let applied = core.run("quay_organization", None, json!({ "name": "acme" })).await;
    assert!(applied.instance.is_none() && applied.diagnostics.has_errors());
    text(&applied.diagnostics)
}

/// In an empty root, with a name that the test's own DNS server knows, by TLS of the test's own authority. The second file names
/// modules that a C library would load; with the third one it would ask no DNS server.
#[tokio::test(flavor = "multi_thread")]
async fn names_are_resolved_whatever_the_c_library_would_load() {
    let files = ["passwd: files sss\nhosts: files sss myhostname resolve dns\n", "hosts: files\n"];
    for modules in [None].into_iter().chain(files.map(Some)) {
        let Some(mut place) = quay("resolving names in an empty root") else { return };
        if !place.names(|name, _| if name == NAME { Reply::here() } else { Reply::unknown() }).await {
            return;
        }
        if let Some(modules) = modules {
            place.write("etc/nsswitch.conf", modules);
        }
        let authority = Authority::new();
        let url = place.tls(&authority).await;
        let settings = json!({ "url": url, "ca_certificate": authority.pem() });
        let core = place.core(settings.clone()).await;
        live(&core, "acme").await;

        let unknown = url.replace(NAME, "other.release.test");
        let said = error(&place.core(place::merged(settings, json!({ "url": unknown }))).await).await;
        assert!(said.contains("returned NXDOMAIN for other.release.test"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_dns_servers_listed_names_and_addresses_work() {
    let Some(mut place) = quay("running without DNS servers") else { return };
    let authority = Authority::new();
    let url = place.tls(&authority).await;
    let settings = |url: &str| json!({ "url": url, "ca_certificate": authority.pem() });
    let said = error(&place.core(settings(&url)).await).await;
    for words in
        [NAME, "not listed in /etc/hosts", "/etc/resolv.conf, which names the DNS servers to ask, cannot be read"]
    {
        assert!(said.contains(words), "{said}");
    }
    live(&place.core(settings(&url.replace(NAME, "127.0.0.1"))).await, "by-address").await;
    place.write("etc/hosts", &format!("127.0.0.1 {NAME}\n"));
    live(&place.core(settings(&url)).await, "by-name").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn authorities_are_those_of_the_system_where_it_has_any() {
    let Some(mut place) = quay("finding authorities") else { return };
    place.write("etc/hosts", &format!("127.0.0.1 {NAME}\n"));
    let authority = Authority::new();
    let settings = json!({ "url": place.tls(&authority).await });
    let said = error(&place.core(settings.clone()).await).await;
    for words in ["`ca_certificate`", "no certificate authorities", "ca-certificates", "SSL_CERT_FILE"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    // Without TLS none are needed.
    let plain: Json = json!({ "url": place.simulator.url() });
    live(&place.core(plain).await, "plain").await;
    // Where Alpine has them.
    place.write("etc/ssl/cert.pem", &authority.pem());
    live(&place.core(settings).await, "tls").await;
}
