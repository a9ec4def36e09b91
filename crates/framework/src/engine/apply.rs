//! Creating, changing and deleting: what the resource's code gave becomes what Terraform is told.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;

use crate::author::{Context, Session};
use crate::model::Object;
use crate::value::Value;
use crate::{Diagnostic, Diagnostics, defect};

use super::Private;
use super::definition::{Definition, ID, TIMEOUTS};
use super::erased::AnyResource;
use super::plan::{clear_write_only, keep_spelling_of, same_object};
use super::walk;

/// How long a look at what a failure left behind may take. A stop waits for it, and the end of the process (eight seconds after
/// SIGTERM) does not.
pub(super) const LOOK: Duration = Duration::from_secs(5);

/// What is there after an operation.
pub(super) struct Outcome {
    /// Null: nothing.
    pub(super) state: Value,
    pub(super) private: Private,
    pub(super) diagnostics: Diagnostics,
}

/// What is to be applied.
pub(super) struct Change<'a> {
    pub(super) prior: &'a Value,
    pub(super) planned: &'a Value,
    pub(super) config: &'a Value,
}

/// Applies a change. A creation or change that failed still gives what exists.
pub(super) async fn apply<C: Session>(
    resource: &dyn AnyResource<C>,
    definition: &Definition,
    mut cx: Context<C>,
    change: &Change<'_>,
) -> Outcome {
    if change.planned.is_null() {
        let result = resource.delete(&mut cx, attributes_of(change.prior)).await;
        let mut outcome = Outcome::of(change.prior.clone(), cx);
        match result {
            Ok(()) => outcome.state = Value::Null,
            Err(error) => outcome.diagnostics.push(error.into()),
        }
        return outcome;
    }
    if !change.prior.is_null() && same_object(change.prior, change.planned) {
        // New time limits alone: a resource that has nothing to update has no code for it either.
        return Outcome::of(change.planned.clone(), cx);
    }
    let plan = attributes_of(&with_write_only(definition, change.planned, change.config));
    let work = async {
        match change.prior {
            Value::Null => resource.create(&mut cx, plan).await,
            prior => resource.update(&mut cx, attributes_of(prior), plan).await,
        }
    };
    // Even a bug must not lose what was saved before it.
    let result = AssertUnwindSafe(work).catch_unwind().await;
    let error = match result {
        Ok(Ok(object)) => {
            let outcome = Outcome::of(complete(definition, change.planned, object), cx);
            return finish(outcome);
        }
        Ok(Err(error)) => error.into(),
        Err(payload) => defect::diagnostic(&*payload),
    };
    let mut outcome = rescue(resource, definition, cx, change).await;
    outcome.diagnostics.push(error);
    outcome
}

impl Outcome {
    fn of<C: Session>(state: Value, mut cx: Context<C>) -> Self {
        let private = std::mem::take(cx.private_mut());
        Self { state, private, diagnostics: cx.finish() }
    }
}

/// After a failure: what was saved; for a change, what is really there, or what was saved or there before.
async fn rescue<C: Session>(
    resource: &dyn AnyResource<C>,
    definition: &Definition,
    mut cx: Context<C>,
    change: &Change<'_>,
) -> Outcome {
    let saved = cx.take_saved();
    let object = match change.prior {
        Value::Null => saved,
        prior => {
            // What only the provider knows, such as a new secret, is in what was saved.
            let known = saved.clone().unwrap_or_else(|| attributes_of(prior));
            look(resource, &mut cx, known).await.or(saved)
        }
    };
    let like = if change.prior.is_null() { change.planned } else { change.prior };
    let state = match object {
        Some(object) => {
            let mut state = complete(definition, like, object);
            forget_unknown(&mut state);
            state
        }
        None => change.prior.clone(),
    };
    Outcome::of(state, cx)
}

/// Reads what a failed change left behind. What made it fail, be it a stop or the end of its time, must not keep this from being
/// seen; what cannot be seen in good time is left to the next refresh.
async fn look<C: Session>(resource: &dyn AnyResource<C>, cx: &mut Context<C>, known: Object) -> Option<Object> {
    let mut look = cx.afterwards(LOOK);
    let deadline = look.deadline();
    let read = tokio::time::timeout_at(deadline, resource.read(&mut look, known));
    let found = AssertUnwindSafe(read).catch_unwind().await.ok()?.ok()?.ok()??;
    *cx.private_mut() = std::mem::take(look.private_mut());
    Some(found)
}

/// The model's own attributes.
pub(super) fn attributes_of(value: &Value) -> Object {
    let mut object = value.as_object().cloned().unwrap_or_default();
    object.remove(TIMEOUTS);
    object
}

/// What is planned, with the write-only values that only the configuration has.
pub(super) fn with_write_only(definition: &Definition, planned: &Value, config: &Value) -> Value {
    let mut value = planned.clone();
    walk::attributes(&definition.schema.block, config, &Value::Null, &mut value, &mut |stop, value| {
        if stop.attribute.write_only {
            *value = stop.config.clone();
        }
    });
    value
}

/// An object of the model as a whole state: with its id, the time limits of what it came from, the spellings that the user
/// knows, and no write-only value.
pub(super) fn complete(definition: &Definition, like: &Value, mut object: Object) -> Value {
    let schema = &definition.schema;
    if schema.block.attribute(TIMEOUTS).is_some() {
        object.insert(TIMEOUTS.to_owned(), like.attribute(TIMEOUTS).cloned().unwrap_or_default());
    }
    if schema.block.attribute(ID).is_some() && !definition.ids.is_empty() {
        let id = definition.render_id(&object);
        object.insert(ID.to_owned(), id);
    }
    let mut state = Value::Object(object);
    keep_spelling_of(schema, like, &mut state);
    clear_write_only(schema, &mut state);
    state
}

/// A success must leave nothing open: an output that the code did not set is a bug, and is said to be one.
fn finish(mut outcome: Outcome) -> Outcome {
    let mut open = Vec::new();
    outcome.state.walk(&mut |path, value| {
        if value.is_unknown() {
            open.push(path.clone());
        }
        true
    });
    for path in open {
        let detail = format!("`{path}` was not set by the operation. Please report this to the provider's developers.");
        outcome.diagnostics.push(Diagnostic::error("Bug in the provider", detail).at(path));
    }
    forget_unknown(&mut outcome.state);
    outcome
}

/// What the server has not said is null.
pub(super) fn forget_unknown(state: &mut Value) {
    let known = std::mem::take(state).transform(&mut |_, value| if value.is_unknown() { Value::Null } else { value });
    *state = known;
}
