//! What is known of an unknown value.

use super::{Number, Type};

/// What is known of an unknown value. The default says nothing.
///
/// What a provider says here in a plan is a promise that Terraform checks at apply.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Refinement {
    /// It is not null.
    pub not_null: bool,
    /// Rarely there, and large: kept apart so that values stay small. Never equal to its default.
    bounds: Option<Box<Bounds>>,
}

/// One end of a range of numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bound {
    /// The end.
    pub value: Number,
    /// The end itself is within the range.
    pub inclusive: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Bounds {
    prefix: String,
    lower: Option<Bound>,
    upper: Option<Bound>,
    min_length: u64,
    max_length: Option<u64>,
}

impl Refinement {
    /// Nothing is known.
    pub const NONE: Refinement = Self { not_null: false, bounds: None };

    /// It is not null; nothing more.
    pub fn known_not_null() -> Self {
        Self { not_null: true, bounds: None }
    }

    /// Only whether it can be null.
    #[must_use]
    pub fn nullness(&self) -> Self {
        Self { not_null: self.not_null, bounds: None }
    }

    /// True when nothing is known.
    pub fn is_empty(&self) -> bool {
        !self.not_null && self.bounds.is_none()
    }

    /// What the text begins with; empty when nothing is known of it.
    pub fn prefix(&self) -> &str {
        self.bounds.as_ref().map_or("", |b| &b.prefix)
    }

    /// The least that the number can be.
    pub fn lower(&self) -> Option<&Bound> {
        self.bounds.as_ref().and_then(|b| b.lower.as_ref())
    }

    /// The most that the number can be.
    pub fn upper(&self) -> Option<&Bound> {
        self.bounds.as_ref().and_then(|b| b.upper.as_ref())
    }

    /// Least number of elements of the collection.
    pub fn min_length(&self) -> u64 {
        self.bounds.as_ref().map_or(0, |b| b.min_length)
    }

    /// Greatest number of elements of the collection.
    pub fn max_length(&self) -> Option<u64> {
        self.bounds.as_ref().and_then(|b| b.max_length)
    }

    /// The same, of a text that begins with this.
    #[must_use]
    pub fn with_prefix(self, prefix: impl Into<String>) -> Self {
        self.change(|b| b.prefix = prefix.into())
    }

    /// The same, of a number that is not less.
    #[must_use]
    pub fn with_lower(self, value: impl Into<Number>, inclusive: bool) -> Self {
        self.change(|b| b.lower = Some(Bound { value: value.into(), inclusive }))
    }

    /// The same, of a number that is not greater.
    #[must_use]
    pub fn with_upper(self, value: impl Into<Number>, inclusive: bool) -> Self {
        self.change(|b| b.upper = Some(Bound { value: value.into(), inclusive }))
    }

    /// The same, of a collection of at least so many elements.
    #[must_use]
    pub fn with_min_length(self, length: u64) -> Self {
        self.change(|b| b.min_length = length)
    }

    /// The same, of a collection of at most so many elements.
    #[must_use]
    pub fn with_max_length(self, length: u64) -> Self {
        self.change(|b| b.max_length = Some(length))
    }

    fn change(mut self, change: impl FnOnce(&mut Bounds)) -> Self {
        let mut bounds = self.bounds.take().unwrap_or_default();
        change(&mut bounds);
        self.bounds = (*bounds != Bounds::default()).then_some(bounds);
        self
    }

    /// What of it can be said of a value of this type.
    #[must_use]
    pub fn for_type(&self, ty: &Type) -> Self {
        if *ty == Type::Dynamic {
            return Self::default();
        }
        let kept = self.nullness();
        let Some(bounds) = self.bounds.as_deref() else { return kept };
        kept.change(|b| match ty {
            Type::String => b.prefix.clone_from(&bounds.prefix),
            Type::Number => (b.lower, b.upper) = (bounds.lower.clone(), bounds.upper.clone()),
            Type::List(_) | Type::Set(_) | Type::Map(_) => {
                (b.min_length, b.max_length) = (bounds.min_length, bounds.max_length);
            }
            Type::Bool | Type::Dynamic | Type::Object(_) | Type::Tuple(_) => {}
        })
    }

    /// Whether a known value is one of those that this leaves open; says in words why not. Null is refused only when it is
    /// known not to be.
    ///
    /// # Errors
    /// With the promise that is broken.
    pub fn admits(&self, value: &super::Value) -> Result<(), &'static str> {
        use super::Value;
        let below = |n: &Number| self.lower().is_some_and(|l| *n < l.value || (!l.inclusive && *n == l.value));
        let above = |n: &Number| self.upper().is_some_and(|u| *n > u.value || (!u.inclusive && *n == u.value));
        let length = match value {
            Value::Null if self.not_null => return Err("was planned never to be null"),
            Value::String(text) if !text.starts_with(self.prefix()) => return Err("was planned with another prefix"),
            Value::Number(n) if below(n) || above(n) => return Err("was planned within other bounds"),
            Value::List(list) => list.len(),
            Value::Set(set) => set.len(),
            Value::Map(map) => map.len(),
            _ => return Ok(()),
        } as u64;
        // Elements of a set that are not known may turn out to be one and the same.
        let least = if matches!(value, Value::Set(_)) && !value.is_wholly_known() { length.min(1) } else { length };
        if length < self.min_length() || self.max_length().is_some_and(|max| least > max) {
            return Err("was planned with another number of elements");
        }
        Ok(())
    }
}
