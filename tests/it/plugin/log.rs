//! Standard error, as Terraform reads it.

use serde_json::Value as Json;

use super::client::tfplugin6::{
    DynamicValue, invoke_action, list_resource, open_ephemeral_resource, plan_resource_change, read_data_source,
    read_resource,
};
use super::process::{Ended, Start};

async fn log_of(start: Start, type_names: &[&str]) -> Ended {
    let serving = start.serve();
    let client = serving.connect().await;
    for type_name in type_names {
        let request = read_resource::Request { type_name: (*type_name).to_owned(), ..Default::default() };
        client.provider().read_resource(request).await.unwrap();
    }
    serving.shut_down(&client).await
}

fn lines(ended: &Ended) -> Vec<Json> {
    ended.stderr.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

#[tokio::test]
async fn nothing_is_written_when_terraform_does_not_log() {
    for start in [Start::fake(), Start::fake().env("TF_LOG_PROVIDER_FAKE", "trace"), Start::fake().env("TF_LOG", "off")]
    {
        assert_eq!(log_of(start, &["fake_talkative"]).await.stderr, "");
    }
}

#[tokio::test]
async fn every_line_is_in_terraforms_form_and_short_enough() {
    let ended = log_of(Start::fake().env("TF_LOG", "json"), &["fake_talkative"]).await;
    let lines = lines(&ended);
    assert!(ended.stderr.lines().all(|line| line.len() < 64 << 10));
    for line in &lines {
        for key in ["@level", "@message", "@timestamp", "@module"] {
            assert!(line[key].is_string(), "{key} in {line}");
        }
        let timestamp = line["@timestamp"].as_str().unwrap();
        assert_eq!((timestamp.len(), &timestamp[19..20], &timestamp[26..]), (27, ".", "Z"), "{timestamp}");
    }
    let long = lines.iter().find(|line| line["@message"] == "long").unwrap();
    assert!(long["body"].as_str().unwrap().len() > 16 << 10);
    assert_eq!(long["@module"], "fake.http");
    assert_eq!((&long["tf_rpc"], &long["tf_resource_type"]), (&"ReadResource".into(), &"fake_talkative".into()));
    assert!(lines.iter().all(|line| line["@message"] != "of another library"));
}

#[tokio::test]
async fn a_call_is_logged_with_its_keys_duration_and_diagnostics() {
    let ended = log_of(Start::fake().env("TF_LOG_PROVIDER", "trace"), &["fake_panic"]).await;
    let lines = lines(&ended);
    let of = |message: &str| lines.iter().find(|line| line["@message"] == message).unwrap();
    let (received, served) = (of("Received request"), of("Served request"));
    assert_eq!(received["tf_req_id"], served["tf_req_id"]);
    assert!(served["tf_req_duration_ms"].is_u64());
    assert_eq!((&served["diagnostic_error_count"], &served["diagnostic_warning_count"]), (&1.into(), &0.into()));
    let diagnostic = of("Response contains error diagnostic");
    assert_eq!(diagnostic["@level"], "error");
    assert!(diagnostic["diagnostic_detail"].as_str().unwrap().contains("something is wrong with fake_panic"));
}

#[tokio::test]
async fn every_kind_of_thing_is_named_under_its_own_key() {
    let serving = Start::fake().env("TF_LOG", "trace").serve();
    let client = serving.connect().await;
    let mut p = client.provider();
    let name = || "fake_echo".to_owned();
    p.read_resource(read_resource::Request { type_name: name(), ..Default::default() }).await.unwrap();
    p.read_data_source(read_data_source::Request { type_name: name(), ..Default::default() }).await.unwrap();
    p.open_ephemeral_resource(open_ephemeral_resource::Request { type_name: name(), ..Default::default() })
        .await
        .unwrap();
    let r = list_resource::Request { type_name: name(), limit: 1, ..Default::default() };
    let mut list = p.list_resource(r).await.unwrap().into_inner();
    while list.message().await.unwrap().is_some() {}
    let r = invoke_action::Request { action_type: name(), ..Default::default() };
    let mut action = p.invoke_action(r).await.unwrap().into_inner();
    while action.message().await.unwrap().is_some() {}
    let lines = lines(&serving.shut_down(&client).await);
    let keys = [
        ("ReadResource", "tf_resource_type"),
        ("ReadDataSource", "tf_data_source_type"),
        ("OpenEphemeralResource", "tf_ephemeral_resource_type"),
        ("ListResource", "tf_list_resource_type"),
        ("InvokeAction", "tf_action_type"),
    ];
    for (rpc, own) in keys {
        let line = lines.iter().find(|line| line["tf_rpc"] == rpc).unwrap_or_else(|| panic!("no line of {rpc}"));
        for (_, key) in keys {
            assert_eq!(line.get(key).is_some_and(|name| name == "fake_echo"), key == own, "{key} of {rpc}: {line}");
        }
    }
}

#[tokio::test]
async fn a_diagnostic_is_logged_with_its_attribute() {
    let serving = Start::fake().env("TF_LOG", "warn").serve();
    let client = serving.connect().await;
    client.provider().plan_resource_change(plan_resource_change::Request::default()).await.unwrap();
    let lines = lines(&serving.shut_down(&client).await);
    assert_eq!((&lines[0]["diagnostic_summary"], &lines[0]["tf_attribute_path"]), (&"Echo".into(), &"a.b".into()));
}

#[tokio::test]
async fn what_streams_say_is_logged_and_counted() {
    let serving = Start::fake().env("TF_LOG", "trace").serve();
    let client = serving.connect().await;
    let mut p = client.provider();
    let name = || "fake_panic".to_owned();
    let r = list_resource::Request { type_name: name(), ..Default::default() };
    let mut list = p.list_resource(r).await.unwrap().into_inner();
    while list.message().await.unwrap().is_some() {}
    let r = invoke_action::Request { action_type: name(), ..Default::default() };
    let mut action = p.invoke_action(r).await.unwrap().into_inner();
    while action.message().await.unwrap().is_some() {}
    let lines = lines(&serving.shut_down(&client).await);
    for (rpc, message) in [("ListResource", "in the middle of a list"), ("InvokeAction", "during an action")] {
        let of = |text: &str| lines.iter().find(|line| line["tf_rpc"] == rpc && line["@message"] == text).unwrap();
        let diagnostic = of("Response contains error diagnostic");
        assert!(diagnostic["diagnostic_detail"].as_str().unwrap().contains(message), "{diagnostic}");
        assert_eq!(of("Served request")["diagnostic_error_count"], 1, "{rpc}");
    }
}

/// The values of calls, secrets included, are written where the user says, and nowhere else.
#[tokio::test]
async fn values_are_kept_in_files_only_when_a_folder_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    for (named, expected) in [(false, 0), (true, 2)] {
        let start = Start::fake().env("TF_LOG", "trace");
        let start = if named { start.env("TF_LOG_SDK_PROTO_DATA_DIR", folder.path()) } else { start };
        let serving = start.serve();
        let client = serving.connect().await;
        let state = DynamicValue { msgpack: b"a secret".to_vec(), json: Vec::new() };
        let r = read_resource::Request {
            type_name: "fake_echo".to_owned(),
            current_state: Some(state),
            ..Default::default()
        };
        client.provider().read_resource(r).await.unwrap();
        let ended = serving.shut_down(&client).await;
        assert!(ended.left.is_empty() && !ended.stderr.contains("a secret"), "{}", ended.stderr);
        let mut files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap()).collect();
        files.sort_by_key(std::fs::DirEntry::file_name);
        assert_eq!(files.len(), expected);
        for file in files {
            assert_eq!(std::fs::read(file.path()).unwrap(), b"a secret");
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
            let name = file.file_name().into_string().unwrap();
            let (milliseconds, rest) = name.split_once('_').unwrap();
            assert!(milliseconds.parse::<u64>().is_ok(), "{name}");
            let known = ["ReadResource_Request_CurrentState.msgpack", "ReadResource_Response_NewState.msgpack"];
            assert!(known.contains(&rest), "{name}");
        }
    }
}

#[tokio::test]
async fn the_level_is_obeyed() {
    let ended = log_of(Start::fake().env("TF_LOG", "info"), &["fake_talkative"]).await;
    let lines = lines(&ended);
    assert_eq!(lines.iter().map(|line| line["@level"].as_str().unwrap()).collect::<Vec<_>>(), ["info", "info"]);
}

#[tokio::test]
async fn a_caught_panic_is_reported_as_a_log_line_even_without_a_log() {
    let ended = log_of(Start::fake(), &["fake_panic"]).await;
    let lines = lines(&ended);
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["@level"], "error");
    assert_eq!(lines[0]["@message"], "panic: something is wrong with fake_panic");
    assert!(lines[0]["location"].as_str().unwrap().contains("fake.rs:"));
}

#[tokio::test]
async fn a_panic_that_nobody_catches_is_reported_as_terraform_expects_a_crash() {
    let ended = log_of(Start::fake(), &["fake_lost_panic", "fake_echo"]).await;
    assert!(ended.stderr.starts_with("panic: in a task of its own\n"), "{}", ended.stderr);
    assert!(ended.stderr.contains("fake.rs:"));
}
