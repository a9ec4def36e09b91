//! Functions: pure, without a connection.

use crate::model::Attr;
use crate::schema::FunctionSchema;
use crate::server::FunctionError;
use crate::value::Value;

/// A function that configurations can call as `provider::quay::name(...)`. The same arguments always give the same result.
pub trait Function: Send + Sync + 'static {
    /// An identifier.
    const NAME: &'static str;

    /// What it takes and gives.
    fn schema() -> FunctionSchema;

    /// Computes it.
    ///
    /// # Errors
    /// When an argument cannot be right; the error names it.
    fn call(arguments: Arguments) -> Result<Value, FunctionError>;
}

/// The arguments of a call, in order; the variadic ones follow the others.
#[derive(Debug, Clone)]
pub struct Arguments(pub Vec<Value>);

impl Arguments {
    /// One argument.
    ///
    /// # Errors
    /// When it has not the type that is asked for, which Terraform prevents.
    pub fn get<T: Attr>(&self, position: usize) -> Result<T, FunctionError> {
        let value = self.0.get(position).unwrap_or(&Value::Null);
        T::from_value(value).map_err(|e| self.error(position, e.message))
    }

    /// An argument that cannot be right. Terraform shows the text in a sentence of its own, and ends it with a full stop.
    pub fn error(&self, position: usize, text: impl Into<String>) -> FunctionError {
        let text = text.into().trim_end_matches('.').to_owned();
        FunctionError { text, argument: i64::try_from(position).ok() }
    }
}
