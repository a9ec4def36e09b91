//! The work behind the calls about managed resources: values are decoded, the schema and the resource's own code do their part, and
//! values are encoded.

use super::apply::{self, Change};
use super::definition::{Definition, Operation};
use super::erased::AnyResource;
use super::plan::{self, Question};
use super::{Engine, Entry, Private, checks, decode, encode, find, import, keys};
use crate::author::{Report, Session};
use crate::model::Object;
use crate::rules::IdentityStage;
use crate::schema::IdentitySchema;
use crate::server::*;
use crate::value::{self, Value};
use crate::{Diagnostic, Diagnostics};

/// A result, or its error behind what was said before it.
pub(super) fn with<T>(result: crate::author::Result<T>, said: &Diagnostics) -> Result<T, Diagnostics> {
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
fn certain_identity(definition: &Definition, state: &Value) -> Option<Value> {
    state.as_object().and_then(|o| definition.identity_of(o)).filter(Value::is_wholly_known)
}

/// The same for Terraform.
pub(super) fn known_identity(definition: &Definition, state: &Value) -> Result<Option<Encoded>, Diagnostics> {
    identity(definition.identity.as_ref(), certain_identity(definition, state))
}

/// An answer that cannot be encoded is the last of what there is to say, not all of it.
fn after<T>(diagnostics: &Diagnostics, encoded: Result<T, Diagnostics>) -> Result<T, Diagnostics> {
    encoded.map_err(|broken| {
        let mut all = diagnostics.clone();
        all.extend(broken);
        all
    })
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
        let definition = entry.definition();
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
        version: i64,
        state: &RawState,
    ) -> Result<Encoded, Diagnostics> {
        let entry = self.resource(type_name)?;
        let schema = entry.definition().identity.as_ref();
        let schema = schema.ok_or_else(|| Diagnostic::error("No identity", format!("{type_name} has no identity.")))?;
        // A state that was written before Terraform knew identities has none; the next read gives it one.
        if state.json.is_empty() {
            return Ok(Encoded::default());
        }
        if version > schema.version {
            let detail = format!(
                "The identity of {type_name} was written by a newer version of this provider (version {version}; this one knows \
                 {}). Use that version or a newer one.",
                schema.version
            );
            return Err(Diagnostic::error("Identity is of a newer provider", detail).into());
        }
        let bad = |e: value::DecodeError| Diagnostic::error("Identity cannot be read", format!("{type_name}: {e}"));
        let value = if version == schema.version {
            value::json::decode_adapting(&state.json, &schema.ty()).map_err(bad)?
        } else {
            let old = value::json::decode_untyped(&state.json).map_err(bad)?;
            let old = old.as_object().cloned().unwrap_or_default();
            import::upgrade_identity(type_name, schema, &entry.code.identity_upgrades(), version, old)?
        };
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
        let definition = entry.definition();
        let mut state = decode(&request.current_state, &definition.schema)?;
        if state.is_null() {
            return Ok(ReadResponse::default());
        }
        let mut private = Private::decode(&request.private);
        let imported = private.take_imported();
        plan::fill_defaults(&definition.schema, &state.clone(), &mut state);
        let object = apply::attributes_of(&state);
        let cx = self.context(definition, Operation::Read, state.as_object().unwrap_or(&object))?;
        let mut cx = cx.keeping(private);
        let result = entry.code.read(&mut cx, object).await;
        let private = std::mem::take(cx.private_mut());
        let address = cx.address().map(str::to_owned);
        let mut diagnostics = cx.finish();
        let Some(object) = with(result, &diagnostics)? else {
            // An import that finds nothing is an error of its own.
            if !imported && let Some(warning) = self.absence.gone(address.as_deref()) {
                diagnostics.push(warning);
            }
            return Ok(ReadResponse { diagnostics, ..ReadResponse::default() });
        };
        self.absence.found();
        let mut new_state = apply::complete(definition, &state, object);
        apply::forget_unknown(&mut new_state);
        keys::check_answered(definition, &new_state, None)?;
        if !imported {
            checks::same_identity(definition, &state, &new_state, &mut diagnostics);
        }
        if self.checks_itself {
            let identity = certain_identity(definition, &new_state);
            checks::state(&definition.schema, &new_state, &mut diagnostics);
            checks::identity(definition, identity.as_ref(), IdentityStage::Final, &mut diagnostics);
        }
        Ok(ReadResponse {
            new_identity: known_identity(definition, &new_state)?,
            new_state: after(&diagnostics, encode(&new_state, &definition.schema))?,
            private: private.encode(),
            diagnostics,
            deferred: None,
        })
    }

    pub(super) async fn plan_resource(&self, request: PlanRequest) -> Result<PlanResponse, Diagnostics> {
        let entry = self.resource(&request.type_name)?;
        let definition = entry.definition();
        let schema = &definition.schema;
        let prior = decode(&request.prior_state, schema)?;
        let proposed = decode(&request.proposed_new_state, schema)?;
        let config = decode(&request.config, schema)?;
        let question = Question {
            prior: &prior,
            proposed: &proposed,
            config: &config,
            private: &Private::decode(&request.prior_private),
            may_defer: request.capabilities.deferral_allowed,
        };
        let planned = plan::plan(definition, &question, &|ask| entry.code.plan(ask));
        if planned.value != prior {
            keys::check_given(definition, &planned.value)?;
        }
        let mut diagnostics = planned.report.0;
        if self.checks_itself {
            checks::plan(schema, &question, &planned.value, &planned.replace, &mut diagnostics);
        }
        if let Some(object) = planned.value.as_object()
            && planned.value != prior
            && let Ok(cx) = self.context(definition, Operation::Read, object)
        {
            let mut cx = cx.keeping(planned.private.clone());
            let mut report = Report::default();
            let whole = apply::attributes_of(&apply::with_write_only(definition, &planned.value, &config));
            entry.code.preflight(&mut cx, &whole, &mut report).await;
            diagnostics.extend(report.0);
        }
        // An identity that is not known yet is left out: Terraform 1.15 cannot show a plan that has one ("value is not known").
        let subject = if planned.value.is_null() { &prior } else { &planned.value };
        let planned_identity = certain_identity(definition, subject);
        let stays = !prior.is_null() && planned.replace.is_empty();
        if stays {
            checks::same_identity(definition, &prior, subject, &mut diagnostics);
        }
        if self.checks_itself {
            let stage = if stays { IdentityStage::Planned } else { IdentityStage::PlannedNew };
            checks::identity(definition, planned_identity.as_ref(), stage, &mut diagnostics);
        }
        Ok(PlanResponse {
            planned_state: encode(&planned.value, schema)?,
            requires_replace: planned.replace,
            planned_private: planned.private.encode(),
            planned_identity: identity(definition.identity.as_ref(), planned_identity)?,
            diagnostics,
            deferred: planned.deferred,
        })
    }

    pub(super) async fn apply_resource(&self, request: ApplyRequest) -> Result<ApplyResponse, Diagnostics> {
        let entry = self.resource(&request.type_name)?;
        let definition = entry.definition();
        let schema = &definition.schema;
        let prior = decode(&request.prior_state, schema)?;
        let planned = decode(&request.planned_state, schema)?;
        let config = decode(&request.config, schema)?;
        let (operation, object) = match (&prior, &planned) {
            (Value::Null, planned) => (Operation::Create, planned),
            (prior, Value::Null) => (Operation::Delete, prior),
            (_, planned) => (Operation::Update, planned),
        };
        keys::check_given(definition, &planned)?;
        let cx = self.context(definition, operation, object.as_object().unwrap_or(&Object::new()))?;
        let cx = cx.keeping(Private::decode(&request.planned_private));
        let change = Change { prior: &prior, planned: &planned, config: &config };
        let mut outcome = apply::apply(&*entry.code, definition, cx, &change).await;
        if operation != Operation::Delete
            && let Err(refused) = keys::check_answered(definition, &outcome.state, Some(operation))
        {
            outcome.state = prior.clone();
            outcome.diagnostics.push(refused);
        }
        let identity = certain_identity(definition, &outcome.state);
        if self.checks_itself {
            let done = !outcome.diagnostics.has_errors() && !outcome.state.is_null();
            let stage = if done { IdentityStage::Final } else { IdentityStage::Planned };
            checks::applied(schema, &planned, &outcome.state, &mut outcome.diagnostics);
            checks::identity(definition, identity.as_ref(), stage, &mut outcome.diagnostics);
        }
        if operation == Operation::Update {
            checks::same_identity(definition, &prior, &outcome.state, &mut outcome.diagnostics);
        }
        Ok(ApplyResponse {
            new_identity: after(&outcome.diagnostics, self::identity(definition.identity.as_ref(), identity))?,
            new_state: after(&outcome.diagnostics, encode(&outcome.state, schema))?,
            private: if outcome.state.is_null() { Vec::new() } else { outcome.private.encode() },
            diagnostics: outcome.diagnostics,
        })
    }

    pub(super) fn import_resource(&self, request: &ImportRequest) -> Result<Imported, Diagnostics> {
        let definition = self.resource(&request.type_name)?.definition();
        let by_identity =
            match (&request.identity, &definition.identity) {
                (Some(encoded), Some(schema)) => Some(encoded.decode(&schema.ty()).map_err(|e| {
                    Diagnostic::error("Identity cannot be read", format!("{}: {e}", request.type_name))
                })?),
                _ => None,
            };
        let state = import::stub(definition, &request.id, by_identity.as_ref())?;
        keys::check_given(definition, &state)?;
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
        let definition = entry.definition();
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
}
