//! Endpoints: requests as values, built without I/O.

use std::any::TypeId;
use std::fmt;
use std::sync::Arc;

use ::http::Method;
use bytes::Bytes;
use secrecy::SecretString;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::ability::Ability;
use super::acknowledgement::Acknowledgement;
use super::answer::Answer;
use super::coalesce::Collection;
use super::decode::{self, Decode, Unusable};
use super::error::Kind;
use super::path;
use super::repetition::{Repetition, Rule};

/// One request to one route, and all that is known about it. `T` is what its answer is decoded to.
pub struct Endpoint<T> {
    pub(crate) call: Call,
    pub(crate) decode: Decode<T>,
    pub(crate) repetition: Repetition<T>,
}

/// The part of an endpoint that does not depend on the type of its answer.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) route: &'static str,
    pub(crate) path: Result<String, String>,
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Option<Result<Bytes, String>>,
    /// What the body is; JSON unless told otherwise.
    pub(crate) media_type: Option<&'static str>,
    /// An address at another server, which is never shown: it may hold a signature.
    pub(crate) elsewhere: Option<String>,
    pub(crate) action: String,
    pub(crate) needs: Option<&'static str>,
    pub(crate) ability: Option<&'static Ability>,
    pub(crate) gone: Vec<NotFound>,
    pub(crate) expect: Option<&'static [u16]>,
    /// Of the endpoint's [`Repetition`], what holds for one exchange.
    pub(crate) rule: Rule,
    /// The namespace, or what else holds the object: when that is gone, so is the object.
    pub(crate) holder: Option<String>,
    pub(crate) anonymous: bool,
    pub(crate) secrets: Vec<SecretString>,
    pub(crate) touches: Vec<Invalidation>,
}

/// Which lists a write makes untrue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Invalidation {
    /// Those of a collection, or of one parent's part of it.
    Lists { collection: TypeId, parent: Option<String> },
    /// All that are kept.
    Everything,
}

impl Invalidation {
    pub(crate) fn meets(&self, collection: TypeId, parent: &str) -> bool {
        match self {
            Self::Lists { collection: touched, parent: of } => {
                *touched == collection && of.as_ref().is_none_or(|of| of == parent)
            }
            Self::Everything => true,
        }
    }
}

/// An answer that means "the object is not there". A 404 in the API's own shape always does; these are for the routes that say it
/// in another way.
#[derive(Debug, Clone, Copy)]
pub struct NotFound(Sign);

#[derive(Debug, Clone, Copy)]
enum Sign {
    Message { status: u16, contains: &'static str },
    EmptyList { status: u16 },
    Null { status: u16, pointer: &'static str },
    When(fn(&Answer) -> bool),
}

impl NotFound {
    /// This status with a message that contains a text (letter case does not matter).
    pub const fn message(status: u16, contains: &'static str) -> Self {
        Self(Sign::Message { status, contains })
    }

    /// This status with a list of nothing, `[]`.
    pub const fn empty_list(status: u16) -> Self {
        Self(Sign::EmptyList { status })
    }

    /// This status with JSON that holds null at a JSON pointer (`/data/dockerCredentials`; the whole of it is `""`), in an answer without errors: beside an error
    /// null says nothing.
    pub const fn null(status: u16, pointer: &'static str) -> Self {
        Self(Sign::Null { status, pointer })
    }

    /// Whatever a function recognises.
    pub const fn when(recognise: fn(&Answer) -> bool) -> Self {
        Self(Sign::When(recognise))
    }

    pub(crate) fn matches(self, answer: &Answer, message: Option<&str>) -> bool {
        match self.0 {
            Sign::Message { status, contains } => {
                let contains = contains.to_lowercase();
                answer.status() == status && message.is_some_and(|message| message.to_lowercase().contains(&contains))
            }
            Sign::EmptyList { status } => answer.status() == status && answer.json() == Some(Value::Array(Vec::new())),
            Sign::Null { status, pointer } => {
                answer.status() == status && message.is_none() && answer.text_at(pointer) == Some("null")
            }
            Sign::When(recognise) => recognise(answer),
        }
    }
}

impl<T: DeserializeOwned + 'static> Endpoint<T> {
    /// A read. `route` is a template whose `{names}` are filled with `names` in order: `{robot}` is one segment, `{+repository}` keeps its
    /// slashes, `{%repository}` is encoded twice. It stands under the service's root, unless it begins with a slash.
    /// The answer is decoded as JSON unless told otherwise.
    pub fn get(route: &'static str, names: &[&str]) -> Self {
        Self::new(Method::GET, route, names, decode::whole())
    }

    /// A POST. Sent at most once unless told otherwise.
    pub fn post(route: &'static str, names: &[&str]) -> Self {
        Self::new(Method::POST, route, names, decode::whole())
    }

    /// A PUT. Sent at most once unless told otherwise: some servers only create with it.
    pub fn put(route: &'static str, names: &[&str]) -> Self {
        Self::new(Method::PUT, route, names, decode::whole())
    }

    /// A PATCH. Sent at most once unless told otherwise.
    pub fn patch(route: &'static str, names: &[&str]) -> Self {
        Self::new(Method::PATCH, route, names, decode::whole())
    }

    /// Decodes only the part of the answer at this JSON pointer (`/robots`).
    #[must_use]
    pub fn within(mut self, pointer: &'static str) -> Self {
        self.decode = decode::within(pointer);
        self
    }
}

impl Endpoint<()> {
    /// A DELETE whose answer is empty. Idempotent.
    pub fn delete(route: &'static str, names: &[&str]) -> Self {
        Self::new(Method::DELETE, route, names, Acknowledgement::Empty.decoder()).repetition(Repetition::IDEMPOTENT)
    }

    /// The same with an answer that is JSON, of what was deleted.
    pub fn returning<T: DeserializeOwned + 'static>(self) -> Endpoint<T> {
        self.decoding(decode::whole())
    }
}

impl<T: 'static> Endpoint<T> {
    /// Whether a stop may end it before its answer is there.
    #[cfg(any(test, feature = "testing"))]
    pub fn may_be_cut_off(&self) -> bool {
        self.call.rule.may_be_cut_off()
    }

    fn new(method: Method, route: &'static str, names: &[&str], decode: Decode<T>) -> Self {
        let repetition = match method {
            Method::GET => Repetition::Safe,
            _ => Repetition::AtMostOnce,
        };
        let call = Call {
            path: path::fill(route, names),
            action: format!("{method} {route}"),
            method,
            route,
            query: Vec::new(),
            headers: Vec::new(),
            body: None,
            media_type: None,
            elsewhere: None,
            needs: None,
            ability: None,
            gone: Vec::new(),
            expect: None,
            rule: repetition.rule(),
            holder: None,
            anonymous: false,
            secrets: Vec::new(),
            touches: Vec::new(),
        };
        Self { call, decode, repetition }
    }

    /// What it does, as the end of "Cannot …": `create robot acme+ci`.
    #[must_use]
    pub fn describe(mut self, action: impl Into<String>) -> Self {
        self.call.action = action.into();
        self
    }

    /// Adds a query pair. The value is encoded when it is sent.
    #[must_use]
    pub fn query(mut self, name: &'static str, value: impl ToString) -> Self {
        self.call.query.push((name, value.to_string()));
        self
    }

    /// Adds or replaces a query pair.
    pub(crate) fn with_query(mut self, name: &'static str, value: impl ToString) -> Self {
        self.call.query.retain(|(known, _)| *known != name);
        self.query(name, value)
    }

    /// Adds a header. Its value is never logged.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.call.headers.push((name, value.into()));
        self
    }

    /// Sends this value as JSON. The body is never logged or shown.
    #[must_use]
    pub fn json(mut self, body: &impl Serialize) -> Self {
        let bytes = serde_json::to_vec(body).map(Bytes::from);
        self.call.body =
            Some(bytes.map_err(|_| "the request cannot be written as JSON; this is a bug of the provider".to_owned()));
        self
    }

    /// Sends these bytes. They are never logged or shown.
    #[must_use]
    pub fn bytes(mut self, media_type: &'static str, body: impl Into<Bytes>) -> Self {
        self.call.body = Some(Ok(body.into()));
        self.call.media_type = Some(media_type);
        self
    }

    /// Goes to this address instead, which the server gave, without credentials. At another server, nothing that is meant for this one goes
    /// there: no headers of the settings, no client certificate. It takes as long as its body may need.
    #[must_use]
    pub fn elsewhere(mut self, address: impl Into<String>) -> Self {
        self.call.elsewhere = Some(address.into());
        self.anonymous()
    }

    /// Names a secret that the request carries, so that it is removed from whatever the server says.
    #[must_use]
    pub fn hiding(mut self, secret: &SecretString) -> Self {
        self.call.secrets.push(secret.clone());
        self
    }

    /// The scope or permission that it needs, as an error names it: `org:admin`.
    #[must_use]
    pub fn requires_scope(mut self, permission: &'static str) -> Self {
        self.call.needs = Some(permission);
        self
    }

    /// What the server must be able to do for the route to be there.
    #[must_use]
    pub fn ability(mut self, ability: &'static Ability) -> Self {
        self.call.ability = Some(ability);
        self
    }

    /// One more answer that means "not there".
    #[must_use]
    pub fn not_found_when(mut self, sign: NotFound) -> Self {
        self.call.gone.push(sign);
        self
    }

    /// The statuses that mean success. Without it, all from 200 to 299.
    #[must_use]
    pub fn expect(mut self, statuses: &'static [u16]) -> Self {
        self.call.expect = Some(statuses);
        self
    }

    /// What is done when its outcome is not known.
    #[must_use]
    pub fn repetition(mut self, repetition: Repetition<T>) -> Self {
        self.call.rule = repetition.rule();
        self.repetition = repetition;
        self
    }

    /// What holds the object: a namespace, for one. Where an answer leaves open whether the object is gone or may only not be seen, the
    /// service is asked whether the holder is there; without it, the object is gone.
    #[must_use]
    pub fn held_by(mut self, holder: impl Into<String>) -> Self {
        self.call.holder = Some(holder.into());
        self
    }

    /// Sent without credentials: the login itself.
    #[must_use]
    pub fn anonymous(mut self) -> Self {
        self.call.anonymous = true;
        self
    }

    /// It changes what hangs on `parent` in the collection `C`.
    #[must_use]
    pub fn invalidates<C: Collection>(mut self, parent: impl Into<String>) -> Self {
        self.call.touches.push(Invalidation::Lists { collection: TypeId::of::<C>(), parent: Some(parent.into()) });
        self
    }

    /// It may change the collection `C` of any parent.
    #[must_use]
    pub fn invalidates_all<C: Collection>(mut self) -> Self {
        self.call.touches.push(Invalidation::Lists { collection: TypeId::of::<C>(), parent: None });
        self
    }

    /// It may change whatever a list shows: what deletes or renames a holder of many things. All lists are fetched anew after it.
    #[must_use]
    pub fn invalidates_everything(mut self) -> Self {
        self.call.touches.push(Invalidation::Everything);
        self
    }

    /// Looks at the decoded answer, for what its status does not tell (a reduced view for anonymous readers). A refusal is a kind of
    /// error and a sentence.
    #[must_use]
    pub fn check(mut self, check: impl Fn(&T, &Answer) -> Result<(), (Kind, String)> + Send + Sync + 'static) -> Self {
        let decode = self.decode;
        self.decode = Arc::new(move |answer| {
            let value = decode(answer)?;
            check(&value, answer).map_err(|(kind, why)| Unusable::Refused(kind, why))?;
            Ok(value)
        });
        self
    }

    /// The object that the answer must be about. An answer about another one is no answer: to a read it is refused, and the outcome of a
    /// write is not known.
    #[must_use]
    pub fn identified(mut self, is_asked: impl Fn(&T) -> bool + Send + Sync + 'static) -> Self {
        let decode = self.decode;
        self.decode = Arc::new(move |answer| match decode(answer)? {
            value if is_asked(&value) => Ok(value),
            _ => Err(Unusable::Unreadable("the answer is about another object".to_owned())),
        });
        self
    }

    /// The same request, with the part of its answer that is wanted: one object out of a list, for one. Where that is missing the object
    /// is not there; `why` says so.
    pub fn pick<U: 'static>(
        self,
        why: &'static str,
        pick: impl Fn(T) -> Option<U> + Send + Sync + 'static,
    ) -> Endpoint<U> {
        let decode = Arc::clone(&self.decode);
        let gone = move || Unusable::Refused(Kind::NotFound, why.to_owned());
        let decode: Decode<U> = Arc::new(move |answer| pick(decode(answer)?).ok_or_else(gone));
        self.decoding(decode)
    }

    /// The answer tells nothing beyond its status. It still has to look like this: anything else comes from something else.
    pub fn acknowledged(self, by: Acknowledgement) -> Endpoint<()> {
        self.decoding(by.decoder())
    }

    /// The answer is empty.
    pub fn no_content(self) -> Endpoint<()> {
        self.acknowledged(Acknowledgement::Empty)
    }

    /// The answer is plain text, which is trimmed.
    pub fn text(self) -> Endpoint<String> {
        self.decoding(Arc::new(|answer| {
            if answer.is_blank() {
                return Err(Unusable::Cut(answer.excerpt()));
            }
            if answer.is_html() {
                Err(Unusable::Unreadable(answer.excerpt()))
            } else {
                Ok(answer.text().trim().to_owned())
            }
        }))
    }

    /// With another decoder. What tells the outcome of a write gives what the old one gave, and has to be declared after this.
    fn decoding<U>(self, decode: Decode<U>) -> Endpoint<U> {
        let repetition = match self.repetition {
            Repetition::Safe => Repetition::Safe,
            Repetition::Idempotent(on_500) => Repetition::Idempotent(on_500),
            Repetition::Discardable => Repetition::Discardable,
            Repetition::AtMostOnce => Repetition::AtMostOnce,
            Repetition::Confirmed(..) | Repetition::Compared(..) => {
                debug_assert!(false, "{}: `repetition` comes after what changes the decoder", self.call.route);
                Repetition::AtMostOnce
            }
        };
        Endpoint { call: self.call, decode, repetition }
    }

    /// The path under the service's root, or why it cannot be built.
    pub fn path(&self) -> Result<&str, &str> {
        self.call.path.as_deref().map_err(String::as_str)
    }

    /// The method.
    pub fn method(&self) -> &Method {
        &self.call.method
    }

    /// The JSON that it sends. For tests: it may hold secrets.
    pub fn body(&self) -> Option<Value> {
        serde_json::from_slice(self.call.body.as_ref()?.as_ref().ok()?).ok()
    }

    /// The query pairs.
    pub fn query_pairs(&self) -> &[(&'static str, String)] {
        &self.call.query
    }

    /// Decodes an answer, without a server. The error is a sentence.
    pub fn decode(&self, answer: &Answer) -> Result<T, String> {
        (self.decode)(answer).map_err(|unusable| match unusable {
            Unusable::Cut(why) | Unusable::Unreadable(why) | Unusable::Refused(_, why) => why,
        })
    }
}

impl<T: Send + 'static> Endpoint<T> {
    /// The same request, with its answer turned into something else.
    pub fn map<U: Send + 'static>(self, f: impl Fn(T) -> U + Send + Sync + 'static) -> Endpoint<U> {
        let f = Arc::new(f);
        let decode = self.decode;
        let repetition = self.repetition.map(&f);
        Endpoint { call: self.call, decode: Arc::new(move |answer| decode(answer).map(|value| f(value))), repetition }
    }
}

impl<T> Clone for Endpoint<T> {
    fn clone(&self) -> Self {
        Self { call: self.call.clone(), decode: Arc::clone(&self.decode), repetition: self.repetition.clone() }
    }
}

impl<T> fmt::Debug for Endpoint<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.call.method, self.call.path.as_deref().unwrap_or(self.call.route))
    }
}

#[cfg(test)]
#[path = "endpoint_tests.rs"]
mod tests;
