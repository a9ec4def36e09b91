//! A resource that uses all that a resource can.

use async_trait::async_trait;
use serde_json::json;
use terraform_framework::schema::Modify;
use terraform_framework::{
    Computed, Context, Deferred, Error, Found, List, Model, ModifyPlan, Report, Resource, Result, Upgrade, Value,
};

use super::Desk;

/// Manages a note.
#[derive(Debug, Clone, Model)]
#[model(type = "office_note", id = "{name}", identity(name), version = 2)]
pub struct Note {
    /// Its name.
    #[attribute(required, requires_replace)]
    pub name: String,
    /// What it says. `half` is written, and then the server fails.
    #[attribute(optional, default = "", modify = counted)]
    text: String,
    /// What stands above it: by default its name in capitals.
    #[attribute(optional, default_with = title)]
    title: String,
    /// How often it was written.
    #[computed]
    written: Computed<i64>,
}

/// The title of a note without one.
fn title(config: &Value) -> Value {
    match config.attribute("name") {
        Some(Value::String(name)) => Value::from(name.to_uppercase()),
        _ => Value::unknown(),
    }
}

/// Keeps how long the text is, for the operation.
fn counted(modify: &mut Modify<'_>) {
    let length = modify.plan.as_str().map_or(0, str::len);
    modify.private.set("length", length).unwrap();
}

impl Note {
    /// How often it was written, as the operations before this one kept it.
    fn revision(cx: &Context<Desk>) -> i64 {
        cx.private().get("revision").and_then(serde_json::Value::as_i64).unwrap_or_default()
    }

    async fn write(mut self, cx: &mut Context<Desk>, what: &str) -> Result<Self> {
        let planned = cx.private().get("planned").cloned();
        assert_eq!(planned, Some(json!({ "length": self.text.len() })), "what the plan kept");
        cx.ask(format!("{what} {}", self.name)).await?;
        cx.server.notes.lock().unwrap().insert(self.name.clone(), self.text.clone());
        let revision = Self::revision(cx) + 1;
        cx.private_mut().set("revision", revision)?;
        cx.ask(format!("finish {}", self.name)).await?;
        if self.text == "half" {
            return Err(Error::new("Cannot finish", "The server failed."));
        }
        assert_ne!(self.text, "panic", "the text is not one that can be written");
        self.written = Computed::from(revision);
        Ok(self)
    }
}

#[async_trait]
impl Resource for Note {
    type Client = Desk;

    async fn create(cx: &mut Context<Desk>, plan: Self) -> Result<Self> {
        plan.write(cx, "create").await
    }

    async fn read(cx: &mut Context<Desk>, mut state: Self) -> Result<Option<Self>> {
        cx.ask(format!("read {}", state.name)).await?;
        let Some(text) = cx.server.notes.lock().unwrap().get(&state.name).cloned() else { return Ok(None) };
        // The server may have renamed it, which it should not.
        if let Some(other) = text.strip_prefix("renamed: ") {
            state.name = other.to_owned();
        }
        state.text = text;
        cx.private_mut().set("read", true)?;
        state.written = Computed::from(Self::revision(cx));
        Ok(Some(state))
    }

    async fn update(cx: &mut Context<Desk>, _: Self, plan: Self) -> Result<Self> {
        plan.write(cx, "update").await
    }

    async fn delete(cx: &mut Context<Desk>, state: Self) -> Result<()> {
        cx.ask(format!("delete {}", state.name)).await?;
        cx.server.notes.lock().unwrap().remove(&state.name);
        Ok(())
    }

    fn validate(config: &NoteView, report: &mut Report) {
        super::kinds::refuse_bad(&config.name, report);
    }

    fn plan(planning: &mut ModifyPlan<NoteView>) {
        let Some(plan) = planning.plan.clone() else { return };
        if plan.text.known().is_some_and(|text| text == "later") && planning.defer(Deferred::AbsentPrerequisite) {
            return;
        }
        if plan.text.known().is_some_and(|text| text == "corrected") {
            planning.set("text", "Corrected.");
        }
        let length = planning.private.get("length").cloned().unwrap_or_default();
        planning.private.remove("length");
        planning.private.set("planned", json!({ "length": length })).unwrap();
    }

    fn identity_upgrades() -> Vec<Upgrade> {
        let upgrade = |mut old: super::Object| match old.remove("label") {
            Some(name) => Ok(super::object(&[("name", name)])),
            None => Err("It has no label.".to_owned()),
        };
        vec![Upgrade { from: 1, upgrade }]
    }
}

#[async_trait]
impl List for Note {
    type Query = NoteQuery;

    async fn list(cx: &mut Context<Desk>, query: NoteQuery, found: &mut Found<Self>) -> Result<()> {
        cx.ask("list").await?;
        let notes = cx.server.notes.lock().unwrap().clone();
        for (name, text) in notes.into_iter().filter(|(name, _)| name.starts_with(&query.prefix)) {
            if text == "unreadable" {
                return Err(Error::new("Cannot list notes", format!("{name} cannot be read.")));
            }
            cx.ask(format!("found {name}")).await?;
            let note = Note { title: name.to_uppercase(), name, text, written: Computed::from(1) };
            if !found.push(&note).await {
                break;
            }
        }
        Ok(())
    }

    fn validate_query(query: &NoteQueryView, report: &mut Report) {
        super::kinds::refuse_bad(&query.prefix, report);
    }
}

/// Finds notes.
#[derive(Debug, Clone, Model)]
#[model(type = "office_note")]
pub struct NoteQuery {
    /// What their names begin with.
    #[attribute(required)]
    prefix: String,
}
