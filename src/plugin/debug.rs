//! Debug mode: a process that a person started, and that Terraform is pointed to.

use serde_json::json;

use super::Plugin;
use super::environment::PROTOCOL;
use super::listener::Address;

/// What Terraform takes for the host of an address without one, and what OpenTofu takes.
const DEFAULT_HOSTS: [&str; 2] = ["registry.terraform.io", "registry.opentofu.org"];

/// What the person has to do.
pub(crate) fn instructions(plugin: &Plugin, address: &Address, pid: u32) -> String {
    let value = reattach(plugin, address, pid);
    let lines = if cfg!(windows) {
        format!(
            "\tPowerShell:\t$env:TF_REATTACH_PROVIDERS='{}'\n\tcmd.exe:\tset \"TF_REATTACH_PROVIDERS={value}\"\n",
            value.replace('\'', "''")
        )
    } else {
        format!("\tTF_REATTACH_PROVIDERS='{}'\n", value.replace('\'', r"'\''"))
    };
    format!(
        "terraform-provider-{} serves until Ctrl-C. For Terraform and OpenTofu to use this process, set:\n\n{lines}",
        plugin.name
    )
}

/// The provider under both programs' default hosts; each ignores the other's.
fn reattach(plugin: &Plugin, address: &Address, pid: u32) -> String {
    let attachment = json!({
        "Protocol": "grpc",
        "ProtocolVersion": PROTOCOL,
        "Pid": pid,
        // Terraform neither ends nor kills the process.
        "Test": true,
        "Addr": { "Network": address.network(), "String": address.to_string() },
    });
    let path = plugin.address.split_once('/').filter(|(host, _)| DEFAULT_HOSTS.contains(host));
    let names = match path {
        Some((_, path)) => DEFAULT_HOSTS.iter().map(|host| format!("{host}/{path}")).collect(),
        None => vec![plugin.address.to_owned()],
    };
    let all: serde_json::Map<_, _> = names.into_iter().map(|name| (name, attachment.clone())).collect();
    serde_json::Value::Object(all).to_string()
}
