//! What the simulator made up instead of what the recorded server had made up: ids by their kinds, and secrets.

use std::collections::BTreeMap;

use regex::{Captures, Regex};
use serde_json::{Map, Value};

use super::recording::{BASE, Exchange};
use super::rules::{self, segments};

#[derive(Clone, Default)]
pub(super) struct Learned {
    ids: BTreeMap<(String, String), String>,
    texts: BTreeMap<String, String>,
}

impl Learned {
    /// What stands for a recorded id; itself where nothing was learned.
    fn own<'a>(&'a self, kind: &str, recorded: &'a str) -> &'a str {
        self.ids.get(&(kind.to_owned(), recorded.to_owned())).map_or(recorded, String::as_str)
    }

    /// Notes that an id stands for a recorded one, or checks that it does.
    ///
    /// # Errors
    /// When another one stands for it, or this one for another.
    pub(super) fn id(&mut self, kind: &str, recorded: &str, own: &str) -> Result<(), String> {
        let key = (kind.to_owned(), recorded.to_owned());
        match self.ids.get(&key) {
            Some(known) if known == own => return Ok(()),
            Some(known) => return Err(format!("{kind} {own} is not {known}, which stands for {recorded}")),
            None => {}
        }
        if rules::NO_IDS.iter().any(|number| number == recorded) {
            return if recorded == own { Ok(()) } else { Err(format!("{kind} {own} instead of {recorded}")) };
        }
        self.new_id(kind, recorded, own)
    }

    /// Notes that an id stands for one that the recorded server has just given to something.
    ///
    /// # Errors
    /// When it stands for another.
    pub(super) fn new_id(&mut self, kind: &str, recorded: &str, own: &str) -> Result<(), String> {
        let key = (kind.to_owned(), recorded.to_owned());
        let mut others = self.ids.iter().filter(|((other, _), _)| other == kind);
        if let Some(((_, other), _)) = others.find(|(_, known)| *known == own) {
            return Err(format!("{kind} {own} stands for {other}, and cannot stand for {recorded}"));
        }
        self.ids.insert(key, own.to_owned());
        Ok(())
    }

    /// Notes that a text stands for a recorded one, or checks that it does.
    ///
    /// # Errors
    /// When another one stands for it.
    pub(super) fn text(&mut self, recorded: &str, own: &str) -> Result<(), String> {
        match self.texts.get(recorded) {
            Some(known) if known != own => Err(format!("{own:?} is not {known:?}")),
            Some(_) => Ok(()),
            None => {
                self.texts.insert(recorded.to_owned(), own.to_owned());
                Ok(())
            }
        }
    }

    fn replaced(&self, text: &str, forms: &[(String, Regex)]) -> String {
        forms.iter().fold(text.to_owned(), |text, (kind, form)| {
            let own = |found: &Captures<'_>| format!("{}{}{}", &found[1], self.own(kind, &found[2]), &found[3]);
            form.replace_all(&text, own).into_owned()
        })
    }

    /// A path with the simulator's ids in it.
    pub(super) fn path(&self, recorded: &str) -> String {
        let (base, below) = recorded.strip_prefix(BASE).map_or(("", recorded), |below| (BASE, below));
        // Slashes stay as they are.
        let mut parts: Vec<String> = below.split('/').map(str::to_owned).collect();
        let places: Vec<usize> = (0..parts.len()).filter(|at| !parts[*at].is_empty()).collect();
        let found = segments(below);
        for (kind, pattern) in rules::PATH_IDS.iter() {
            let fits = pattern.len() <= found.len()
                && pattern.iter().zip(&found).all(|(pattern, found)| pattern == "*" || pattern == found);
            if fits {
                let at = pattern.len() - 1;
                parts[places[at]] = self.own(kind, &found[at]).to_owned();
            }
        }
        format!("{base}{}", parts.join("/"))
    }

    /// A query with the simulator's ids in it.
    pub(super) fn query(&self, recorded: &str) -> String {
        self.replaced(recorded, &rules::QUERY_IDS)
    }

    /// A message with the simulator's ids in it.
    pub(super) fn message(&self, recorded: &str) -> String {
        self.replaced(recorded, &rules::MESSAGE_IDS)
    }

    /// A `Link` with the simulator's ids in it.
    pub(super) fn link(&self, recorded: &str) -> String {
        let mapped = recorded.split('<').map(|part| match part.split_once('?') {
            Some((path, _)) => {
                let mapped = self.query(part);
                format!("{}?{}", self.path(path), mapped.split_once('?').unwrap().1)
            }
            None => part.to_owned(),
        });
        mapped.collect::<Vec<_>>().join("<")
    }

    /// A request's body with the simulator's ids in it.
    pub(super) fn body(&self, exchange: &Exchange) -> Option<Value> {
        let body = exchange.request_body.as_ref()?;
        Some(self.value(exchange, body, &mut Vec::new()))
    }

    fn value(&self, exchange: &Exchange, value: &Value, at: &mut Vec<String>) -> Value {
        match value {
            Value::Object(members) => {
                let mut mapped = Map::new();
                for (name, member) in members {
                    at.push(name.clone());
                    mapped.insert(name.clone(), self.value(exchange, member, at));
                    at.pop();
                }
                Value::Object(mapped)
            }
            Value::Array(items) => {
                let mapped = items.iter().enumerate().map(|(index, item)| {
                    at.push(index.to_string());
                    let mapped = self.value(exchange, item, at);
                    at.pop();
                    mapped
                });
                mapped.collect()
            }
            Value::Number(number) => match self.kind_in_request(exchange, at) {
                Some(kind) => self.own(&kind, &number.to_string()).parse::<i64>().map_or(value.clone(), Value::from),
                None => value.clone(),
            },
            Value::String(text) if text.parse::<i64>().is_ok() => match self.kind_in_request(exchange, at) {
                Some(kind) => Value::from(self.own(&kind, text)),
                None => value.clone(),
            },
            _ => value.clone(),
        }
    }

    fn kind_in_request(&self, exchange: &Exchange, at: &[String]) -> Option<String> {
        let (method, path) = (exchange.method.as_str(), exchange.below());
        let mut named = rules::REQUEST_IDS.iter().filter(|(_, place)| place.is_at(method, path, at));
        if let Some((kind, _)) = named.next() {
            return Some(kind.clone());
        }
        // The id of what is put is that of the path.
        let found = segments(path);
        let is_own = method == "PUT" && at.len() == 1 && at[0] == "id";
        let mut kinds = rules::PATH_IDS.iter().filter(|(_, pattern)| {
            pattern.len() == found.len()
                && pattern.iter().zip(&found).all(|(pattern, found)| pattern == "*" || pattern == found)
        });
        kinds.next().filter(|_| is_own).map(|(kind, _)| kind.clone())
    }
}
