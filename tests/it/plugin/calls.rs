//! Each call reaches the provider with what Terraform sent, and its answer comes back whole.

use futures::StreamExt;

use super::client::Client;
use super::client::tfplugin6::*;
use super::fake::TOGETHER;
use super::process::{Serving, Start};

async fn fake() -> (Serving, Client) {
    let serving = Start::fake().serve();
    let client = serving.connect().await;
    (serving, client)
}

fn value(bytes: &[u8]) -> Option<DynamicValue> {
    Some(DynamicValue { msgpack: bytes.to_vec(), json: Vec::new() })
}

fn identity(bytes: &[u8]) -> Option<ResourceIdentityData> {
    Some(ResourceIdentityData { identity_data: value(bytes) })
}

fn read(type_name: &str) -> read_resource::Request {
    read_resource::Request { type_name: type_name.to_owned(), ..Default::default() }
}

#[track_caller]
fn is_panic(diagnostics: &[Diagnostic], message: &str) {
    assert_eq!(diagnostics.len(), 1);
    assert_eq!(diagnostics[0].severity(), diagnostic::Severity::Error);
    assert!(diagnostics[0].detail.contains(message), "{}", diagnostics[0].detail);
    assert!(diagnostics[0].detail.contains("fake.rs:"), "{}", diagnostics[0].detail);
}

#[tokio::test]
async fn schemas_functions_identities_and_metadata_agree() {
    let (_serving, client) = fake().await;
    let mut provider = client.provider();
    let schema = provider.get_provider_schema(get_provider_schema::Request {}).await.unwrap().into_inner();
    assert!(schema.provider.unwrap().block.is_some());
    assert_eq!(schema.resource_schemas.keys().collect::<Vec<_>>(), ["fake_a", "fake_b"]);
    assert!(schema.resource_schemas.values().all(|s| s.version == 1 && s.block.is_some()));
    assert!(schema.action_schemas.values().all(|s| s.schema.as_ref().is_some_and(|s| s.block.is_some())));
    let capabilities = ServerCapabilities {
        plan_destroy: true,
        get_provider_schema_optional: true,
        move_resource_state: true,
        generate_resource_config: true,
    };
    assert_eq!(schema.server_capabilities, Some(capabilities));
    assert_eq!((schema.diagnostics.len(), schema.state_store_schemas.len()), (0, 0));

    let metadata = provider.get_metadata(get_metadata::Request {}).await.unwrap().into_inner();
    assert_eq!(metadata.server_capabilities, Some(capabilities));
    assert_eq!(metadata.resources.iter().map(|r| r.type_name.as_str()).collect::<Vec<_>>(), ["fake_a", "fake_b"]);
    let request = get_resource_identity_schemas::Request {};
    let identities = provider.get_resource_identity_schemas(request).await.unwrap().into_inner();
    assert_eq!(identities.identity_schemas.len(), 2);
    let functions = provider.get_functions(get_functions::Request {}).await.unwrap().into_inner();
    assert_eq!(functions.functions.len(), 0);
}

#[tokio::test]
async fn equal_schemas_are_equal_bytes() {
    use prost::Message;
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..2 {
        let (_serving, client) = fake().await;
        let schema = client.provider().get_provider_schema(get_provider_schema::Request {}).await.unwrap();
        seen.insert(schema.into_inner().encode_to_vec());
    }
    assert_eq!(seen.len(), 1);
}

#[tokio::test]
async fn every_kind_is_validated_as_what_it_is() {
    let (_serving, client) = fake().await;
    let mut p = client.provider();
    let name = || "t".to_owned();
    let provider = p.validate_provider_config(validate_provider_config::Request::default()).await.unwrap();
    let r = validate_resource_config::Request { type_name: name(), ..Default::default() };
    let resource = p.validate_resource_config(r).await.unwrap();
    let r = validate_data_resource_config::Request { type_name: name(), config: None };
    let data = p.validate_data_resource_config(r).await.unwrap();
    let r = validate_ephemeral_resource_config::Request { type_name: name(), config: None };
    let ephemeral = p.validate_ephemeral_resource_config(r).await.unwrap();
    let r = validate_list_resource_config::Request { type_name: name(), ..Default::default() };
    let list = p.validate_list_resource_config(r).await.unwrap();
    let r = validate_action_config::Request { type_name: name(), config: None };
    let action = p.validate_action_config(r).await.unwrap();
    let all = [
        provider.into_inner().diagnostics,
        resource.into_inner().diagnostics,
        data.into_inner().diagnostics,
        ephemeral.into_inner().diagnostics,
        list.into_inner().diagnostics,
        action.into_inner().diagnostics,
    ];
    let said: Vec<_> = all.iter().map(|d| (d[0].summary.as_str(), d[0].detail.as_str())).collect();
    let expected =
        [("Provider", ""), ("Resource", "t"), ("DataSource", "t"), ("Ephemeral", "t"), ("List", "t"), ("Action", "t")];
    assert_eq!(said, expected);
}

#[tokio::test]
async fn a_managed_resources_messages_arrive_whole() {
    let (_serving, client) = fake().await;
    let mut p = client.provider();
    let name = || "fake_echo".to_owned();
    let r = read_resource::Request {
        type_name: name(),
        current_state: value(b"state"),
        private: b"private".to_vec(),
        current_identity: identity(b"identity"),
        client_capabilities: Some(ClientCapabilities { deferral_allowed: true, ..Default::default() }),
        ..Default::default()
    };
    let read = p.read_resource(r).await.unwrap().into_inner();
    assert_eq!((read.new_state, read.new_identity), (value(b"state"), identity(b"identity")));
    assert_eq!((read.private, read.deferred.unwrap().reason()), (b"private".to_vec(), deferred::Reason::AbsentPrereq));

    let r = plan_resource_change::Request {
        type_name: name(),
        proposed_new_state: value(b"proposed"),
        planned_private: b"planned".to_vec(),
        prior_identity: identity(b"identity"),
        ..Default::default()
    };
    let plan = p.plan_resource_change(r).await.unwrap().into_inner();
    assert_eq!((plan.planned_state, plan.planned_identity), (value(b"proposed"), identity(b"identity")));
    assert_eq!((plan.planned_private, plan.legacy_type_system), (b"planned".to_vec(), false));
    let attribute = |name: &str| attribute_path::Step {
        selector: Some(attribute_path::step::Selector::AttributeName(name.to_owned())),
    };
    assert_eq!(plan.requires_replace, [AttributePath { steps: vec![attribute("a")] }]);
    assert_eq!(plan.diagnostics[0].severity(), diagnostic::Severity::Warning);
    assert_eq!(plan.diagnostics[0].attribute.as_ref().unwrap().steps, [attribute("a"), attribute("b")]);

    let r = apply_resource_change::Request {
        type_name: name(),
        planned_state: value(b"planned"),
        planned_private: b"private".to_vec(),
        planned_identity: identity(b"identity"),
        ..Default::default()
    };
    let apply = p.apply_resource_change(r).await.unwrap().into_inner();
    assert_eq!((apply.new_state, apply.new_identity), (value(b"planned"), identity(b"identity")));
    assert_eq!((apply.private, apply.legacy_type_system), (b"private".to_vec(), false));
}

#[tokio::test]
async fn upgrade_import_move_and_generation_arrive_whole() {
    let (_serving, client) = fake().await;
    let mut p = client.provider();
    let name = || "fake_echo".to_owned();
    let raw = || Some(RawState { json: b"{}".to_vec(), ..Default::default() });
    let r = upgrade_resource_state::Request { type_name: name(), version: 0, raw_state: raw() };
    assert_eq!(p.upgrade_resource_state(r).await.unwrap().into_inner().upgraded_state, value(b"{}"));
    let r = upgrade_resource_identity::Request { type_name: name(), version: 0, raw_identity: raw() };
    assert_eq!(p.upgrade_resource_identity(r).await.unwrap().into_inner().upgraded_identity, identity(b"{}"));
    let r = import_resource_state::Request {
        type_name: name(),
        id: "a/b".to_owned(),
        identity: identity(b"i"),
        ..Default::default()
    };
    let imported = p.import_resource_state(r).await.unwrap().into_inner().imported_resources;
    let expected = import_resource_state::ImportedResource {
        type_name: name(),
        state: value(b"a/b"),
        private: vec![1],
        identity: identity(b"i"),
    };
    assert_eq!(imported, [expected]);
    let r = move_resource_state::Request { source_state: raw(), source_private: vec![2], ..Default::default() };
    let moved = p.move_resource_state(r).await.unwrap().into_inner();
    assert_eq!((moved.target_state, moved.target_private), (value(b"{}"), vec![2]));
    let r = generate_resource_config::Request { type_name: name(), state: value(b"state") };
    assert_eq!(p.generate_resource_config(r).await.unwrap().into_inner().config, value(b"state"));
    let r = read_data_source::Request { type_name: name(), config: value(b"config"), ..Default::default() };
    assert_eq!(p.read_data_source(r).await.unwrap().into_inner().state, value(b"config"));
}

#[tokio::test]
async fn ephemeral_resources_are_opened_renewed_and_closed() {
    let (_serving, client) = fake().await;
    let mut p = client.provider();
    let name = || "t".to_owned();
    let r = open_ephemeral_resource::Request { type_name: name(), config: value(b"c"), client_capabilities: None };
    let opened = p.open_ephemeral_resource(r).await.unwrap().into_inner();
    assert_eq!((opened.result, opened.private), (value(b"c"), Some(vec![3])));
    assert_eq!(opened.renew_at, Some(prost_types::Timestamp { seconds: 1, nanos: 2 }));
    let r = renew_ephemeral_resource::Request { type_name: name(), private: Some(vec![3]) };
    let renewed = p.renew_ephemeral_resource(r).await.unwrap().into_inner();
    assert_eq!((renewed.private, renewed.renew_at), (Some(vec![3]), None));
    let r = close_ephemeral_resource::Request { type_name: name(), private: Some(vec![3]) };
    let closed = p.close_ephemeral_resource(r).await.unwrap().into_inner();
    assert_eq!(closed.diagnostics[0].detail, "[3]");
}

#[tokio::test]
async fn functions_answer_or_name_the_wrong_argument() {
    let (_serving, client) = fake().await;
    let mut p = client.provider();
    let call = |name: &str, arguments| call_function::Request { name: name.to_owned(), arguments };
    // OpenTofu's null: a value without any bytes.
    let arguments = vec![DynamicValue::default(), value(b"last").unwrap()];
    let last = p.call_function(call("last", arguments)).await.unwrap().into_inner();
    assert_eq!((last.result, last.error), (value(b"last"), None));
    let wrong = p.call_function(call("wrong", Vec::new())).await.unwrap().into_inner();
    let error = FunctionError { text: "wrong".to_owned(), function_argument: Some(1) };
    assert_eq!((wrong.result, wrong.error), (None, Some(error)));
    let panicked = p.call_function(call("missing", Vec::new())).await.unwrap().into_inner();
    assert!(panicked.error.unwrap().text.contains("no function missing"));
}

#[tokio::test]
async fn lists_and_actions_are_streams() {
    let (_serving, client) = fake().await;
    let mut p = client.provider();
    let r = list_resource::Request { type_name: "t".to_owned(), config: value(b"c"), limit: 40, ..Default::default() };
    let events: Vec<_> = p.list_resource(r).await.unwrap().into_inner().map(Result::unwrap).collect().await;
    let names: Vec<_> = events.iter().map(|e| e.display_name.as_str()).collect();
    assert_eq!(names, (0..40).map(|n| n.to_string()).collect::<Vec<_>>());
    assert_eq!(events[0].resource_object, value(b"c"));

    let r = plan_action::Request { action_type: "t".to_owned(), ..Default::default() };
    let planned = p.plan_action(r).await.unwrap().into_inner();
    assert_eq!(planned.deferred.unwrap().reason(), deferred::Reason::ProviderConfigUnknown);
    let r = invoke_action::Request { action_type: "t".to_owned(), ..Default::default() };
    let events: Vec<_> =
        p.invoke_action(r).await.unwrap().into_inner().map(|e| e.unwrap().r#type.unwrap()).collect().await;
    let progress = invoke_action::event::Progress { message: "half way".to_owned() };
    let expected =
        [invoke_action::event::Type::Progress(progress), invoke_action::event::Type::Completed(Default::default())];
    assert_eq!(events, expected);
}

#[tokio::test]
async fn a_list_stops_when_nobody_listens() {
    let (_serving, client) = fake().await;
    let r = list_resource::Request { type_name: "fake_endless".to_owned(), ..Default::default() };
    let mut events = client.provider().list_resource(r).await.unwrap().into_inner();
    assert!(events.message().await.unwrap().is_some());
    drop(events);
    client.provider().read_resource(read("fake_until_dropped")).await.unwrap();
}

#[tokio::test]
async fn a_panic_is_an_error_of_its_call_and_of_no_other() {
    let (_serving, client) = fake().await;
    let mut p = client.provider();
    let response = p.read_resource(read("fake_panic")).await.unwrap().into_inner();
    is_panic(&response.diagnostics, "something is wrong with fake_panic");
    let response = p.read_resource(read("fake_panic_later")).await.unwrap().into_inner();
    is_panic(&response.diagnostics, "there was nothing");
    let r = validate_action_config::Request { type_name: "fake_panic".to_owned(), config: None };
    is_panic(&p.validate_action_config(r).await.unwrap().into_inner().diagnostics, "validation of Action");
    let r = apply_resource_change::Request {
        type_name: "fake_panic".to_owned(),
        planned_state: value(b"planned"),
        ..Default::default()
    };
    let response = p.apply_resource_change(r).await.unwrap().into_inner();
    is_panic(&response.diagnostics, "during apply");
    assert_eq!(response.new_state, None);
    assert_eq!(p.read_resource(read("fake_echo")).await.unwrap().into_inner().diagnostics, []);
}

#[tokio::test]
async fn a_panic_in_a_stream_is_its_last_event() {
    let (_serving, client) = fake().await;
    let mut p = client.provider();
    let r = list_resource::Request { type_name: "fake_panic".to_owned(), ..Default::default() };
    let events: Vec<_> = p.list_resource(r).await.unwrap().into_inner().map(Result::unwrap).collect().await;
    assert_eq!((events.len(), events[0].display_name.as_str()), (2, "0"));
    is_panic(&events[1].diagnostic, "in the middle of a list");

    let r = invoke_action::Request { action_type: "fake_panic".to_owned(), ..Default::default() };
    let events: Vec<_> =
        p.invoke_action(r).await.unwrap().into_inner().map(|e| e.unwrap().r#type.unwrap()).collect().await;
    assert!(matches!(events[0], invoke_action::event::Type::Progress(_)));
    match &events[1..] {
        [invoke_action::event::Type::Completed(completed)] => is_panic(&completed.diagnostics, "during an action"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn calls_run_beside_each_other() {
    let (_serving, client) = fake().await;
    let calls = (0..TOGETHER).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { client.provider().read_resource(read("fake_together")).await })
    });
    for call in futures::future::join_all(calls).await {
        assert_eq!(call.unwrap().unwrap().into_inner().diagnostics, []);
    }
}

#[tokio::test]
async fn large_states_go_through_in_both_directions() {
    let (_serving, client) = fake().await;
    for megabytes in [10, 100] {
        let state = DynamicValue { msgpack: vec![0xa5; megabytes << 20], json: Vec::new() };
        let r = read_resource::Request { current_state: Some(state.clone()), ..read("fake_echo") };
        let response = client.provider().read_resource(r).await.unwrap().into_inner();
        assert!(response.new_state == Some(state), "{megabytes} MiB were changed on the way");
    }
}

#[tokio::test]
async fn state_stores_are_not_implemented() {
    let (_serving, client) = fake().await;
    let mut p = client.provider();
    let chunks = futures::stream::empty::<write_state_bytes::RequestChunk>();
    let codes = [
        p.validate_state_store_config(validate_state_store::Request::default()).await.unwrap_err().code(),
        p.configure_state_store(configure_state_store::Request::default()).await.unwrap_err().code(),
        p.read_state_bytes(read_state_bytes::Request::default()).await.unwrap_err().code(),
        p.write_state_bytes(chunks).await.unwrap_err().code(),
        p.lock_state(lock_state::Request::default()).await.unwrap_err().code(),
        p.unlock_state(unlock_state::Request::default()).await.unwrap_err().code(),
        p.get_states(get_states::Request::default()).await.unwrap_err().code(),
        p.delete_state(delete_state::Request::default()).await.unwrap_err().code(),
    ];
    assert_eq!(codes, [tonic::Code::Unimplemented; 8]);
}
