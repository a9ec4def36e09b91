//! The work behind the calls: values are decoded, the schema and the resource's own code do their part, and values are encoded.

use super::apply::{self, Change};
use super::definition::{Definition, ID, Operation};
use super::erased::{AnyResource, Listing};
use super::plan::{self, Question};
use super::{Engine, Entry, Private, checks, decode, encode, find, import};
use crate::framework::author::{Report, Session};
use crate::framework::model::Object;
use crate::framework::schema::{IdentitySchema, Schema};
use crate::framework::server::*;
use crate::framework::value::{self, Value};
use crate::framework::{Diagnostic, Diagnostics};

/// A result, or its error behind what was said before it.
pub(super) fn with<T>(result: crate::framework::author::Result<T>, said: &Diagnostics) -> Result<T, Diagnostics> {
    result.map_err(|error| {
        let mut all = said.clone();
        all.push(error.into());
        all
    })
}

fn identity(schema: Option<&IdentitySchema>, value: Option<Value>) -> Result<Option<Encoded>, Diagnostics> {
    let (Some(schema), Some(value)) = (schema, value) else { return Ok(None) };
    let encoded = Encoded::of(&value, &schema.ty());
    let encoded = encoded
        .map_err(|e| Diagnostic::error("Bug in the provider", format!("Its identity cannot be written: {e}")))?;
    Ok(Some(encoded))
}

/// An identity that is certain, for a state that exists.
fn known_identity(definition: &Definition, state: &Value) -> Result<Option<Encoded>, Diagnostics> {
    let value = state.as_object().and_then(|o| definition.identity_of(o)).filter(Value::is_wholly_known);
    identity(definition.identity.as_ref(), value)
}

impl<C: Session> Engine<C> {
    pub(super) fn resource(&self, type_name: &str) -> Result<&Entry<dyn AnyResource<C>>, Diagnostics> {
        find(&self.resources, "resource", type_name)
    }

    pub(super) fn upgrade_state_of(
        &self,
        type_name: &str,
        version: i64,
        state: &RawState,
    ) -> Result<Encoded, Diagnostics> {
        let entry = self.resource(type_name)?;
        let definition = &entry.definition;
        let bad = |e: value::DecodeError| {
            let detail = format!("The stored state of {type_name} cannot be read: {e}.");
            Diagnostics::from(Diagnostic::error("State cannot be read", detail))
        };
        if state.flatmap {
            let detail = format!(
                "The state of {type_name} was written by a Terraform older than 0.12. Apply it once with 0.12."
            );
            return Err(Diagnostic::error("State is too old", detail).into());
        }
        let current = definition.schema.version;
        if version > current {
            let detail = format!(
                "The state of {type_name} was written by a newer version of this provider (schema version {version}; this one \
                 knows {current}). Use that version or a newer one."
            );
            return Err(Diagnostic::error("State is of a newer provider", detail).into());
        }
        let value = if version == current {
            value::json::decode_adapting(&state.json, &definition.schema.ty()).map_err(bad)?
        } else {
            let old = value::json::decode_untyped(&state.json).map_err(bad)?;
            let old = old.as_object().cloned().unwrap_or_default();
            import::upgrade(definition, &entry.code.upgrades(), version, old)?
        };
        encode(&value, &definition.schema)
    }

    pub(super) fn upgrade_identity_of(
        &self,
        type_name: &str,
        _version: i64,
        state: &RawState,
    ) -> Result<Encoded, Diagnostics> {
        let definition = &self.resource(type_name)?.definition;
        let schema = definition.identity.as_ref();
        let schema = schema.ok_or_else(|| Diagnostic::error("No identity", format!("{type_name} has no identity.")))?;
        // A state that was written before Terraform knew identities has none; the next read gives it one.
        if state.json.is_empty() {
            return Ok(Encoded::default());
        }
        let value = value::json::decode_adapting(&state.json, &schema.ty())
            .map_err(|e| Diagnostic::error("Identity cannot be read", format!("{type_name}: {e}")))?;
        identity(Some(schema), Some(value)).map(Option::unwrap_or_default)
    }

    pub(super) async fn read_resource(
        &self,
        request: ReadRequest,
    ) -> Result<ReadResponse, (Diagnostics, Option<Deferred>)> {
        if request.capabilities.deferral_allowed && self.is_unknown() {
            return Err((Diagnostics::default(), Some(Deferred::ProviderConfigUnknown)));
        }
        self.read_known(request).await.map_err(|diagnostics| (diagnostics, None))
    }

    pub(super) async fn read_known(&self, request: ReadRequest) -> Result<ReadResponse, Diagnostics> {
        let entry = self.resource(&request.type_name)?;
        let definition = &entry.definition;
        let mut state = decode(&request.current_state, &definition.schema)?;
        if state.is_null() {
            return Ok(ReadResponse::default());
        }
        let mut private = Private::decode(&request.private);
        let imported = private.take_imported();
        plan::fill_defaults(&definition.schema, &state.clone(), &mut state);
        let object = apply::attributes_of(&state);
        let mut cx = self.context(definition, Operation::Read, state.as_object().unwrap_or(&object))?;
        let result = entry.code.read(&mut cx, object).await;
        let (_, mut diagnostics) = cx.finish();
        let Some(object) = with(result, &diagnostics)? else {
            return Ok(ReadResponse { diagnostics, ..ReadResponse::default() });
        };
        let mut new_state = apply::complete(definition, &state, object);
        apply::forget_unknown(&mut new_state);
        if !imported {
            checks::same_identity(definition, &state, &new_state, &mut diagnostics);
        }
        Ok(ReadResponse {
            new_identity: known_identity(definition, &new_state)?,
            new_state: encode(&new_state, &definition.schema)?,
            private: private.encode(),
            diagnostics,
            deferred: None,
        })
    }

    pub(super) async fn plan_resource(&self, request: PlanRequest) -> Result<PlanResponse, Diagnostics> {
        let entry = self.resource(&request.type_name)?;
        let definition = &entry.definition;
        let schema = &definition.schema;
        let prior = decode(&request.prior_state, schema)?;
        let proposed = decode(&request.proposed_new_state, schema)?;
        let config = decode(&request.config, schema)?;
        let question = Question { prior: &prior, proposed: &proposed, config: &config };
        let planned = plan::plan(definition, &question, &|ask| entry.code.plan(ask));
        let mut diagnostics = planned.report.0;
        if self.checks_itself {
            checks::plan(schema, &question, &planned.value, &planned.replace, &mut diagnostics);
        }
        if let Some(object) = planned.value.as_object()
            && planned.value != prior
            && let Ok(mut cx) = self.context(definition, Operation::Read, object)
        {
            let mut report = Report::default();
            let whole = apply::attributes_of(&apply::with_write_only(definition, &planned.value, &config));
            entry.code.probe(&mut cx, &whole, &mut report).await;
            diagnostics.extend(report.0);
        }
        // An identity that is not known yet is left out: Terraform 1.15 cannot show a plan that has one ("value is not known").
        let subject = if planned.value.is_null() { &prior } else { &planned.value };
        let planned_identity =
            subject.as_object().and_then(|o| definition.identity_of(o)).filter(Value::is_wholly_known);
        Ok(PlanResponse {
            planned_state: encode(&planned.value, schema)?,
            requires_replace: planned.replace,
            planned_private: request.prior_private,
            planned_identity: identity(definition.identity.as_ref(), planned_identity)?,
            diagnostics,
            deferred: None,
        })
    }

    pub(super) async fn apply_resource(&self, request: ApplyRequest) -> Result<ApplyResponse, Diagnostics> {
        let entry = self.resource(&request.type_name)?;
        let definition = &entry.definition;
        let schema = &definition.schema;
        let prior = decode(&request.prior_state, schema)?;
        let planned = decode(&request.planned_state, schema)?;
        let config = decode(&request.config, schema)?;
        let (operation, object) = match (&prior, &planned) {
            (Value::Null, planned) => (Operation::Create, planned),
            (prior, Value::Null) => (Operation::Delete, prior),
            (_, planned) => (Operation::Update, planned),
        };
        let cx = self.context(definition, operation, object.as_object().unwrap_or(&Object::new()))?;
        let change = Change { prior: &prior, planned: &planned, config: &config };
        let mut outcome = apply::apply(&*entry.code, definition, cx, &change).await;
        if self.checks_itself && !outcome.diagnostics.has_errors() {
            checks::applied(schema, &planned, &outcome.state, &mut outcome.diagnostics);
        }
        if operation == Operation::Update {
            checks::same_identity(definition, &prior, &outcome.state, &mut outcome.diagnostics);
        }
        Ok(ApplyResponse {
            new_identity: known_identity(definition, &outcome.state)?,
            new_state: encode(&outcome.state, schema)?,
            private: if outcome.state.is_null() { Vec::new() } else { request.planned_private },
            diagnostics: outcome.diagnostics,
        })
    }

    pub(super) fn import_resource(&self, request: &ImportRequest) -> Result<Imported, Diagnostics> {
        let definition = &self.resource(&request.type_name)?.definition;
        let by_identity =
            match (&request.identity, &definition.identity) {
                (Some(encoded), Some(schema)) => Some(encoded.decode(&schema.ty()).map_err(|e| {
                    Diagnostic::error("Identity cannot be read", format!("{}: {e}", request.type_name))
                })?),
                _ => None,
            };
        let state = import::stub(definition, &request.id, by_identity.as_ref())?;
        let mut private = Private::default();
        private.mark_imported();
        let found = state.as_object().and_then(|o| definition.identity_of(o));
        Ok(Imported {
            type_name: request.type_name.clone(),
            state: encode(&state, &definition.schema)?,
            private: private.encode(),
            identity: identity(definition.identity.as_ref(), by_identity.or(found))?,
        })
    }

    pub(super) fn move_resource(&self, request: &MoveRequest) -> Result<MoveResponse, Diagnostics> {
        let entry = self.resource(&request.target_type_name)?;
        let definition = &entry.definition;
        let old = value::json::decode_untyped(&request.source_state.json)
            .map_err(|e| Diagnostic::error("State cannot be read", format!("{}: {e}", request.source_type_name)))?;
        let old = old.as_object().cloned().unwrap_or_default();
        let source = (request.source_provider_address.as_str(), request.source_type_name.as_str());
        let state = import::take_over(definition, &entry.code.moves(), source, old)?;
        Ok(MoveResponse {
            target_identity: known_identity(definition, &state)?,
            target_state: encode(&state, &definition.schema)?,
            ..MoveResponse::default()
        })
    }

    pub(super) async fn read_data_source(
        &self,
        type_name: &str,
        config: &Encoded,
    ) -> Result<(Encoded, Diagnostics), Diagnostics> {
        let entry = find(&self.data_sources, "data source", type_name)?;
        let definition = &entry.definition;
        let schema = &definition.schema;
        let mut config = decode(config, schema)?;
        plan::fill_defaults(schema, &config.clone(), &mut config);
        let object = config.as_object().cloned().unwrap_or_default();
        let mut cx = self.context(definition, Operation::Read, &object)?;
        let result = entry.code.read(&mut cx, object).await;
        let (_, mut diagnostics) = cx.finish();
        let state = finish_reading(schema, &config, with(result, &diagnostics)?, &mut diagnostics);
        Ok((encode(&state, schema)?, diagnostics))
    }

    pub(super) async fn open_ephemeral(&self, type_name: &str, config: &Encoded) -> Result<OpenResponse, Diagnostics> {
        let entry = find(&self.ephemeral, "ephemeral resource", type_name)?;
        let definition = &entry.definition;
        let schema = &definition.schema;
        let mut config = decode(config, schema)?;
        plan::fill_defaults(schema, &config.clone(), &mut config);
        let object = config.as_object().cloned().unwrap_or_default();
        let mut cx = self.context(definition, Operation::Create, &object)?;
        let result = entry.code.open(&mut cx, object).await;
        let (_, mut diagnostics) = cx.finish();
        let (object, private, renew_at) = with(result, &diagnostics)?;
        let result = finish_reading(schema, &config, object, &mut diagnostics);
        Ok(OpenResponse {
            result: encode(&result, schema)?,
            renew_at,
            private: Some(private),
            diagnostics,
            deferred: None,
        })
    }

    pub(super) async fn list_resource(&self, request: &ListRequest, sink: Sink<ListEvent>) -> Result<(), Diagnostics> {
        let entry = self.resource(&request.type_name)?;
        let definition = entry.definition.clone();
        let schema = entry.code.query_schema();
        let schema = schema.ok_or_else(|| super::unknown("list resource", &request.type_name))?;
        let mut query = decode(&request.config, &schema)?;
        plan::fill_defaults(&schema, &query.clone(), &mut query);
        let query = query.as_object().cloned().unwrap_or_default();
        let mut cx = self.context(&definition, Operation::Read, &query)?;
        let include = request.include_resource;
        let emit = Box::new(move |object| event(&definition, object, include));
        let limit = if request.limit > 0 { request.limit } else { i64::MAX };
        let result = entry.code.list(&mut cx, query, Listing { sink: sink.clone(), limit, include, emit }).await;
        let (_, diagnostics) = cx.finish();
        with(result, &diagnostics)?;
        if !diagnostics.is_empty() {
            let _ = sink.send(ListEvent { diagnostics, ..ListEvent::default() }).await;
        }
        Ok(())
    }
}

/// What a data source or ephemeral resource gave: the user's spellings kept, nothing open.
fn finish_reading(schema: &Schema, config: &Value, object: Object, diagnostics: &mut Diagnostics) -> Value {
    let mut state = Value::Object(object);
    plan::keep_spelling_of(schema, config, &mut state);
    if !state.is_wholly_known() {
        let detail = "An output was not set. Please report this to the provider's developers.";
        diagnostics.push(Diagnostic::error("Bug in the provider", detail));
        apply::forget_unknown(&mut state);
    }
    state
}

/// A find of a list.
fn event(definition: &Definition, object: Object, include: bool) -> ListEvent {
    let mut state = import::whole(definition, object);
    plan::fill_defaults(&definition.schema, &state.clone(), &mut state);
    if let Value::Object(object) = &mut state
        && !definition.ids.is_empty()
    {
        let id = definition.render_id(object);
        object.insert(ID.to_owned(), id);
    }
    apply::forget_unknown(&mut state);
    let display_name = state.attribute(ID).and_then(Value::as_str).unwrap_or_default().to_owned();
    let made = || {
        let identity = known_identity(definition, &state)?;
        let resource = if include { Some(encode(&state, &definition.schema)?) } else { None };
        Ok(ListEvent { identity, display_name, resource, diagnostics: Diagnostics::default() })
    };
    made().unwrap_or_else(|diagnostics| ListEvent { diagnostics, ..ListEvent::default() })
}
