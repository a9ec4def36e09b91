//! What hooks that validate and plan see and may say.

use crate::engine::Private;
use crate::path::Path;
use crate::server::Deferred;
use crate::value::Value;
use crate::{Diagnostic, Diagnostics};

/// Where a hook puts what it has to say.
#[derive(Debug, Default)]
pub struct Report(pub(crate) Diagnostics);

impl Report {
    /// Input that cannot be right, at its attribute.
    pub fn error(&mut self, path: impl Into<Path>, summary: impl Into<String>, detail: impl Into<String>) {
        self.0.push(Diagnostic::error(summary, detail).at(path));
    }

    /// Something that the user should know.
    pub fn warn(&mut self, path: impl Into<Path>, summary: impl Into<String>, detail: impl Into<String>) {
        self.0.push(Diagnostic::warning(summary, detail).at(path));
    }

    /// Something that the user should know, about the whole.
    pub fn warn_all(&mut self, summary: impl Into<String>, detail: impl Into<String>) {
        self.0.push(Diagnostic::warning(summary, detail));
    }

    /// What a resource's code fails with, or a diagnostic that was made elsewhere.
    pub fn push(&mut self, told: impl Into<Diagnostic>) {
        self.0.push(told.into());
    }
}

/// A plan that a hook may look at and change. `V` is the model's view.
///
/// Plans are pure: the same configuration and state give the same plan, or Terraform refuses to apply it.
pub struct ModifyPlan<V> {
    /// What the user wrote; `None` when the object is to be destroyed.
    pub config: Option<V>,
    /// What is in state; `None` when it is to be created.
    pub state: Option<V>,
    /// What is planned so far; `None` when it is to be destroyed.
    pub plan: Option<V>,
    /// What there is to say.
    pub report: Report,
    /// Private data of the resource, which the operation will find as the plan leaves it. It is state: no secret may be in it.
    pub private: Private,
    pub(crate) replaced: bool,
    pub(crate) may_defer: bool,
    pub(crate) deferred: Option<Deferred>,
    pub(crate) edits: Vec<(Path, Value)>,
    pub(crate) replace: Vec<Path>,
}

impl<V> ModifyPlan<V> {
    /// True when a new object will be made, also in place of an old one.
    pub fn creates(&self) -> bool {
        self.state.is_none() && self.plan.is_some()
    }

    /// True when an object stays and is changed, or not even that.
    pub fn updates(&self) -> bool {
        self.state.is_some() && self.plan.is_some()
    }

    /// True when an object goes and another one takes its place. Said once, in the plan that finds out.
    pub fn replaces(&self) -> bool {
        self.replaced
    }

    /// True when an object goes for good.
    pub fn destroys(&self) -> bool {
        self.plan.is_none()
    }

    /// Plans a value for an attribute that the configuration leaves to the provider. For any other it is refused.
    pub fn set(&mut self, path: impl Into<Path>, value: impl Into<Value>) {
        self.edits.push((path.into(), value.into()));
    }

    /// Plans that an attribute is known after apply.
    pub fn set_unknown(&mut self, path: impl Into<Path>) {
        self.edits.push((path.into(), Value::unknown()));
    }

    /// Puts the object off to a later run. `false`: this Terraform knows no such thing, and wants the best plan that there can be.
    pub fn defer(&mut self, why: Deferred) -> bool {
        self.deferred = self.may_defer.then_some(why);
        self.may_defer
    }

    /// Plans a replacement because of an attribute.
    pub fn replace(&mut self, path: impl Into<Path>) {
        self.replace.push(path.into());
    }
}

/// True when a text or number that only the provider knows (`rotation`, `..._version`) went from one value to another. From null
/// to a value is not a change: that is how an imported object gets its first.
pub fn changed<T: PartialEq>(state: &Option<T>, plan: &Option<T>) -> bool {
    matches!((state, plan), (Some(old), Some(new)) if old != new)
}
