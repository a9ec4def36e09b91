//! Where in a value something is: the way from its root to one of its parts.

use std::fmt;

/// One step into a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// An attribute of an object, or a nested block by its name.
    Attribute(String),
    /// An element of a list or tuple.
    Index(usize),
    /// An element of a map.
    Key(String),
}

/// A path from the root of a resource's value. Elements of sets have no address of their own: a path ends at the set.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(pub Vec<Step>);

impl Path {
    /// The whole value.
    pub fn root() -> Self {
        Self::default()
    }

    /// A root attribute.
    pub fn attribute(name: &str) -> Self {
        Self::root().with(Step::Attribute(name.to_owned()))
    }

    /// This path and one step more.
    pub fn with(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// This path and one attribute more.
    pub fn child(&self, name: &str) -> Self {
        self.with(Step::Attribute(name.to_owned()))
    }

    /// The name of the root attribute, unless this is the root itself.
    pub fn root_attribute(&self) -> Option<&str> {
        match self.0.first() {
            Some(Step::Attribute(name)) => Some(name),
            _ => None,
        }
    }

    /// True when `self` is `other` or lies within it.
    pub fn starts_with(&self, other: &Path) -> bool {
        self.0.starts_with(&other.0)
    }
}

impl From<&str> for Path {
    fn from(name: &str) -> Self {
        Self::attribute(name)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            match step {
                Step::Attribute(name) if i == 0 => write!(f, "{name}")?,
                Step::Attribute(name) => write!(f, ".{name}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) => write!(f, "[{key:?}]")?,
            }
        }
        Ok(())
    }
}
