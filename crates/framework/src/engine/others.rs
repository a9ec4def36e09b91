//! The work behind the calls about what is not managed: data sources, ephemeral resources and lists.

use super::definition::{Definition, ID, Operation};
use super::erased::Listing;
use super::operations::{known_identity, with};
use super::{Engine, apply, decode, encode, find, import, keys, plan};
use crate::author::Session;
use crate::model::Object;
use crate::schema::Schema;
use crate::server::*;
use crate::value::Value;
use crate::{Diagnostic, Diagnostics};

impl<C: Session> Engine<C> {
    pub(super) async fn read_data_source(
        &self,
        type_name: &str,
        config: &Encoded,
    ) -> Result<(Encoded, Diagnostics), Diagnostics> {
        let entry = find(&self.data_sources, "data source", type_name)?;
        let definition = entry.definition();
        let schema = &definition.schema;
        let mut config = decode(config, schema)?;
        plan::fill_defaults(schema, &config.clone(), &mut config);
        let object = config.as_object().cloned().unwrap_or_default();
        let mut cx = self.context(definition, Operation::Read, &object)?;
        let result = entry.code.read(&mut cx, object).await;
        let mut diagnostics = cx.finish();
        let state = finish_reading(schema, &config, with(result, &diagnostics)?, &mut diagnostics);
        Ok((encode(&state, schema)?, diagnostics))
    }

    pub(super) async fn open_ephemeral(&self, type_name: &str, config: &Encoded) -> Result<OpenResponse, Diagnostics> {
        let entry = find(&self.ephemeral, "ephemeral resource", type_name)?;
        let definition = entry.definition();
        let schema = &definition.schema;
        let mut config = decode(config, schema)?;
        plan::fill_defaults(schema, &config.clone(), &mut config);
        let object = config.as_object().cloned().unwrap_or_default();
        let mut cx = self.context(definition, Operation::Create, &object)?;
        let result = entry.code.open(&mut cx, object).await;
        let mut diagnostics = cx.finish();
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
        let definition = entry.definition().clone();
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
        let diagnostics = cx.finish();
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
        keys::check_answered(definition, &state, None)?;
        let identity = known_identity(definition, &state)?;
        let resource = if include { Some(encode(&state, &definition.schema)?) } else { None };
        Ok(ListEvent { identity, display_name, resource, diagnostics: Diagnostics::default() })
    };
    made().unwrap_or_else(|diagnostics| ListEvent { diagnostics, ..ListEvent::default() })
}
