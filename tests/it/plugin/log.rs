//! Standard error, as Terraform reads it.

use serde_json::Value as Json;

use super::client::tfplugin6::read_resource;
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
