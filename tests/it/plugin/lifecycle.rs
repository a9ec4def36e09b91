//! How a process ends, and what does not end it.

use std::time::{Duration, Instant};

use futures::StreamExt;
use rustix::process::Signal;

use super::client::Client;
use super::client::go_plugin::ConnInfo;
use super::client::health::HealthCheckRequest;
use super::client::health::health_check_response::ServingStatus;
use super::client::tfplugin6::{list_resource, read_resource, stop_provider};
use super::process::{PATIENCE, Start};

fn read(type_name: &str) -> read_resource::Request {
    read_resource::Request { type_name: type_name.to_owned(), ..Default::default() }
}

async fn answered(client: &Client, type_name: &str) -> read_resource::Response {
    client.provider().read_resource(read(type_name)).await.unwrap().into_inner()
}

/// A call that runs until it is stopped, and surely has begun.
async fn begun(client: &Client, type_name: &'static str) -> tokio::task::JoinHandle<Option<read_resource::Response>> {
    let other = client.clone();
    let call = tokio::spawn(async move {
        other.provider().read_resource(read(type_name)).await.ok().map(tonic::Response::into_inner)
    });
    answered(client, "fake_until_waiting").await;
    call
}

#[tokio::test]
async fn shutdown_ends_the_process_with_all_streams_and_a_call_open() {
    let serving = Start::fake().serve();
    let client = serving.connect().await;
    let mut stdio = client.stdio().stream_stdio(()).await.unwrap().into_inner();
    let outgoing = futures::stream::pending::<ConnInfo>();
    let _broker = client.broker().start_stream(outgoing).await.unwrap().into_inner();
    let health = HealthCheckRequest { service: "plugin".to_owned() };
    let _health = client.health().watch(health).await.unwrap().into_inner();
    let list = list_resource::Request { type_name: "fake_endless".to_owned(), ..Default::default() };
    let _list = client.provider().list_resource(list).await.unwrap().into_inner();
    let call = begun(&client, "fake_forever").await;

    let ended = serving.shut_down(&client).await;
    assert!(ended.status.success());
    assert!(ended.left.is_empty());
    assert_eq!(ended.stderr, "");
    assert!(stdio.message().await.is_ok_and(|data| data.is_none()), "stdio did not end, or was not silent");
    assert_eq!(call.await.unwrap(), None);
}

#[tokio::test]
async fn shutdown_ends_the_process_although_a_call_blocks_its_thread() {
    let serving = Start::fake().serve();
    let client = serving.connect().await;
    let _call = begun(&client, "fake_blocked").await;
    assert!(serving.shut_down(&client).await.status.success());
}

#[tokio::test]
async fn shutdown_ends_the_process_although_the_provider_does_not_stop() {
    let serving = Start::fake().env(super::fake::VARIABLE, "never stops").serve();
    let client = serving.connect().await;
    let ended = serving.shut_down(&client).await;
    assert!(ended.status.success());
    assert!(ended.left.is_empty());
}

#[tokio::test]
async fn an_interrupt_during_a_call_disturbs_neither_the_call_nor_the_process() {
    let serving = Start::fake().serve();
    let client = serving.connect().await;
    let call = begun(&client, "fake_wait").await;
    serving.process.signal(Signal::INT);
    answered(&client, "fake_echo").await;
    assert!(!call.is_finished());
    let response = client.provider().stop_provider(stop_provider::Request {}).await.unwrap().into_inner();
    assert_eq!(response.error, "");
    let response = call.await.unwrap().unwrap();
    assert_eq!(response.diagnostics[0].summary, "Stopped");
    assert!(serving.shut_down(&client).await.status.success());
}

#[tokio::test]
async fn after_stop_the_process_goes_on_serving() {
    let serving = Start::fake().serve();
    let client = serving.connect().await;
    for _ in 0..2 {
        client.provider().stop_provider(stop_provider::Request {}).await.unwrap();
        assert_eq!(answered(&client, "fake_echo").await.diagnostics, []);
    }
    assert!(serving.shut_down(&client).await.status.success());
}

#[tokio::test]
async fn sigterm_ends_the_process_and_removes_the_socket() {
    let serving = Start::quay().serve();
    let _client = serving.connect().await;
    serving.process.signal(Signal::TERM);
    let ended = serving.process.ended().await;
    assert_eq!(ended.status.code(), Some(143));
    assert!(ended.left.is_empty());
    assert_eq!(ended.stderr, "");
}

#[tokio::test]
async fn a_provider_whose_terraform_was_killed_does_not_stay_behind() {
    // The shell stands for Terraform: it starts the provider, and is killed.
    let shell = Start::terraform("/bin/sh").argument("-c").argument(&format!("{} & wait", super::process::QUAY));
    let serving = shell.serve();
    let client = serving.connect().await;
    serving.process.signal(Signal::KILL);
    drop(client);
    // Its output ends with the provider, not with the shell.
    let ended = serving.process.ended().await;
    assert!(ended.left.is_empty());
}

#[tokio::test]
async fn a_provider_whose_terraform_was_killed_before_it_connected_does_not_stay_behind() {
    let shell = Start::terraform("/bin/sh").argument("-c").argument(&format!("{} & wait", super::process::QUAY));
    let serving = shell.serve();
    let killed = Instant::now();
    serving.process.signal(Signal::KILL);
    let ended = serving.process.ended().await;
    assert!(ended.left.is_empty());
    // It looks for its parent five times in a second. Six seconds is what it takes where something else ends it.
    let took = killed.elapsed();
    assert!(took < Duration::from_secs(4), "it was left behind for {took:?}");
}

#[tokio::test]
async fn a_broken_message_ends_the_brokers_stream_and_nothing_else() {
    let serving = Start::quay().serve();
    let client = serving.connect().await;
    // No number of a field is that long. The decoder says so each time that it is asked.
    for broken in [vec![0xff; 64], vec![0x08], vec![0xff]] {
        let messages = futures::stream::once(std::future::ready(broken)).chain(futures::stream::pending());
        let answers = async { client.broker_raw(messages).await.unwrap().message().await };
        let ended = tokio::time::timeout(PATIENCE, answers).await.expect("the stream ends");
        assert!(ended.is_ok_and(|message| message.is_none()));
    }
    assert_eq!(answered(&client, "quay_robot").await.new_state, None);
    assert!(serving.shut_down(&client).await.status.success());
}

#[tokio::test]
async fn a_closed_connection_alone_does_not_end_the_process() {
    let serving = Start::fake().serve();
    drop(serving.connect().await);
    let client = serving.connect().await;
    answered(&client, "fake_echo").await;
    assert!(serving.shut_down(&client).await.status.success());
}

#[tokio::test]
async fn sigterm_stops_a_call_and_lets_it_answer() {
    let serving = Start::fake().serve();
    let client = serving.connect().await;
    let call = begun(&client, "fake_wait").await;
    serving.process.signal(Signal::TERM);
    assert_eq!(call.await.unwrap().unwrap().diagnostics[0].summary, "Stopped");
    assert!(serving.process.ended().await.left.is_empty());
}

#[tokio::test]
async fn health_is_known_for_the_plugin_and_nothing_else() {
    let serving = Start::quay().serve();
    let client = serving.connect().await;
    let ask = |service: &str| HealthCheckRequest { service: service.to_owned() };
    for service in ["plugin", ""] {
        let answer = client.health().check(ask(service)).await.unwrap().into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving);
    }
    let error = client.health().check(ask("other")).await.unwrap_err();
    assert_eq!(error.code(), tonic::Code::NotFound);
    let mut watch = client.health().watch(ask("other")).await.unwrap().into_inner();
    assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::ServiceUnknown);
}
