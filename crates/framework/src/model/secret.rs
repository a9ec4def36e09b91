//! Secrets: texts that no log, diagnostic or debug output shows.

use secrecy::{ExposeSecret, SecretString};

use super::{Attr, Field, Mismatch, Object, PlanValue};
use crate::schema::{Attribute, Mode, Rule, Shape};
use crate::value::{Type, Value};

/// A secret text. `Debug` shows nothing of it; there is no `Display`. Wiped from memory when dropped.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// The text itself, to be put on the wire or into a value that Terraform asked for, and nowhere else.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(SecretString::from(text))
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Secret {}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl Attr for Secret {
    type View = Secret;

    fn shape() -> Shape {
        Shape::Plain(Type::String)
    }

    fn from_value(value: &Value) -> Result<Self, Mismatch> {
        String::from_value(value).map(Secret::from)
    }

    fn to_value(&self) -> Value {
        Value::String(self.expose().to_owned())
    }

    fn view(value: &Value) -> Secret {
        Self::from_value(value).unwrap_or_else(|_| Secret::from(""))
    }

    fn adjust(attribute: &mut Attribute) {
        attribute.sensitive = true;
    }
}

/// A secret that the user gives: field `x` stands for the arguments `x` (sensitive, in state), `x_wo` (write-only, never in
/// state) and `x_wo_version` (a number that is raised to send `x_wo` again).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SecretArgument {
    value: Option<Secret>,
    write_only: Option<Secret>,
    version: Option<i64>,
}

/// What is known of a [`SecretArgument`] while planning.
#[derive(Debug, Clone)]
pub struct SecretArgumentView {
    /// `x`.
    pub value: PlanValue<Secret>,
    /// `x_wo`; known in a configuration only.
    pub write_only: PlanValue<Secret>,
    /// `x_wo_version`.
    pub version: PlanValue<crate::value::Number>,
}

impl SecretArgumentView {
    /// True when neither is set, for certain.
    pub fn is_null(&self) -> bool {
        self.value.is_null() && self.write_only.is_null()
    }

    /// The secret, if it is known.
    pub fn known(&self) -> Option<&Secret> {
        self.value.known().or_else(|| self.write_only.known())
    }
}

impl SecretArgument {
    /// The secret, whichever way it was given. In an update without a new version, that of `x_wo` is here too.
    pub fn given(&self) -> Option<&Secret> {
        self.value.as_ref().or(self.write_only.as_ref())
    }

    /// True when the user gives it, in whichever way: in a state too, which holds nothing of what is write-only but its version.
    pub fn is_set(&self) -> bool {
        self.value.is_some() || self.write_only.is_some() || self.version.is_some()
    }

    /// What a state holds of it when the server shows it: nothing of what the user gave write-only.
    #[must_use]
    pub fn shown(&self, secret: Secret) -> Self {
        match self.version {
            Some(_) => Self { value: None, write_only: None, version: self.version },
            None => Self { value: Some(secret), write_only: None, version: None },
        }
    }

    /// True when the server has to be told again: the stored one differs, its version moved from one number to another, or the
    /// user went over from one way to the other with something that may differ.
    pub fn changed_since(&self, earlier: &SecretArgument) -> bool {
        let moved = matches!((earlier.version, self.version), (Some(old), Some(new)) if old != new);
        match (&earlier.value, &self.value) {
            (Some(old), Some(new)) => old != new,
            (None, Some(_)) => true,
            (Some(_), None) => self.write_only.is_some(),
            (None, None) => moved,
        }
    }

    /// True when it has a version, and nothing of it was in the earlier state.
    pub fn has_first_version_since(&self, earlier: &SecretArgument) -> bool {
        self.version.is_some() && !earlier.is_set()
    }

    /// One that was given write-only, with its version.
    pub fn write_only(secret: &str, version: i64) -> Self {
        Self { value: None, write_only: Some(Secret::from(secret)), version: Some(version) }
    }

    /// True when there was one, as far as the state tells, and there is none any more.
    pub fn removed_since(&self, earlier: &SecretArgument) -> bool {
        (earlier.value.is_some() || earlier.version.is_some()) && self.given().is_none()
    }
}

impl Field for SecretArgument {
    type View = SecretArgumentView;

    fn shape() -> Shape {
        Shape::Plain(Type::String)
    }

    fn attributes(mut main: Attribute) -> Vec<Attribute> {
        let (wo, version) = names(&main.name);
        main.sensitive = true;
        main.mode = Mode::Optional;
        let name = &main.name;
        main.doc = format!("{} It is kept in the state; `{wo}` is not.", main.doc.trim_end());
        let mut second = Attribute::new(&wo, Self::shape(), Mode::Optional);
        second.doc = format!(
            "Like `{name}`, but write-only: it is never stored. Needs Terraform 1.11 or newer. It is sent when the resource is \
             created and whenever `{version}` changes from one number to another."
        );
        second.write_only = true;
        second.sensitive = true;
        second.checks.clone_from(&main.checks);
        let mut third = Attribute::new(&version, Shape::Plain(Type::Number), Mode::Optional);
        i64::adjust(&mut third);
        third.doc = format!("Version of `{wo}`: raise it to send a new one.");
        vec![main, second, third]
    }

    fn read(name: &str, object: &Object) -> Result<Self, Mismatch> {
        let (wo, version) = names(name);
        Ok(Self {
            value: Field::read(name, object)?,
            write_only: Field::read(&wo, object)?,
            version: Field::read(&version, object)?,
        })
    }

    fn write(&self, name: &str, object: &mut Object) {
        let (wo, version) = names(name);
        Field::write(&self.value, name, object);
        object.insert(wo, Value::Null);
        Field::write(&self.version, &version, object);
    }

    fn view(name: &str, object: &Object) -> SecretArgumentView {
        let (wo, version) = names(name);
        SecretArgumentView {
            value: <Option<Secret> as Field>::view(name, object),
            write_only: <Option<Secret> as Field>::view(&wo, object),
            version: <Option<i64> as Field>::view(&version, object),
        }
    }
}

fn names(name: &str) -> (String, String) {
    (format!("{name}_wo"), format!("{name}_wo_version"))
}

/// The rules between the three arguments of a [`SecretArgument`], found by their names.
pub(super) fn rules(attribute: &Attribute) -> Vec<Rule> {
    let Some(name) = attribute.name.strip_suffix("_wo").filter(|_| attribute.write_only) else {
        return Vec::new();
    };
    let (wo, version) = names(name);
    vec![
        Rule::Conflicting(vec![name.to_owned(), wo.clone()]),
        Rule::Requires(vec![wo.clone(), version.clone()]),
        Rule::Requires(vec![version, wo]),
    ]
}
