//! Going through values.

use super::{Refinement, Type, Value};
use crate::path::{Path, Step};

impl Value {
    /// The part at a path: the value itself at the root. Nothing within null, unknown values and sets.
    pub fn get(&self, path: &Path) -> Option<&Value> {
        path.0.iter().try_fold(self, |value, step| match (value.bare(), step) {
            (Value::Object(object), Step::Attribute(name)) => object.get(name),
            (Value::Map(map), Step::Key(key)) => map.get(key),
            (Value::List(list), Step::Index(index)) => list.get(*index),
            _ => None,
        })
    }

    /// The part at a path, to be changed.
    pub fn get_mut(&mut self, path: &Path) -> Option<&mut Value> {
        path.0.iter().try_fold(self, |value, step| match (value.bare_mut(), step) {
            (Value::Object(object), Step::Attribute(name)) => object.get_mut(name),
            (Value::Map(map), Step::Key(key)) => map.get_mut(key),
            (Value::List(list), Step::Index(index)) => list.get_mut(*index),
            _ => None,
        })
    }

    /// Puts a value at a path. False, and nothing done, when there is nothing there that could hold it: what holds it must
    /// be there, and for a list also the element.
    pub fn set(&mut self, path: &Path, new: Value) -> bool {
        let Some((last, parents)) = path.0.split_last() else {
            *self = new;
            return true;
        };
        let Some(parent) = self.get_mut(&Path(parents.to_vec())) else { return false };
        match (parent.bare_mut(), last) {
            (Value::Object(object), Step::Attribute(name)) => {
                object.insert(name.clone(), new);
            }
            (Value::Map(map), Step::Key(key)) => {
                map.insert(key.clone(), new);
            }
            (Value::List(list), Step::Index(index)) if *index < list.len() => list[*index] = new,
            _ => return false,
        }
        true
    }

    fn bare_mut(&mut self) -> &mut Value {
        match self {
            Value::Dynamic(inner) => inner.1.bare_mut(),
            other => other,
        }
    }

    /// Shows every part to a function, outer before inner; what is within a part is left out when it says false. Elements
    /// of a set come with the path of the set, and so does what is within them; what a dynamic value holds comes with the
    /// path of that.
    pub fn walk(&self, visit: &mut dyn FnMut(&Path, &Value) -> bool) {
        self.walk_from(&mut Path::root(), visit);
    }

    fn walk_from(&self, path: &mut Path, visit: &mut dyn FnMut(&Path, &Value) -> bool) {
        if !visit(path, self) {
            return;
        }
        let mut inner = |step: Step, value: &Value| {
            path.0.push(step);
            value.walk_from(path, visit);
            path.0.pop();
        };
        match self {
            Value::Null | Value::Unknown(_) | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            Value::List(list) => list.iter().enumerate().for_each(|(i, v)| inner(Step::Index(i), v)),
            Value::Map(map) => map.iter().for_each(|(key, v)| inner(Step::Key(key.clone()), v)),
            Value::Object(object) => object.iter().for_each(|(name, v)| inner(Step::Attribute(name.clone()), v)),
            // What follows an element's place in a set is no address: everything within stays at the set.
            Value::Set(set) => set.iter().for_each(|v| v.walk(&mut |_, part| visit(path, part))),
            Value::Dynamic(dynamic) => dynamic.1.walk_from(path, visit),
        }
    }

    /// Rebuilds the value from what a function makes of each part, outer before inner: what is within a part is what the
    /// function made of that part. Paths are those of [`Value::walk`].
    #[must_use]
    pub fn transform(self, change: &mut dyn FnMut(&Path, Value) -> Value) -> Value {
        self.transform_from(&mut Path::root(), change)
    }

    fn transform_from(self, path: &mut Path, change: &mut dyn FnMut(&Path, Value) -> Value) -> Value {
        let value = change(path, self);
        let mut inner = |step: Step, value: Value| {
            path.0.push(step);
            let value = value.transform_from(path, change);
            path.0.pop();
            value
        };
        match value {
            Value::List(list) => {
                Value::List(list.into_iter().enumerate().map(|(i, v)| inner(Step::Index(i), v)).collect())
            }
            Value::Map(map) => {
                Value::Map(map.into_iter().map(|(key, v)| (key.clone(), inner(Step::Key(key), v))).collect())
            }
            Value::Object(object) => Value::Object(
                object.into_iter().map(|(name, v)| (name.clone(), inner(Step::Attribute(name), v))).collect(),
            ),
            Value::Set(set) => {
                Value::Set(set.into_iter().map(|v| v.transform(&mut |_, part| change(path, part))).collect())
            }
            Value::Dynamic(dynamic) => {
                let (ty, value) = *dynamic;
                Value::dynamic(ty, value.transform_from(path, change))
            }
            leaf => leaf,
        }
    }

    /// The value with nothing known of what is unknown in it.
    #[must_use]
    pub fn without_refinements(&self) -> Value {
        let mut refined = false;
        self.walk(&mut |_, part| {
            refined |= matches!(part, Value::Unknown(r) if *r != Refinement::default());
            !refined
        });
        if !refined {
            return self.clone();
        }
        self.clone().transform(&mut |_, part| if let Value::Unknown(_) = part { Value::unknown() } else { part })
    }

    /// Whether it is a value of this type. Null and unknown are values of every type; objects must have exactly the
    /// type's attributes.
    ///
    /// # Errors
    /// Where it is not, and what is wrong there, in words and without the value.
    pub fn conforms(&self, ty: &Type) -> Result<(), (Path, String)> {
        self.conforms_at(ty, &mut Path::root())
    }

    fn conforms_at(&self, ty: &Type, path: &mut Path) -> Result<(), (Path, String)> {
        let mut inner = |step: Step, value: &Value, ty: &Type| {
            path.0.push(step);
            let result = value.conforms_at(ty, path);
            path.0.pop();
            result
        };
        let what = match (self, ty) {
            (Value::Null | Value::Unknown(_), _)
            | (Value::Bool(_), Type::Bool)
            | (Value::Number(_), Type::Number)
            | (Value::String(_), Type::String) => return Ok(()),
            (Value::Dynamic(dynamic), Type::Dynamic) => return dynamic.1.conforms_at(&dynamic.0, path),
            (Value::List(list), Type::List(element)) => {
                return list.iter().enumerate().try_for_each(|(i, v)| inner(Step::Index(i), v, element));
            }
            (Value::Map(map), Type::Map(element)) => {
                return map.iter().try_for_each(|(key, v)| inner(Step::Key(key.clone()), v, element));
            }
            (Value::Set(set), Type::Set(element)) => {
                let at_set = |(_, what)| (path.clone(), format!("in an element: {what}"));
                return set.iter().try_for_each(|v| v.conforms(element)).map_err(at_set);
            }
            (Value::List(list), Type::Tuple(types)) if list.len() == types.len() => {
                let mut elements = list.iter().zip(types).enumerate();
                return elements.try_for_each(|(i, (v, element))| inner(Step::Index(i), v, element));
            }
            (Value::List(list), Type::Tuple(types)) => {
                format!("{} elements, where a tuple of {} is needed", list.len(), types.len())
            }
            (Value::Object(object), Type::Object(types)) => {
                if let Some(extra) = object.keys().find(|name| !types.contains_key(*name)) {
                    format!("unsupported attribute {extra:?}")
                } else if let Some(missing) = types.keys().find(|name| !object.contains_key(*name)) {
                    format!("attribute {missing:?} is missing")
                } else {
                    let mut attributes = object.iter().zip(types.values());
                    return attributes.try_for_each(|((name, v), ty)| inner(Step::Attribute(name.clone()), v, ty));
                }
            }
            _ => format!("{}, where {} is needed", self.kind(), ty.kind()),
        };
        Err((path.clone(), what))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn value() -> Value {
        let dynamic = Value::dynamic(Type::from_json(br#"["tuple",["bool"]]"#).unwrap(), Value::list([true]));
        let set = Value::set_of([Value::object([("x", 1_i64.into())]), Value::object([("x", Value::unknown())])]);
        Value::object([("list", Value::list(["a", "b"])), ("map", Value::map([("k", dynamic)])), ("set", set)])
    }

    fn path(steps: &[Step]) -> Path {
        Path(steps.to_vec())
    }

    fn name(name: &str) -> Step {
        Step::Attribute(name.to_owned())
    }

    #[test]
    fn parts_are_found_by_path() {
        let value = value();
        assert_eq!(value.get(&Path::root()), Some(&value));
        assert_eq!(value.get(&path(&[name("list"), Step::Index(1)])), Some(&"b".into()));
        let inner = path(&[name("map"), Step::Key("k".to_owned()), Step::Index(0)]);
        assert_eq!(value.get(&inner), Some(&true.into()), "through the dynamic value");
        for missing in [
            &[name("list"), Step::Index(2)][..],
            &[name("none")],
            &[name("map"), name("k")],
            &[name("set"), Step::Index(0)],
        ] {
            assert_eq!(value.get(&path(missing)), None);
        }
    }

    #[test]
    fn parts_are_put_where_something_can_hold_them() {
        let mut value = value();
        assert!(value.set(&path(&[name("list"), Step::Index(0)]), "c".into()));
        assert!(value.set(&path(&[name("map"), Step::Key("new".to_owned())]), Value::Null));
        assert!(value.set(&path(&[name("map"), Step::Key("k".to_owned()), Step::Index(0)]), false.into()));
        assert_eq!(value.attribute("list"), Some(&Value::list(["c", "b"])));
        let before = value.clone();
        for nowhere in [&[name("list"), Step::Index(2)][..], &[name("none"), name("x")], &[name("set"), Step::Index(0)]]
        {
            assert!(!value.set(&path(nowhere), Value::Null));
        }
        assert_eq!(value, before);
        assert!(value.set(&Path::root(), Value::Null) && value.is_null());
    }

    #[test]
    fn walk_goes_outer_before_inner_and_stops_where_told() {
        let mut seen = Vec::new();
        value().walk(&mut |path, part| {
            seen.push(format!("{path} {}", part.kind()));
            path.root_attribute() != Some("map") || path.0.len() < 2
        });
        let expected =
            [" an object", "list a list", "list[0] a string", "list[1] a string", "map a map", "map[\"k\"] a list"];
        assert_eq!(seen[..6], expected);
        let within_set = ["set a set", "set an object", "set an unknown value", "set an object", "set a number"];
        assert_eq!(seen[6..], within_set);
    }

    #[test]
    fn transform_changes_what_it_made_of_the_outer_part() {
        let changed = value().transform(&mut |path, part| match (path.to_string().as_str(), part) {
            ("list", _) => Value::list(["new"]),
            ("list[0]", Value::String(text)) => Value::from(text + "er"),
            ("set", Value::Unknown(_)) => 1_i64.into(),
            (_, part) => part,
        });
        assert_eq!(changed.attribute("list"), Some(&Value::list(["newer"])));
        // The two elements of the set have become one.
        assert_eq!(changed.attribute("set").unwrap().as_set().unwrap().len(), 1);
        assert_eq!(changed.attribute("map"), value().attribute("map"));
    }

    #[test]
    fn refinements_are_left_out() {
        let refined = Value::list([Value::Unknown(Refinement::known_not_null()), "a".into()]);
        assert_eq!(refined.without_refinements(), Value::list([Value::unknown(), "a".into()]));
    }

    #[test]
    fn nonconforming_parts_are_named_without_their_values() {
        let ty = |json: &str| Type::from_json(json.as_bytes()).unwrap();
        let of = ty(
            r#"["object",{"list":["list","string"],"map":["map","dynamic"],"set":["set",["object",{"x":"number"}]]}]"#,
        );
        assert_eq!(value().conforms(&of), Ok(()));
        for (path, wrong, what) in [
            ("list", Value::list([true]), "list[0]: a bool, where a string is needed"),
            ("list", Value::set_of(["a"]), "list: a set, where a list is needed"),
            ("map", Value::map([("k", "s3cret")]), "map[\"k\"]: a string, where a value of any type is needed"),
            (
                "set",
                Value::set_of([Value::object([("x", "s3cret".into())])]),
                "set: in an element: a string, where a number is needed",
            ),
            ("set", Value::set_of([Value::object::<String>([])]), "set: in an element: attribute \"x\" is missing"),
        ] {
            let mut value = value();
            assert!(value.set(&path.into(), wrong));
            let (path, found) = value.conforms(&of).unwrap_err();
            assert_eq!(format!("{path}: {found}"), what);
        }
        let tuple = ty(r#"["tuple",["string"]]"#);
        let found = Value::list(["a", "b"]).conforms(&tuple).unwrap_err().1;
        assert_eq!(found, "2 elements, where a tuple of 1 is needed");
    }
}
