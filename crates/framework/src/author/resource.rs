//! Managed resources, and lists of them.

use std::marker::PhantomData;

use async_trait::async_trait;

use super::{Context, Error, ModifyPlan, Report, Result, Session};
use crate::engine::erased::Listing;
use crate::model::{Fields, Model, Object, into_value};
use crate::value::Value;

/// A kind of object that Terraform creates, reads, updates and deletes.
#[async_trait]
pub trait Resource: Model {
    /// The connection that it works with.
    type Client: Session;

    /// Makes the object and returns it whole: every output set.
    ///
    /// # Errors
    /// What exists by then must have been given to [`Context::save`].
    async fn create(cx: &mut Context<Self::Client>, plan: Self) -> Result<Self>;

    /// Reads the object again; `None` when it is certainly gone. After an import, only the fields of its id are set.
    ///
    /// # Errors
    /// Whenever it is not certain what is there.
    async fn read(cx: &mut Context<Self::Client>, state: Self) -> Result<Option<Self>>;

    /// Changes the object in place.
    ///
    /// # Errors
    /// What is really there by then should have been given to [`Context::save`]; else it is read again.
    async fn update(_cx: &mut Context<Self::Client>, _state: Self, _plan: Self) -> Result<Self> {
        Err(Error::bug(format!("{} was asked for an update that it does not have", Self::meta().type_name)))
    }

    /// Deletes the object; one that is already gone is success.
    ///
    /// # Errors
    /// When it is, or may be, still there.
    async fn delete(cx: &mut Context<Self::Client>, state: Self) -> Result<()>;

    /// Refuses configurations that cannot be right; anything may still be unknown.
    fn validate(_config: &Self::View, _report: &mut Report) {}

    /// Looks at a plan, and changes it. Also called for a destruction.
    fn plan(_planning: &mut ModifyPlan<Self::View>) {}

    /// Asks the server whether a plan that creates or changes can be right. The plan's write-only values are those of the configuration. Only
    /// its diagnostics count; it is left out where the provider's configuration is not known yet, and what it cannot find out it keeps silent
    /// about: a probe that fails blocks nothing.
    async fn preflight(_cx: &mut Context<Self::Client>, _plan: Self::View, _report: &mut Report) {}

    /// From which older versions a state can be upgraded, and how.
    fn upgrades() -> Vec<Upgrade> {
        Vec::new()
    }

    /// From which older versions an identity can be upgraded, and how. One with the attributes of the current version needs none.
    fn identity_upgrades() -> Vec<Upgrade> {
        Vec::new()
    }

    /// From which other types a state can be taken over, and how.
    fn moves() -> Vec<MoveFrom> {
        Vec::new()
    }
}

/// How a state or an identity of an older version becomes one of the current version, at once.
pub struct Upgrade {
    /// The version that it starts from.
    pub from: i64,
    /// Old attributes to new ones. Attributes that it leaves out are null; for a state, the next read fills them.
    pub upgrade: fn(Object) -> std::result::Result<Object, String>,
}

/// How a state of another type becomes one of this.
pub struct MoveFrom {
    /// Type name of the source.
    pub type_name: &'static str,
    /// End of the source provider's address, such as `goharbor/harbor`; empty for any.
    pub provider: &'static str,
    /// Attributes of the source to ours; `None` when this state is not one that it knows.
    pub convert: fn(Object) -> std::result::Result<Option<Object>, String>,
}

/// A resource whose objects can be found.
#[async_trait]
pub trait List: Resource {
    /// The `config` block of a `list` block.
    type Query: Model;

    /// Finds objects and gives them to `found`, until that has enough.
    ///
    /// # Errors
    /// When the list cannot be had whole.
    async fn list(cx: &mut Context<Self::Client>, query: Self::Query, found: &mut Found<Self>) -> Result<()>;

    /// Refuses queries that cannot be right; anything may still be unknown.
    fn validate_query(_query: &<Self::Query as Fields>::View, _report: &mut Report) {}
}

/// Where the finds of a list go.
pub struct Found<M> {
    to: Listing,
    model: PhantomData<fn(M)>,
}

impl<M: Fields> Found<M> {
    pub(crate) fn new(to: Listing) -> Self {
        Self { to, model: PhantomData }
    }

    /// True when whole objects are wanted, and not only what names them.
    pub fn wants_objects(&self) -> bool {
        self.to.include
    }

    /// Gives one find. `false`: nobody wants more.
    pub async fn push(&mut self, model: &M) -> bool {
        let Value::Object(object) = into_value(model) else { return false };
        let event = (self.to.emit)(object);
        self.to.limit -= 1;
        self.to.sink.send(event).await.is_ok() && self.to.limit > 0
    }
}
