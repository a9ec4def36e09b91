//! The providers, and how a workspace reaches the simulator with them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use registry_harness::terraform::{Cli, Installation, Workspace, WorkspaceBuilder};
use registry_harness::{Error, Providers, Result};
use registry_simulator::{Options, Simulator};
use serde_json::{Value, json};
use terraform_framework::author::Provider;
use terraform_framework::docs::Catalog;
use terraform_framework::server::{ProviderSchema, Serve};
use {registry_harbor as harbor, registry_quay as quay, registry_saagie as saagie};

/// One of the providers.
#[derive(Clone)]
pub struct Service {
    /// The first word of its types.
    pub name: &'static str,
    /// What it offers.
    pub schema: Arc<ProviderSchema>,
    /// Headings of the pages, by folder and name.
    headings: Arc<BTreeMap<(&'static str, String), String>>,
}

impl Service {
    /// All of them.
    pub fn all() -> Result<Vec<Self>> {
        Ok(vec![
            Self::of::<quay::QuayProvider>("quay", &quay::provider())?,
            Self::of::<harbor::HarborProvider>("harbor", &harbor::provider())?,
            Self::of::<saagie::SaagieProvider>("saagie", &saagie::provider())?,
        ])
    }

    fn of<P: Provider>(name: &'static str, provider: &Arc<dyn Serve>) -> Result<Self> {
        let schema = provider.schema().map_err(|error| Error::new(format!("the schema of {name}: {error:?}")))?;
        let entries = Catalog::of::<P>().entries.into_iter();
        let headings = entries.map(|entry| ((entry.kind.folder(), entry.name), entry.subcategory)).collect();
        Ok(Self { name, schema, headings: Arc::new(headings) })
    }

    /// The area of what has its page in this folder.
    pub fn area(&self, folder: &'static str, name: &str) -> String {
        let heading = self.headings.get(&(folder, name.to_owned())).map_or("", String::as_str);
        match heading {
            "" => "functions".to_owned(),
            "App tokens" | "OAuth applications" => "oauth".to_owned(),
            "Messages" | "Service keys" => "server".to_owned(),
            "Tags and manifests" => "images".to_owned(),
            "Docker credentials" => "credentials".to_owned(),
            other => other.to_lowercase(),
        }
    }

    /// What every configuration of this provider begins with.
    pub fn header(&self) -> String {
        format!("{}provider \"{}\" {{}}\n", self.requirement(), self.name)
    }

    /// The block that tells where the provider comes from.
    pub fn requirement(&self) -> String {
        let name = self.name;
        format!(
            "terraform {{\n  required_providers {{\n    {name} = {{\n      source = \"container-registries/{name}\"\n    }}\n  }}\n}}\n"
        )
    }
}

/// The providers' executables.
pub fn providers() -> Providers {
    Providers::new(
        env!("CARGO_BIN_EXE_terraform-provider-quay"),
        env!("CARGO_BIN_EXE_terraform-provider-harbor"),
        env!("CARGO_BIN_EXE_terraform-provider-saagie"),
    )
}

/// The folder of all examples.
pub fn examples() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples")
}

/// A simulator whose Quay takes its users from LDAP: for teams that follow groups.
pub fn simulator() -> Result<Simulator> {
    let failed = |error: &dyn std::fmt::Display| Error::new(format!("no simulator: {error}"));
    let simulator = Simulator::start(Options::default()).map_err(|error| failed(&error))?;
    let directory = json!({"quay": {"config": {"AUTHENTICATION_TYPE": "LDAP"}}});
    simulator.edit(directory).map_err(|error| failed(&error))?;
    Ok(simulator)
}

/// An identity token as a CI system gives one to its jobs. It ends in 2096; its signature is none.
fn identity_token() -> String {
    let encoded = |part: Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let claims = json!({
        "iss": "https://token.actions.githubusercontent.com",
        "sub": "repo:acme/app:ref:refs/heads/main",
        "exp": 4_000_000_000_i64,
    });
    format!("{}.{}.bm9uZQ", encoded(json!({"alg": "RS256", "typ": "JWT"})), encoded(claims))
}

/// The value of the variable `initial_password`, which examples put into an argument that the state holds.
pub const INITIAL_PASSWORD: &str = "change-me-soon";

/// A workspace whose providers are configured by the environment.
pub fn workspace(cli: &Cli, simulator: &Simulator) -> WorkspaceBuilder {
    let login = simulator.credentials();
    Workspace::builder(cli)
        .providers(&providers(), Installation::DevOverrides)
        .env("QUAY_URL", &login.url)
        .env("QUAY_TOKEN", &login.quay_token)
        .env("QUAY_POLL_INTERVAL", "500ms")
        .env("HARBOR_URL", &login.url)
        .env("HARBOR_USERNAME", &login.harbor_username)
        .env("HARBOR_PASSWORD", &login.harbor_password)
        .env("SAAGIE_URL", &login.url)
        .env("SAAGIE_PLATFORM_ID", &login.saagie_platform_id)
        .env("SAAGIE_REALM", &login.saagie_realm)
        .env("SAAGIE_USERNAME", &login.saagie_username)
        .env("SAAGIE_PASSWORD", &login.saagie_password)
        .env("CI_IDENTITY_TOKEN", identity_token())
        .env("QUAY_PASSWORD", "quaypass123")
        .env("TF_VAR_initial_password", INITIAL_PASSWORD)
        .env("TF_VAR_owner_password", "quaypass123")
        .env("TF_VAR_quay_host", login.url.trim_start_matches("http://").trim_end_matches('/'))
        .env("TF_VAR_saagie_project_id", &login.saagie_project_id)
        // Of the root around the examples, which may declare the other one themselves.
        .env("TF_VAR_acceptance_project", &login.saagie_project_id)
}
