//! The provider block, and one thing of every other kind.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use terraform_framework::schema::{FunctionSchema, Parameter};
use terraform_framework::server::{FunctionError, Timestamp};
use terraform_framework::{
    Action, Arguments, Computed, Connection, Context, DataSource, Ephemeral, Error, Function, Model, Offers, Opened,
    PlanValue, Progress, Provider, Report, Result, Type, Value, check,
};

use super::{Desk, Note};

/// An office.
#[derive(Debug, Clone, Model)]
#[model(type = "office")]
pub struct Office {
    /// Where it is.
    #[attribute(required)]
    url: String,
}

impl Provider for Office {
    type Client = Desk;

    fn connect(config: Self, _: &mut Connection) -> Result<Desk> {
        match config.url.as_str() {
            "closed" => Err(Error::new("Invalid address", "Not this one.")),
            url => Ok(Desk::to(url)),
        }
    }

    fn offers() -> Offers<Desk> {
        Offers::default().listed::<Note>().data::<Reading>().ephemeral::<Key>().action::<Stamp>().function::<Shorten>()
    }

    fn validate(config: &OfficeView, report: &mut Report) {
        refuse_bad(&config.url, report);
    }
}

/// What each kind's own validation refuses.
pub fn refuse_bad(text: &PlanValue<String>, report: &mut Report) {
    if text.known().is_some_and(|text| text == "bad") {
        report.error("hook", "Refused", "Not this one.");
    }
}

/// Reads a note.
#[derive(Debug, Clone, Model)]
#[model(type = "office_reading")]
pub struct Reading {
    /// Its name.
    #[attribute(required)]
    name: String,
    /// What it says.
    #[computed]
    text: Computed<String>,
}

#[async_trait]
impl DataSource for Reading {
    type Client = Desk;

    async fn read(cx: &mut Context<Desk>, mut config: Self) -> Result<Self> {
        cx.ask(format!("look at {}", config.name)).await?;
        let text = cx.server.notes.lock().unwrap().get(&config.name).cloned();
        config.text = Computed::from(text.unwrap_or_default());
        Ok(config)
    }

    fn validate(config: &ReadingView, report: &mut Report) {
        refuse_bad(&config.name, report);
    }
}

/// Lends a key.
#[derive(Debug, Clone, Model)]
#[model(type = "office_key")]
pub struct Key {
    /// Whose it is.
    #[attribute(required)]
    owner: String,
    /// What opens.
    #[computed(sensitive)]
    value: Computed<String>,
}

/// What is known of a key that is lent.
#[derive(Debug, Serialize, Deserialize)]
pub struct Lent {
    owner: String,
    renewed: u32,
}

#[async_trait]
impl Ephemeral for Key {
    type Client = Desk;
    type Private = Lent;

    async fn open(cx: &mut Context<Desk>, mut config: Self) -> Result<Opened<Self>> {
        cx.ask(format!("lend to {}", config.owner)).await?;
        config.value = Computed::from("k-1".to_owned());
        let private = Lent { owner: config.owner.clone(), renewed: 0 };
        Ok(Opened { result: config, private, renew_at: Some(Timestamp { seconds: 60, nanos: 0 }) })
    }

    async fn renew(cx: &mut Context<Desk>, private: Lent) -> Result<(Lent, Option<Timestamp>)> {
        let renewed = private.renewed + 1;
        cx.ask(format!("renew for {}, time {renewed}", private.owner)).await?;
        let next = Timestamp { seconds: 60 * i64::from(renewed + 1), nanos: 0 };
        Ok((Lent { renewed, ..private }, Some(next)))
    }

    async fn close(cx: &mut Context<Desk>, private: Lent) -> Result<()> {
        cx.ask(format!("take back from {}, renewed {}", private.owner, private.renewed)).await
    }

    fn validate(config: &KeyView, report: &mut Report) {
        refuse_bad(&config.owner, report);
    }
}

/// Stamps a note.
#[derive(Debug, Clone, Model)]
#[model(type = "office_stamp")]
pub struct Stamp {
    /// Its name.
    #[attribute(required)]
    note: String,
    /// How often.
    #[attribute(optional)]
    times: Option<i64>,
}

#[async_trait]
impl Action for Stamp {
    type Client = Desk;

    async fn invoke(cx: &mut Context<Desk>, config: Self, progress: &Progress) -> Result<()> {
        let times = config.times.unwrap_or(1);
        for time in 1..=times {
            cx.ask(format!("stamp {}", config.note)).await?;
            progress.say(format!("{time} of {times}")).await;
        }
        match config.note.as_str() {
            "wet" => Err(Error::new("Cannot stamp", "The ink runs.").at("note")),
            _ => Ok(()),
        }
    }

    fn validate(config: &StampView, report: &mut Report) {
        refuse_bad(&config.note, report);
    }
}

/// `shorten(length, text, more...)`.
pub struct Shorten;

impl Function for Shorten {
    const NAME: &'static str = "shorten";

    fn schema() -> FunctionSchema {
        let parameter = |name: &str, ty: Type| Parameter {
            name: name.to_owned(),
            doc: "What it says.".to_owned(),
            ty,
            allow_null: false,
            allow_unknown: false,
            checks: Vec::new(),
        };
        let text = |name: &str| Parameter { checks: vec![check::length(1, 9)], ..parameter(name, Type::String) };
        FunctionSchema {
            summary: "Shortens texts".to_owned(),
            doc: "Cuts texts and joins them.".to_owned(),
            parameters: vec![parameter("length", Type::Number), text("text")],
            variadic: Some(Parameter { allow_null: true, ..text("more") }),
            returns: Type::String,
        }
    }

    fn call(arguments: Arguments) -> Result<Value, FunctionError> {
        let length: usize =
            arguments.get::<i64>(0)?.try_into().map_err(|_| arguments.error(0, "Less than nothing."))?;
        let mut texts = Vec::new();
        for position in 1..arguments.0.len() {
            let text: Option<String> = arguments.get(position)?;
            texts.extend(text.map(|text| text.chars().take(length).collect::<String>()));
        }
        Ok(Value::from(texts.join(" ")))
    }
}
