//! Test support: functions called as the engine calls them.

use terraform_framework::server::FunctionError;
use terraform_framework::value::Value;
use terraform_framework::{Arguments, Function};

/// Calls a function with texts.
///
/// # Errors
/// When the function refuses an argument.
pub fn call<F: Function>(arguments: &[&str]) -> Result<Value, FunctionError> {
    F::call(Arguments(arguments.iter().map(|a| Value::from(*a)).collect()))
}

/// The position of the argument that a call refuses.
pub fn refused<F: Function>(arguments: &[&str]) -> Option<i64> {
    call::<F>(arguments).err().and_then(|error| error.argument)
}
