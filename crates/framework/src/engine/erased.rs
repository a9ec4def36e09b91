//! Resources and the like without their Rust types: objects in, objects out. What the engine works with.

use std::marker::PhantomData;

use async_trait::async_trait;

use super::Private;
use super::definition::Definition;
use crate::author::{
    Action, Arguments, Context, DataSource, Ephemeral, Error, Found, Function, List, ModifyPlan, MoveFrom, Progress,
    Report, Resource, Result, Upgrade,
};
use crate::model::{Fields, Model, Object, from_value, into_value};
use crate::path::Path;
use crate::schema::{FunctionSchema, Schema};
use crate::server::{Deferred, FunctionError, ListEvent, Sink, Timestamp};
use crate::value::Value;

/// What a plan hook is asked about: a creation without state, a destruction without configuration and plan.
#[derive(Debug, Clone, Copy)]
pub struct PlanAsk<'a> {
    /// What the user wrote.
    pub config: Option<&'a Object>,
    /// What is in state.
    pub state: Option<&'a Object>,
    /// What is planned so far.
    pub plan: Option<&'a Object>,
    /// The object is to be replaced.
    pub replaces: bool,
    /// Private data.
    pub private: &'a Private,
    /// Terraform accepts "not now".
    pub may_defer: bool,
}

/// The edits that a plan hook made.
#[derive(Debug, Default)]
pub struct PlanEdits {
    /// Values to plan.
    pub set: Vec<(Path, Value)>,
    /// What forces a replacement.
    pub replace: Vec<Path>,
    /// What there is to say.
    pub report: Report,
    /// Private data, if it is to be other than it was.
    pub private: Option<Private>,
    /// Put off.
    pub deferred: Option<Deferred>,
}

/// A managed resource. Objects hold the model's attributes; `id` and `timeouts` are the engine's.
#[async_trait]
pub trait AnyResource<C>: Send + Sync {
    /// What it is.
    fn definition(&self) -> Definition;
    /// What it is called.
    fn type_name(&self) -> String {
        self.definition().type_name
    }
    /// See [`Resource::validate`].
    fn validate(&self, config: &Object, report: &mut Report);
    /// See [`Resource::plan`].
    fn plan(&self, ask: &PlanAsk<'_>) -> PlanEdits;
    /// See [`Resource::preflight`].
    async fn preflight(&self, _cx: &mut Context<C>, _plan: &Object, _report: &mut Report) {}
    /// See [`Resource::create`].
    async fn create(&self, cx: &mut Context<C>, plan: Object) -> Result<Object>;
    /// See [`Resource::read`].
    async fn read(&self, cx: &mut Context<C>, state: Object) -> Result<Option<Object>>;
    /// See [`Resource::update`].
    async fn update(&self, cx: &mut Context<C>, state: Object, plan: Object) -> Result<Object>;
    /// See [`Resource::delete`].
    async fn delete(&self, cx: &mut Context<C>, state: Object) -> Result<()>;
    /// See [`Resource::upgrades`].
    fn upgrades(&self) -> Vec<Upgrade>;
    /// See [`Resource::moves`].
    fn moves(&self) -> Vec<MoveFrom>;
    /// See [`Resource::identity_upgrades`].
    fn identity_upgrades(&self) -> Vec<Upgrade> {
        Vec::new()
    }
    /// The schema of the `config` block of a list; `None` when it cannot be listed.
    fn query_schema(&self) -> Option<Schema> {
        None
    }
    /// See [`List::validate_query`].
    fn validate_query(&self, _query: &Object, _report: &mut Report) {}
    /// See [`List::list`]: each find is made an event by `emit`.
    async fn list(&self, _cx: &mut Context<C>, _query: Object, _to: Listing) -> Result<()> {
        Err(Error::bug("this resource cannot be listed"))
    }
}

/// Where the finds of a list go, and how many are wanted.
pub struct Listing {
    /// The stream.
    pub sink: Sink<ListEvent>,
    /// At most so many.
    pub limit: i64,
    /// Whole objects are wanted.
    pub include: bool,
    /// An event out of an object: identity, id, and the object itself if wanted.
    pub emit: Box<dyn Fn(Object) -> ListEvent + Send + Sync>,
}

/// A data source.
#[async_trait]
pub trait AnyDataSource<C>: Send + Sync {
    /// What it is.
    fn definition(&self) -> Definition;
    /// What it is called.
    fn type_name(&self) -> String {
        self.definition().type_name
    }
    /// See [`DataSource::validate`].
    fn validate(&self, config: &Object, report: &mut Report);
    /// See [`DataSource::read`].
    async fn read(&self, cx: &mut Context<C>, config: Object) -> Result<Object>;
}

/// An ephemeral resource. Private data is JSON.
#[async_trait]
pub trait AnyEphemeral<C>: Send + Sync {
    /// What it is.
    fn definition(&self) -> Definition;
    /// What it is called.
    fn type_name(&self) -> String {
        self.definition().type_name
    }
    /// See [`Ephemeral::validate`].
    fn validate(&self, config: &Object, report: &mut Report);
    /// See [`Ephemeral::open`].
    async fn open(&self, cx: &mut Context<C>, config: Object) -> Result<(Object, Vec<u8>, Option<Timestamp>)>;
    /// See [`Ephemeral::renew`].
    async fn renew(&self, cx: &mut Context<C>, private: &[u8]) -> Result<(Vec<u8>, Option<Timestamp>)>;
    /// See [`Ephemeral::close`].
    async fn close(&self, cx: &mut Context<C>, private: &[u8]) -> Result<()>;
}

/// An action.
#[async_trait]
pub trait AnyAction<C>: Send + Sync {
    /// What it is.
    fn definition(&self) -> Definition;
    /// What it is called.
    fn type_name(&self) -> String {
        self.definition().type_name
    }
    /// See [`Action::validate`].
    fn validate(&self, config: &Object, report: &mut Report);
    /// See [`Action::preflight`].
    async fn preflight(&self, cx: &mut Context<C>, config: &Object, report: &mut Report);
    /// See [`Action::invoke`].
    async fn invoke(&self, cx: &mut Context<C>, config: Object, progress: &Progress) -> Result<()>;
}

/// A function.
pub trait AnyFunction: Send + Sync {
    /// Its name.
    fn name(&self) -> &'static str;
    /// What it takes and gives.
    fn schema(&self) -> FunctionSchema;
    /// See [`Function::call`].
    fn call(&self, arguments: Arguments) -> Result<Value, FunctionError>;
}

/// A model seen without its type.
pub struct Typed<M>(PhantomData<fn() -> M>);

impl<M> Typed<M> {
    /// The only one.
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

/// A listed resource seen without its type.
pub struct ListedOf<M>(Typed<M>);

impl<M> ListedOf<M> {
    /// The only one.
    pub(crate) fn new() -> Self {
        Self(Typed::new())
    }
}

/// A function seen without its type.
pub struct FunctionOf<F>(PhantomData<fn() -> F>);

impl<F> FunctionOf<F> {
    /// The only one.
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

fn model<M: Fields>(object: &Object) -> Result<M> {
    Ok(M::from_object(object)?)
}

fn object<M: Fields>(model: &M) -> Object {
    let mut object = Object::new();
    model.put_into(&mut object);
    object
}

#[async_trait]
impl<R: Resource> AnyResource<R::Client> for Typed<R> {
    fn definition(&self) -> Definition {
        Definition::resource::<R>()
    }

    fn type_name(&self) -> String {
        R::meta().type_name.to_owned()
    }

    fn validate(&self, config: &Object, report: &mut Report) {
        R::validate(&R::view(config), report);
    }

    fn plan(&self, ask: &PlanAsk<'_>) -> PlanEdits {
        let mut planning = ModifyPlan {
            config: ask.config.map(R::view),
            state: ask.state.map(R::view),
            plan: ask.plan.map(R::view),
            replaced: ask.replaces,
            may_defer: ask.may_defer,
            deferred: None,
            private: ask.private.clone(),
            report: Report::default(),
            edits: Vec::new(),
            replace: Vec::new(),
        };
        R::plan(&mut planning);
        PlanEdits {
            set: planning.edits,
            replace: planning.replace,
            report: planning.report,
            private: Some(planning.private),
            deferred: planning.deferred,
        }
    }

    async fn preflight(&self, cx: &mut Context<R::Client>, plan: &Object, report: &mut Report) {
        R::preflight(cx, R::view(plan), report).await;
    }

    async fn create(&self, cx: &mut Context<R::Client>, plan: Object) -> Result<Object> {
        R::create(cx, model(&plan)?).await.map(|m| object(&m))
    }

    async fn read(&self, cx: &mut Context<R::Client>, state: Object) -> Result<Option<Object>> {
        Ok(R::read(cx, model(&state)?).await?.map(|m| object(&m)))
    }

    async fn update(&self, cx: &mut Context<R::Client>, state: Object, plan: Object) -> Result<Object> {
        R::update(cx, model(&state)?, model(&plan)?).await.map(|m| object(&m))
    }

    async fn delete(&self, cx: &mut Context<R::Client>, state: Object) -> Result<()> {
        R::delete(cx, model(&state)?).await
    }

    fn upgrades(&self) -> Vec<Upgrade> {
        R::upgrades()
    }

    fn moves(&self) -> Vec<MoveFrom> {
        R::moves()
    }

    fn identity_upgrades(&self) -> Vec<Upgrade> {
        R::identity_upgrades()
    }
}

#[async_trait]
impl<R: List> AnyResource<R::Client> for ListedOf<R> {
    fn definition(&self) -> Definition {
        AnyResource::definition(&self.0)
    }

    fn type_name(&self) -> String {
        AnyResource::type_name(&self.0)
    }

    fn validate(&self, config: &Object, report: &mut Report) {
        AnyResource::validate(&self.0, config, report);
    }

    fn plan(&self, ask: &PlanAsk<'_>) -> PlanEdits {
        self.0.plan(ask)
    }

    async fn preflight(&self, cx: &mut Context<R::Client>, plan: &Object, report: &mut Report) {
        self.0.preflight(cx, plan, report).await;
    }

    async fn create(&self, cx: &mut Context<R::Client>, plan: Object) -> Result<Object> {
        self.0.create(cx, plan).await
    }

    async fn read(&self, cx: &mut Context<R::Client>, state: Object) -> Result<Option<Object>> {
        AnyResource::read(&self.0, cx, state).await
    }

    async fn update(&self, cx: &mut Context<R::Client>, state: Object, plan: Object) -> Result<Object> {
        self.0.update(cx, state, plan).await
    }

    async fn delete(&self, cx: &mut Context<R::Client>, state: Object) -> Result<()> {
        self.0.delete(cx, state).await
    }

    fn upgrades(&self) -> Vec<Upgrade> {
        R::upgrades()
    }

    fn moves(&self) -> Vec<MoveFrom> {
        R::moves()
    }

    fn identity_upgrades(&self) -> Vec<Upgrade> {
        R::identity_upgrades()
    }

    fn query_schema(&self) -> Option<Schema> {
        Some(R::Query::schema())
    }

    fn validate_query(&self, query: &Object, report: &mut Report) {
        R::validate_query(&R::Query::view(query), report);
    }

    async fn list(&self, cx: &mut Context<R::Client>, query: Object, to: Listing) -> Result<()> {
        let mut found = Found::new(to);
        R::list(cx, model(&query)?, &mut found).await
    }
}

#[async_trait]
impl<D: DataSource> AnyDataSource<D::Client> for Typed<D> {
    fn definition(&self) -> Definition {
        Definition::plain::<D>()
    }

    fn type_name(&self) -> String {
        D::meta().type_name.to_owned()
    }

    fn validate(&self, config: &Object, report: &mut Report) {
        D::validate(&D::view(config), report);
    }

    async fn read(&self, cx: &mut Context<D::Client>, config: Object) -> Result<Object> {
        D::read(cx, model(&config)?).await.map(|m| object(&m))
    }
}

#[async_trait]
impl<E: Ephemeral> AnyEphemeral<E::Client> for Typed<E> {
    fn definition(&self) -> Definition {
        Definition::plain::<E>()
    }

    fn type_name(&self) -> String {
        E::meta().type_name.to_owned()
    }

    fn validate(&self, config: &Object, report: &mut Report) {
        E::validate(&E::view(config), report);
    }

    async fn open(&self, cx: &mut Context<E::Client>, config: Object) -> Result<(Object, Vec<u8>, Option<Timestamp>)> {
        let opened = E::open(cx, model(&config)?).await?;
        Ok((object(&opened.result), to_private(&opened.private)?, opened.renew_at))
    }

    async fn renew(&self, cx: &mut Context<E::Client>, private: &[u8]) -> Result<(Vec<u8>, Option<Timestamp>)> {
        let (private, renew_at) = E::renew(cx, of_private(private)?).await?;
        Ok((to_private(&private)?, renew_at))
    }

    async fn close(&self, cx: &mut Context<E::Client>, private: &[u8]) -> Result<()> {
        E::close(cx, of_private(private)?).await
    }
}

fn to_private<P: serde::Serialize>(private: &P) -> Result<Vec<u8>> {
    serde_json::to_vec(private).map_err(|_| Error::bug("private data cannot be written as JSON"))
}

fn of_private<P: serde::de::DeserializeOwned>(private: &[u8]) -> Result<P> {
    let text = if private.is_empty() { b"null" } else { private };
    serde_json::from_slice(text).map_err(|_| Error::bug("private data is not what this version of the provider wrote"))
}

#[async_trait]
impl<A: Action> AnyAction<A::Client> for Typed<A> {
    fn definition(&self) -> Definition {
        Definition::plain::<A>()
    }

    fn type_name(&self) -> String {
        A::meta().type_name.to_owned()
    }

    fn validate(&self, config: &Object, report: &mut Report) {
        A::validate(&A::view(config), report);
    }

    async fn preflight(&self, cx: &mut Context<A::Client>, config: &Object, report: &mut Report) {
        A::preflight(cx, A::view(config), report).await;
    }

    async fn invoke(&self, cx: &mut Context<A::Client>, config: Object, progress: &Progress) -> Result<()> {
        A::invoke(cx, model(&config)?, progress).await
    }
}

impl<F: Function> AnyFunction for FunctionOf<F> {
    fn name(&self) -> &'static str {
        F::NAME
    }

    fn schema(&self) -> FunctionSchema {
        F::schema()
    }

    fn call(&self, arguments: Arguments) -> Result<Value, FunctionError> {
        F::call(arguments)
    }
}

/// The attributes of a model as an object, and back: for tests of the conversions.
pub fn round_trip<M: Model>(object: &Object) -> Result<Object> {
    let model: M = from_value(&Value::Object(object.clone()))?;
    match into_value(&model) {
        Value::Object(object) => Ok(object),
        _ => Ok(Object::new()),
    }
}
