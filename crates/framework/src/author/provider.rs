//! A provider: its block, its connection, and the one list of what it offers.

use std::sync::Arc;

use super::{Action, DataSource, Ephemeral, Function, List, Report, Resource, Result, Session};
use crate::engine::erased::{AnyAction, AnyDataSource, AnyEphemeral, AnyFunction, AnyResource, Typed};
use crate::engine::erased::{FunctionOf, ListedOf};
use crate::model::Model;
use crate::{Diagnostic, Diagnostics};

/// A provider. The implementing model is its block.
pub trait Provider: Model {
    /// What resources work with.
    type Client: Session;

    /// Makes the connection, without sending anything. Called only when the whole block is known.
    ///
    /// # Errors
    /// When the block cannot be right.
    fn connect(config: Self, connection: &mut Connection) -> Result<Self::Client>;

    /// Everything that it offers.
    fn offers() -> Offers<Self::Client>;

    /// Refuses configurations that cannot be right; anything may still be unknown.
    fn validate(_config: &Self::View, _report: &mut Report) {}
}

/// What a connection may know of its surroundings, and say to the user.
#[derive(Debug, Default)]
pub struct Connection {
    /// For the User-Agent.
    pub terraform_version: String,
    /// The environment variables.
    pub variables: Variables,
    pub(crate) diagnostics: Diagnostics,
}

/// Environment variables by name: those of the process, unless a test gives others.
#[derive(Clone)]
pub struct Variables(Arc<dyn Fn(&str) -> Option<String> + Send + Sync>);

impl Variables {
    /// Variables that are found by a function.
    pub fn new(find: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(find))
    }

    /// The value of a variable; `None` when it is not set.
    pub fn get(&self, name: &str) -> Option<String> {
        (self.0)(name)
    }
}

impl Default for Variables {
    fn default() -> Self {
        Self::new(|name| std::env::var(name).ok())
    }
}

impl std::fmt::Debug for Variables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Variables(..)")
    }
}

impl Connection {
    /// For Terraform of this version, with these environment variables.
    pub fn new(terraform_version: impl Into<String>, variables: Variables) -> Self {
        Self { terraform_version: terraform_version.into(), variables, diagnostics: Diagnostics::default() }
    }

    /// Tells the user something.
    pub fn warn(&mut self, attribute: &str, summary: impl Into<String>, detail: impl Into<String>) {
        self.diagnostics.push(Diagnostic::warning(summary, detail).at(attribute));
    }
}

/// What a provider offers: one line each.
pub struct Offers<C> {
    pub(crate) resources: Vec<Arc<dyn AnyResource<C>>>,
    pub(crate) data_sources: Vec<Arc<dyn AnyDataSource<C>>>,
    pub(crate) ephemeral: Vec<Arc<dyn AnyEphemeral<C>>>,
    pub(crate) actions: Vec<Arc<dyn AnyAction<C>>>,
    pub(crate) functions: Vec<Arc<dyn AnyFunction>>,
}

impl<C> Default for Offers<C> {
    fn default() -> Self {
        Self {
            resources: Vec::new(),
            data_sources: Vec::new(),
            ephemeral: Vec::new(),
            actions: Vec::new(),
            functions: Vec::new(),
        }
    }
}

impl<C: super::Session> Offers<C> {
    /// All that another part of the provider offers.
    #[must_use]
    pub fn and(mut self, part: Self) -> Self {
        self.resources.extend(part.resources);
        self.data_sources.extend(part.data_sources);
        self.ephemeral.extend(part.ephemeral);
        self.actions.extend(part.actions);
        self.functions.extend(part.functions);
        self
    }

    /// A resource whose objects cannot be listed.
    #[must_use]
    pub fn resource<R: Resource<Client = C>>(mut self) -> Self {
        self.resources.push(Arc::new(Typed::<R>::new()));
        self
    }

    /// A resource without a model, for tests of the engine.
    pub fn push_resource(&mut self, resource: Arc<dyn AnyResource<C>>) {
        self.resources.push(resource);
    }

    /// A resource whose objects can be listed.
    #[must_use]
    pub fn listed<R: List<Client = C>>(mut self) -> Self {
        self.resources.push(Arc::new(ListedOf::<R>::new()));
        self
    }

    /// A data source.
    #[must_use]
    pub fn data<D: DataSource<Client = C>>(mut self) -> Self {
        self.data_sources.push(Arc::new(Typed::<D>::new()));
        self
    }

    /// An ephemeral resource.
    #[must_use]
    pub fn ephemeral<E: Ephemeral<Client = C>>(mut self) -> Self {
        self.ephemeral.push(Arc::new(Typed::<E>::new()));
        self
    }

    /// An action.
    #[must_use]
    pub fn action<A: Action<Client = C>>(mut self) -> Self {
        self.actions.push(Arc::new(Typed::<A>::new()));
        self
    }

    /// A function.
    #[must_use]
    pub fn function<F: Function>(mut self) -> Self {
        self.functions.push(Arc::new(FunctionOf::<F>::new()));
        self
    }
}
