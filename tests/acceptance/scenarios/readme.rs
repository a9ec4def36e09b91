//! README's first configurations, as they stand there, with the providers installed by `init` in the ways that README names.

use registry_harness::terraform::{Cli, Installation};
use registry_harness::{Error, Result, archive_name};

use super::check;
use crate::dump;
use crate::service;

const README: &str = include_str!("../../../README.md");

/// The way of each provider.
const WAYS: [(&str, Installation); 3] =
    [("quay", Installation::Archives), ("harbor", Installation::Home), ("saagie", Installation::Mirror)];

/// The configuration with the provider's block.
fn configuration(service: &str) -> Result<&'static str> {
    let blocks = README.split("```terraform\n").skip(1).filter_map(|rest| rest.split("```").next());
    let block = format!("provider \"{service}\" {{");
    let found: Vec<&str> = blocks.filter(|text| text.contains(&block)).collect();
    match found[..] {
        [text] => Ok(text),
        _ => Err(Error::new(format!("README has {} configurations with `{block}`", found.len()))),
    }
}

/// The story.
pub fn story(cli: &Cli) -> Result<()> {
    WAYS.iter().try_for_each(|(service, way)| {
        of_one(cli, service, *way).map_err(|error| Error::new(format!("{service}, {way:?}: {error}")))
    })
}

fn of_one(cli: &Cli, service: &str, way: Installation) -> Result<()> {
    let simulator = service::simulator()?;
    let login = simulator.credentials();
    let providers = service::providers().only(service);
    let workspace = service::workspace(cli, &simulator)
        .providers(&providers, way)
        .env("TF_VAR_project_id", &login.saagie_project_id)
        .env("TF_VAR_robot_token", "not-a-secret-in-a-test")
        .build()?;
    workspace.write("main.tf", configuration(service)?)?;
    // The servers that README speaks of are not there.
    let user = match service {
        "saagie" => format!("  username = \"{}\"\n", login.saagie_username),
        _ => String::new(),
    };
    let block = format!("provider \"{service}\" {{\n  url = \"{}\"\n{user}}}\n", login.url);
    workspace.write("simulator_override.tf", &block)?;

    let said = workspace.init()?;
    let installed = providers.iter().all(|provider| said.stdout.contains(&format!("Installed {}", provider.address())));
    check(installed, || format!("nothing was installed\n{said}"))?;
    let before = simulator.dump();
    workspace.apply()?;
    workspace.plan()?.expect_empty()?;
    let made = dump::differences(&before, &simulator.dump());
    check(!made.is_empty(), || "the server holds nothing new".to_owned())?;
    workspace.destroy()?;
    let named = providers.iter().all(|provider| {
        let name = archive_name(provider);
        let (name, _platform) =
            name.rsplit_once('_').map_or(("", ""), |(rest, _)| rest.rsplit_once('_').unwrap_or_default());
        way != Installation::Archives || README.contains(&format!("{name}_linux_amd64.zip"))
    });
    check(named, || "README names another archive".to_owned())
}
