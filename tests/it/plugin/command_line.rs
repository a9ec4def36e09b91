//! A person starts the executable.

use super::process::{QUAY, Start};

#[test]
fn started_by_hand_it_says_what_it_is_and_how_to_use_it() {
    let output = Start::plain(QUAY).output();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
    let text = String::from_utf8(output.stderr).unwrap();
    for part in
        ["is a Terraform provider", "required_providers", "container-registries/quay", "dev_overrides", "--debug"]
    {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
}

#[test]
fn a_wrong_cookie_counts_as_none() {
    let output = Start::quay().env("TF_PLUGIN_MAGIC_COOKIE", "another plugin host's").output();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
}

#[test]
fn version_and_help_go_to_standard_output_with_or_without_the_cookie() {
    for start in [Start::plain(QUAY), Start::quay()] {
        let output = start.argument("--version").output();
        assert!(output.status.success());
        let expected = format!("terraform-provider-quay {} (plugin protocol 6.11)\n", env!("CARGO_PKG_VERSION"));
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
        assert!(output.stderr.is_empty());
    }
    let output = Start::plain(QUAY).argument("--help").output();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("--debug") && text.contains("TF_LOG_PROVIDER_QUAY"), "{text}");
}

#[test]
fn an_unknown_option_is_named_and_refused() {
    let output = Start::quay().argument("--serve").output();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().starts_with("--serve: no such option"));
}

#[test]
fn what_is_wrong_with_the_environment_is_said() {
    let cases = [
        ("PLUGIN_MIN_PORT", "25001", "PLUGIN_MIN_PORT is greater than PLUGIN_MAX_PORT"),
        ("PLUGIN_CLIENT_CERT", "", "PLUGIN_CLIENT_CERT does not hold exactly one PEM certificate"),
        ("PLUGIN_CLIENT_CERT", "not PEM", "PLUGIN_CLIENT_CERT does not hold exactly one PEM certificate"),
        ("TMPDIR", "/no/such/directory", "cannot listen"),
        ("PLUGIN_UNIX_SOCKET_GROUP", "no such group", "no such group"),
    ];
    for (name, value, message) in cases {
        let output = Start::quay().env(name, value).output();
        assert_eq!(output.status.code(), Some(1), "{name}");
        assert!(output.stdout.is_empty(), "{name}");
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.starts_with("[ERROR] terraform-provider-quay: ") && text.contains(message), "{text}");
    }
}
