//! The protocol's messages, into the framework's and back. Nothing here decides anything, but how words are shown ([`super::screen`]).

use std::ops::RangeInclusive;

use terraform_framework::server::{
    ActionEvent, ApplyRequest, ApplyResponse, ClientCapabilities, ConfigureRequest, DataResponse, Deferred, Encoded,
    FunctionError, ImportRequest, ImportResponse, Imported, ListEvent, ListRequest, MoveRequest, MoveResponse,
    OpenResponse, PlanRequest, PlanResponse, RawState, ReadRequest, ReadResponse, RenewResponse, Timestamp,
};
use terraform_framework::{Diagnostic, Diagnostics, Path, Severity, Step};

use super::proto::tfplugin6 as proto;
use super::proto::tfplugin6::attribute_path::step::Selector;
use super::screen;

/// A value from the wire; an absent one is null.
pub(crate) fn encoded(value: Option<proto::DynamicValue>) -> Encoded {
    value.map(|value| Encoded { msgpack: value.msgpack, json: value.json }).unwrap_or_default()
}

/// A value for the wire; null without a type is absent.
pub(crate) fn dynamic(value: Encoded) -> Option<proto::DynamicValue> {
    let null = value.msgpack.is_empty() && value.json.is_empty();
    (!null).then_some(proto::DynamicValue { msgpack: value.msgpack, json: value.json })
}

/// A stored value from the wire.
pub(crate) fn raw(state: Option<proto::RawState>) -> RawState {
    state.map(|state| RawState { json: state.json, flatmap: !state.flatmap.is_empty() }).unwrap_or_default()
}

/// What the client understands; absent: nothing special.
pub(crate) fn capabilities(capabilities: Option<proto::ClientCapabilities>) -> ClientCapabilities {
    capabilities
        .map(|c| ClientCapabilities {
            deferral_allowed: c.deferral_allowed,
            write_only_attributes_allowed: c.write_only_attributes_allowed,
            store_planned_private: c.store_planned_private,
        })
        .unwrap_or_default()
}

/// Diagnostics for the wire.
pub(crate) fn diagnostics(diagnostics: Diagnostics) -> Vec<proto::Diagnostic> {
    diagnostics.0.into_iter().map(Into::into).collect()
}

/// An identity for the wire.
pub(crate) fn identity(value: Encoded) -> proto::ResourceIdentityData {
    proto::ResourceIdentityData { identity_data: dynamic(value) }
}

fn identity_of(identity: Option<proto::ResourceIdentityData>) -> Option<Encoded> {
    identity?.identity_data.map(|value| encoded(Some(value)))
}

/// "Not now" for the wire.
pub(crate) fn deferred(deferred: Deferred) -> proto::Deferred {
    use proto::deferred::Reason;
    let reason = match deferred {
        Deferred::ResourceConfigUnknown => Reason::ResourceConfigUnknown,
        Deferred::ProviderConfigUnknown => Reason::ProviderConfigUnknown,
        Deferred::AbsentPrerequisite => Reason::AbsentPrereq,
    };
    proto::Deferred { reason: reason.into() }
}

/// A moment that a token or a server names may be any number. The protocol's end with the year 9999, and begin with the year 1.
fn timestamp(time: Timestamp) -> prost_types::Timestamp {
    const SECONDS: RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;
    prost_types::Timestamp {
        seconds: time.seconds.clamp(*SECONDS.start(), *SECONDS.end()),
        nanos: time.nanos.clamp(0, 999_999_999),
    }
}

impl From<Diagnostic> for proto::Diagnostic {
    fn from(diagnostic: Diagnostic) -> Self {
        let severity = match diagnostic.severity {
            Severity::Error => proto::diagnostic::Severity::Error,
            Severity::Warning => proto::diagnostic::Severity::Warning,
        };
        Self {
            severity: severity.into(),
            summary: screen::short_line(diagnostic.summary),
            detail: screen::short_paragraphs(diagnostic.detail),
            attribute: diagnostic.path.filter(|path| !path.0.is_empty()).map(Into::into),
        }
    }
}

impl From<Path> for proto::AttributePath {
    fn from(path: Path) -> Self {
        let step = |step| {
            let selector = match step {
                Step::Attribute(name) => Selector::AttributeName(name),
                Step::Key(key) => Selector::ElementKeyString(key),
                // A list has at most 2^63 elements.
                Step::Index(index) => Selector::ElementKeyInt(i64::try_from(index).unwrap_or(i64::MAX)),
            };
            proto::attribute_path::Step { selector: Some(selector) }
        };
        Self { steps: path.0.into_iter().map(step).collect() }
    }
}

impl From<FunctionError> for proto::FunctionError {
    fn from(error: FunctionError) -> Self {
        Self { text: screen::short_paragraphs(error.text), function_argument: error.argument }
    }
}

impl From<proto::configure_provider::Request> for ConfigureRequest {
    fn from(request: proto::configure_provider::Request) -> Self {
        Self {
            terraform_version: request.terraform_version,
            config: encoded(request.config),
            capabilities: capabilities(request.client_capabilities),
        }
    }
}

impl From<proto::read_resource::Request> for ReadRequest {
    fn from(request: proto::read_resource::Request) -> Self {
        Self {
            type_name: request.type_name,
            current_state: encoded(request.current_state),
            private: request.private,
            current_identity: identity_of(request.current_identity),
            capabilities: capabilities(request.client_capabilities),
        }
    }
}

impl From<ReadResponse> for proto::read_resource::Response {
    fn from(response: ReadResponse) -> Self {
        Self {
            new_state: dynamic(response.new_state),
            diagnostics: diagnostics(response.diagnostics),
            private: response.private,
            deferred: response.deferred.map(deferred),
            new_identity: response.new_identity.map(identity),
        }
    }
}

impl From<proto::plan_resource_change::Request> for PlanRequest {
    fn from(request: proto::plan_resource_change::Request) -> Self {
        Self {
            type_name: request.type_name,
            prior_state: encoded(request.prior_state),
            proposed_new_state: encoded(request.proposed_new_state),
            config: encoded(request.config),
            prior_private: request.prior_private,
            planned_private: request.planned_private,
            prior_identity: identity_of(request.prior_identity),
            capabilities: capabilities(request.client_capabilities),
        }
    }
}

impl From<PlanResponse> for proto::plan_resource_change::Response {
    fn from(response: PlanResponse) -> Self {
        Self {
            planned_state: dynamic(response.planned_state),
            requires_replace: response.requires_replace.into_iter().map(Into::into).collect(),
            planned_private: response.planned_private,
            diagnostics: diagnostics(response.diagnostics),
            legacy_type_system: false,
            deferred: response.deferred.map(deferred),
            planned_identity: response.planned_identity.map(identity),
        }
    }
}

impl From<proto::apply_resource_change::Request> for ApplyRequest {
    fn from(request: proto::apply_resource_change::Request) -> Self {
        Self {
            type_name: request.type_name,
            prior_state: encoded(request.prior_state),
            planned_state: encoded(request.planned_state),
            config: encoded(request.config),
            planned_private: request.planned_private,
            planned_identity: identity_of(request.planned_identity),
        }
    }
}

impl From<ApplyResponse> for proto::apply_resource_change::Response {
    fn from(response: ApplyResponse) -> Self {
        Self {
            new_state: dynamic(response.new_state),
            private: response.private,
            diagnostics: diagnostics(response.diagnostics),
            legacy_type_system: false,
            new_identity: response.new_identity.map(identity),
        }
    }
}

impl From<proto::import_resource_state::Request> for ImportRequest {
    fn from(request: proto::import_resource_state::Request) -> Self {
        Self {
            type_name: request.type_name,
            id: request.id,
            identity: identity_of(request.identity),
            capabilities: capabilities(request.client_capabilities),
        }
    }
}

impl From<Imported> for proto::import_resource_state::ImportedResource {
    fn from(imported: Imported) -> Self {
        Self {
            type_name: imported.type_name,
            state: dynamic(imported.state),
            private: imported.private,
            identity: imported.identity.map(identity),
        }
    }
}

impl From<ImportResponse> for proto::import_resource_state::Response {
    fn from(response: ImportResponse) -> Self {
        Self {
            imported_resources: response.imported.into_iter().map(Into::into).collect(),
            diagnostics: diagnostics(response.diagnostics),
            deferred: response.deferred.map(deferred),
        }
    }
}

impl From<proto::move_resource_state::Request> for MoveRequest {
    fn from(request: proto::move_resource_state::Request) -> Self {
        Self {
            source_provider_address: request.source_provider_address,
            source_type_name: request.source_type_name,
            source_schema_version: request.source_schema_version,
            source_state: raw(request.source_state),
            target_type_name: request.target_type_name,
            source_private: request.source_private,
        }
    }
}

impl From<MoveResponse> for proto::move_resource_state::Response {
    fn from(response: MoveResponse) -> Self {
        Self {
            target_state: dynamic(response.target_state),
            diagnostics: diagnostics(response.diagnostics),
            target_private: response.target_private,
            target_identity: response.target_identity.map(identity),
        }
    }
}

impl From<DataResponse> for proto::read_data_source::Response {
    fn from(response: DataResponse) -> Self {
        Self {
            state: dynamic(response.state),
            diagnostics: diagnostics(response.diagnostics),
            deferred: response.deferred.map(deferred),
        }
    }
}

impl From<OpenResponse> for proto::open_ephemeral_resource::Response {
    fn from(response: OpenResponse) -> Self {
        Self {
            diagnostics: diagnostics(response.diagnostics),
            renew_at: response.renew_at.map(timestamp),
            result: dynamic(response.result),
            private: response.private,
            deferred: response.deferred.map(deferred),
        }
    }
}

impl From<RenewResponse> for proto::renew_ephemeral_resource::Response {
    fn from(response: RenewResponse) -> Self {
        Self {
            diagnostics: diagnostics(response.diagnostics),
            renew_at: response.renew_at.map(timestamp),
            private: response.private,
        }
    }
}

impl From<proto::list_resource::Request> for ListRequest {
    fn from(request: proto::list_resource::Request) -> Self {
        Self {
            type_name: request.type_name,
            config: encoded(request.config),
            include_resource: request.include_resource_object,
            limit: request.limit,
        }
    }
}

impl From<ListEvent> for proto::list_resource::Event {
    fn from(event: ListEvent) -> Self {
        Self {
            identity: event.identity.map(identity),
            display_name: screen::short_line(event.display_name),
            resource_object: event.resource.and_then(dynamic),
            diagnostic: diagnostics(event.diagnostics),
        }
    }
}

impl From<ActionEvent> for proto::invoke_action::Event {
    fn from(event: ActionEvent) -> Self {
        use proto::invoke_action::event::{Completed, Progress, Type};
        let event = match event {
            ActionEvent::Progress(message) => Type::Progress(Progress { message: screen::short_line(message) }),
            ActionEvent::Completed(all) => Type::Completed(Completed { diagnostics: diagnostics(all) }),
        };
        Self { r#type: Some(event) }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::guard::Fallible;
    use super::*;

    #[test]
    fn null_without_a_type_is_an_absent_value_both_ways() {
        assert_eq!(encoded(None), Encoded::default());
        assert_eq!(dynamic(Encoded::default()), None);
        let value = Encoded { msgpack: vec![0xc0], json: Vec::new() };
        assert_eq!(encoded(dynamic(value.clone())), value);
    }

    #[test]
    fn a_moment_beyond_the_protocols_is_the_last_one_or_the_first() {
        let at = |seconds, nanos| {
            let moment = timestamp(Timestamp { seconds, nanos });
            (moment.seconds, moment.nanos)
        };
        assert_eq!(at(1_700_000_000, 7), (1_700_000_000, 7));
        assert_eq!(at(i64::MAX, i32::MAX), (253_402_300_799, 999_999_999));
        assert_eq!(at(i64::MIN, i32::MIN), (-62_135_596_800, 0));
    }

    #[test]
    fn a_path_keeps_its_kinds_of_steps() {
        let path = Path::attribute("a").with(Step::Index(3)).with(Step::Key("k".into()));
        let steps = proto::AttributePath::from(path).steps.into_iter().map(|s| s.selector.unwrap()).collect::<Vec<_>>();
        let expected =
            [Selector::AttributeName("a".into()), Selector::ElementKeyInt(3), Selector::ElementKeyString("k".into())];
        assert_eq!(steps, expected);
    }

    #[test]
    fn words_are_shown_without_what_would_steer_a_terminal() {
        let (said, line) = ("\u{1b}[2J\n\u{202e}\u{9b}", r"\u{1b}[2J\n\u{202e}\u{9b}");
        let text = "\\u{1b}[2J\n\\u{202e}\\u{9b}";
        for diagnostic in [Diagnostic::error(said, said), Diagnostic::warning(said, said)] {
            let diagnostic = proto::Diagnostic::from(diagnostic);
            assert_eq!((diagnostic.summary.as_str(), diagnostic.detail.as_str()), (line, text));
        }
        let error = FunctionError { text: said.to_owned(), argument: None };
        assert_eq!(proto::FunctionError::from(error).text, text);
        let listed = ListEvent { display_name: said.to_owned(), ..ListEvent::default() };
        assert_eq!(proto::list_resource::Event::from(listed).display_name, line);
        let progress = proto::invoke_action::Event::from(ActionEvent::Progress(said.to_owned()));
        assert!(format!("{progress:?}").contains(&format!("{line:?}")), "{progress:?}");
        let failed = <proto::call_function::Response as Fallible>::failed(Diagnostic::error(said, said));
        assert_eq!(failed.error.unwrap().text, format!("{line}: {text}"));
        let failed = <proto::stop_provider::Response as Fallible>::failed(Diagnostic::error(said, said));
        assert_eq!(failed.error, format!("{line}: {text}"));
    }

    #[test]
    fn words_of_any_length_are_cut() {
        let long = "phase ".repeat(1 << 16);
        let progress = proto::invoke_action::Event::from(ActionEvent::Progress(long.clone()));
        assert!(format!("{progress:?}").len() < 1_200);
        for diagnostic in [Diagnostic::error(&long, &long), Diagnostic::warning(&long, &long)] {
            let diagnostic = proto::Diagnostic::from(diagnostic);
            assert!(diagnostic.summary.len() < 1_100 && diagnostic.detail.len() < 4_100);
        }
        let listed = ListEvent { display_name: long, ..ListEvent::default() };
        assert!(proto::list_resource::Event::from(listed).display_name.len() < 1_100);
    }

    #[test]
    fn a_diagnostic_about_the_whole_has_no_path() {
        let diagnostic = proto::Diagnostic::from(Diagnostic::warning("s", "d").at(Path::root()));
        assert_eq!(diagnostic.severity(), proto::diagnostic::Severity::Warning);
        assert_eq!(diagnostic.attribute, None);
    }
}
