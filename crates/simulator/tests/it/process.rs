//! The executable.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::client::raw;

#[test]
fn it_prints_one_line_when_it_listens() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_registry-simulator"))
        .args(["--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let printed: Value = serde_json::from_str(&line).unwrap();
    let expected = [
        "url",
        "quay_token",
        "harbor_username",
        "harbor_password",
        "saagie_username",
        "saagie_password",
        "saagie_realm",
        "saagie_platform_id",
        "saagie_project_id",
    ];
    assert_eq!(printed.as_object().unwrap().keys().collect::<Vec<_>>(), expected);
    let address = printed["url"].as_str().unwrap().strip_prefix("http://").unwrap().parse().unwrap();
    let answer = raw(address, "GET", "/api/v1/user/", printed["quay_token"].as_str().unwrap());
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}
