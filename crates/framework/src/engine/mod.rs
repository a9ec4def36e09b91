//! The engine: one provider, call by call. Decodes what Terraform sends, lets the schema plan, calls the resource's own code
//! where a server is involved, and encodes the answer.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio_util::sync::CancellationToken;

use super::author::{Connection, Context, Offers, Provider, Report, Session};
use super::model::{Object, from_value};
use super::schema::{Attribute, Schema};
use super::server::{Encoded, Kind, ProviderSchema};
use super::value::Value;
use super::{Diagnostic, Diagnostics};

mod absence;
mod apply;
mod checks;
pub mod definition;
pub mod erased;
mod generate;
mod import;
mod keys;
mod operations;
mod others;
mod plan;
mod private;
mod serve;
mod validate;
mod walk;

pub use definition::Definition;
pub use private::Private;

use definition::Operation;
use erased::{AnyAction, AnyDataSource, AnyEphemeral, AnyFunction, AnyResource};

/// A thing on offer, with its definition, which is worked out once, and only where it is asked for: Terraform starts a process for each phase
/// of its work, and most see few of the things that there are.
struct Entry<T: ?Sized> {
    definition: OnceLock<Definition>,
    define: fn(&T) -> Definition,
    code: Arc<T>,
}

impl<T: ?Sized> Entry<T> {
    fn definition(&self) -> &Definition {
        self.definition.get_or_init(|| (self.define)(&self.code))
    }
}

/// How a provider block becomes a connection.
type Connect<C> = Box<dyn Fn(&Object, &mut Connection) -> super::author::Result<C> + Send + Sync>;
type ValidateBlock = Box<dyn Fn(&Object, &mut Report) + Send + Sync>;

/// The provider block as it stands.
enum Configured<C> {
    /// Terraform has not sent it.
    Not,
    /// Some of it is not known yet.
    Unknown(Vec<String>),
    /// All is known.
    Connected(Arc<C>),
}

/// One provider.
pub struct Engine<C> {
    block: Schema,
    connect: Connect<C>,
    validate_block: ValidateBlock,
    resources: BTreeMap<String, Entry<dyn AnyResource<C>>>,
    data_sources: BTreeMap<String, Entry<dyn AnyDataSource<C>>>,
    ephemeral: BTreeMap<String, Entry<dyn AnyEphemeral<C>>>,
    actions: BTreeMap<String, Entry<dyn AnyAction<C>>>,
    functions: BTreeMap<String, Arc<dyn AnyFunction>>,
    schema: OnceLock<Arc<ProviderSchema>>,
    configured: Mutex<Configured<C>>,
    stop: Mutex<CancellationToken>,
    absence: absence::Absence,
    checks_itself: bool,
}

impl<C: Session> Engine<C> {
    /// The engine of a provider.
    pub fn of<P: Provider<Client = C>>() -> Self {
        let connect = |block: &Object, connection: &mut Connection| {
            P::connect(from_value(&Value::Object(block.clone()))?, connection)
        };
        let validate = |block: &Object, report: &mut Report| P::validate(&P::view(block), report);
        Self::new(provider_block::<P>(), Box::new(connect), Box::new(validate), P::offers())
    }

    /// The engine of what is given; for tests of the engine itself.
    pub fn new(block: Schema, connect: Connect<C>, validate_block: ValidateBlock, offers: Offers<C>) -> Self {
        Self {
            block,
            connect,
            validate_block,
            resources: entries(offers.resources, |r| r.type_name(), |r| r.definition()),
            data_sources: entries(offers.data_sources, |d| d.type_name(), |d| d.definition()),
            ephemeral: entries(offers.ephemeral, |e| e.type_name(), |e| e.definition()),
            actions: entries(offers.actions, |a| a.type_name(), |a| a.definition()),
            functions: offers.functions.into_iter().map(|f| (f.name().to_owned(), f)).collect(),
            schema: OnceLock::new(),
            configured: Mutex::new(Configured::Not),
            stop: Mutex::new(CancellationToken::new()),
            absence: absence::Absence::default(),
            checks_itself: cfg!(debug_assertions),
        }
    }

    fn provider_schema(&self) -> Arc<ProviderSchema> {
        self.schema.get_or_init(|| Arc::new(self.build_schema())).clone()
    }

    fn build_schema(&self) -> ProviderSchema {
        fn schemas<T: ?Sized>(entries: &BTreeMap<String, Entry<T>>) -> BTreeMap<String, Schema> {
            entries.iter().map(|(name, e)| (name.clone(), e.definition().schema.clone())).collect()
        }
        let listed = self.resources.iter().filter_map(|(name, e)| Some((name.clone(), e.code.query_schema()?)));
        let identities = self.resources.iter().filter_map(|(n, e)| Some((n.clone(), e.definition().identity.clone()?)));
        ProviderSchema {
            provider: self.block.clone(),
            resources: schemas(&self.resources),
            data_sources: schemas(&self.data_sources),
            ephemeral_resources: schemas(&self.ephemeral),
            list_resources: listed.collect(),
            actions: schemas(&self.actions),
            functions: self.functions.iter().map(|(name, f)| (name.clone(), f.schema())).collect(),
            identities: identities.collect(),
        }
    }

    /// The schema that a configuration is checked against, and the code that checks it.
    fn checked(&self, kind: Kind, type_name: &str) -> Result<(Cow<'_, Schema>, CheckConfig<'_>), Diagnostics> {
        match kind {
            Kind::Provider => {
                Ok((Cow::Borrowed(&self.block), Box::new(|config, report| (self.validate_block)(config, report))))
            }
            Kind::Resource => {
                let entry = find(&self.resources, "resource", type_name)?;
                let code = &entry.code;
                Ok((
                    Cow::Borrowed(&entry.definition().schema),
                    Box::new(|config, report| code.validate(config, report)),
                ))
            }
            Kind::DataSource => {
                let entry = find(&self.data_sources, "data source", type_name)?;
                let code = &entry.code;
                Ok((
                    Cow::Borrowed(&entry.definition().schema),
                    Box::new(|config, report| code.validate(config, report)),
                ))
            }
            Kind::Ephemeral => {
                let entry = find(&self.ephemeral, "ephemeral resource", type_name)?;
                let code = &entry.code;
                Ok((
                    Cow::Borrowed(&entry.definition().schema),
                    Box::new(|config, report| code.validate(config, report)),
                ))
            }
            Kind::Action => {
                let entry = find(&self.actions, "action", type_name)?;
                let code = &entry.code;
                Ok((
                    Cow::Borrowed(&entry.definition().schema),
                    Box::new(|config, report| code.validate(config, report)),
                ))
            }
            Kind::List => {
                let entry = find(&self.resources, "list resource", type_name)?;
                let schema = entry.code.query_schema().ok_or_else(|| unknown("list resource", type_name))?;
                let code = &entry.code;
                Ok((Cow::Owned(schema), Box::new(|query, report| code.validate_query(query, report))))
            }
        }
    }

    /// What an operation works with, or why there is no connection.
    fn context(
        &self,
        definition: &Definition,
        operation: Operation,
        object: &Object,
    ) -> Result<Context<C>, Diagnostics> {
        let client = match &*lock(&self.configured) {
            Configured::Connected(client) => client.clone(),
            Configured::Not => {
                let detail = "Terraform has not sent the provider's configuration. Please report this to the provider's developers.";
                return Err(Diagnostic::error("Provider is not configured", detail).into());
            }
            Configured::Unknown(names) => {
                let names: Vec<String> = names.iter().map(|n| format!("`{n}`")).collect();
                let detail = format!(
                    "{} of the provider block depends on something that is not made yet, so the server cannot be asked about {}. \
                     Make that first (`terraform apply -target=...`), or give the provider block a value that is known.",
                    names.join(" and "),
                    definition.type_name
                );
                return Err(Diagnostic::error("Provider configuration is not known yet", detail).into());
            }
        };
        Ok(Context::new(&client, lock(&self.stop).clone(), definition.limit(operation, object)))
    }

    /// True when the provider block is not known yet.
    fn is_unknown(&self) -> bool {
        matches!(&*lock(&self.configured), Configured::Unknown(_))
    }
}

/// The schema of a provider's block. `$PREFIX` in its texts is the provider's name, as its environment variables begin.
pub(crate) fn provider_block<P: Provider>() -> Schema {
    let mut block = P::schema();
    let prefix = P::meta().type_name.to_uppercase();
    for attribute in &mut block.block.attributes {
        attribute.doc = attribute.doc.replace("$PREFIX", &prefix);
    }
    block
}

type CheckConfig<'a> = Box<dyn Fn(&Object, &mut Report) + Send + Sync + 'a>;

fn entries<T: ?Sized>(
    all: Vec<Arc<T>>,
    name: fn(&T) -> String,
    define: fn(&T) -> Definition,
) -> BTreeMap<String, Entry<T>> {
    let entry = |code: Arc<T>| (name(&code), Entry { definition: OnceLock::new(), define, code });
    all.into_iter().map(entry).collect()
}

fn find<'a, T: ?Sized>(
    entries: &'a BTreeMap<String, Entry<T>>,
    what: &str,
    name: &str,
) -> Result<&'a Entry<T>, Diagnostics> {
    entries.get(name).ok_or_else(|| unknown(what, name))
}

fn unknown(what: &str, name: &str) -> Diagnostics {
    Diagnostic::error(format!("Unknown {what}"), format!("This provider has no {what} {name:?}.")).into()
}

fn decode(encoded: &Encoded, schema: &Schema) -> Result<Value, Diagnostics> {
    encoded.decode(&schema.ty()).map_err(|e| {
        let detail =
            format!("A value from Terraform cannot be read: {e}. Please report this to the provider's developers.");
        Diagnostic::error("Value cannot be decoded", detail).into()
    })
}

fn encode(value: &Value, schema: &Schema) -> Result<Encoded, Diagnostics> {
    Encoded::of(value, &schema.ty()).map_err(|e| {
        let detail =
            format!("A value for Terraform cannot be written: {e}. Please report this to the provider's developers.");
        Diagnostic::error("Bug in the provider", detail).into()
    })
}

/// A poisoned lock holds what it held: nothing here is left half-changed.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Names of the arguments of a block that are not wholly known.
fn not_known(block: &Object, attributes: &[Attribute]) -> Vec<String> {
    let open = |a: &&Attribute| block.get(&a.name).is_some_and(|v| !v.is_wholly_known());
    attributes.iter().filter(open).map(|a| a.name.clone()).collect()
}
