//! Sets as Terraform has them.

use super::Value;

/// Elements without order. Equal elements are one element, unless something in them is unknown: two unknown values may
/// yet turn out to be different, so Terraform keeps both, and a provider that merged them would plan an invalid value.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ValueSet(Vec<Value>);

impl ValueSet {
    /// A set without elements.
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The elements, in an order that only the values decide.
    pub fn iter(&self) -> std::slice::Iter<'_, Value> {
        self.0.iter()
    }

    /// True when an element looks exactly like this.
    pub fn contains(&self, value: &Value) -> bool {
        self.0.binary_search(value).is_ok()
    }

    /// Adds an element; false when it was there already. To add many, collect them: this moves all that follow.
    pub fn insert(&mut self, value: Value) -> bool {
        match self.0.binary_search(&value) {
            Ok(_) if value.is_wholly_known() => false,
            Ok(at) | Err(at) => {
                self.0.insert(at, value);
                true
            }
        }
    }

    /// Takes one element away that looks exactly like this; false when there is none.
    pub fn remove(&mut self, value: &Value) -> bool {
        self.0.binary_search(value).is_ok_and(|at| {
            self.0.remove(at);
            true
        })
    }
}

impl FromIterator<Value> for ValueSet {
    fn from_iter<I: IntoIterator<Item = Value>>(values: I) -> Self {
        let mut values: Vec<Value> = values.into_iter().collect();
        values.sort_unstable();
        values.dedup_by(|a, b| a == b && a.is_wholly_known());
        Self(values)
    }
}

impl<const N: usize> From<[Value; N]> for ValueSet {
    fn from(values: [Value; N]) -> Self {
        values.into_iter().collect()
    }
}

impl Extend<Value> for ValueSet {
    fn extend<I: IntoIterator<Item = Value>>(&mut self, values: I) {
        *self = std::mem::take(self).into_iter().chain(values).collect();
    }
}

impl IntoIterator for ValueSet {
    type Item = Value;
    type IntoIter = std::vec::IntoIter<Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a ValueSet {
    type Item = &'a Value;
    type IntoIter = std::slice::Iter<'a, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_elements_are_one_unless_unknown() {
        let known: ValueSet = [Value::from("a"), Value::from("b"), Value::from("a")].into();
        assert_eq!(known.len(), 2);
        let unknown = Value::object([("name", Value::unknown())]);
        let mut set: ValueSet = [unknown.clone(), unknown.clone()].into();
        assert_eq!(set.len(), 2);
        assert!(set.insert(unknown.clone()));
        assert_eq!(set.len(), 3);
        assert!(set.remove(&unknown));
        assert_eq!(set.len(), 2);
    }

    #[test]
    fn order_of_insertion_does_not_matter() {
        let mut set = ValueSet::new();
        assert!(set.insert(Value::from("b")));
        assert!(set.insert(Value::from("a")));
        assert!(!set.insert(Value::from("b")));
        assert_eq!(set, [Value::from("a"), Value::from("b")].into());
    }
}
