//! Functions that every provider offers.

mod docker_config_json;
mod parse_image;
mod parse_size;

pub use docker_config_json::DockerConfigJson;
pub use parse_image::ParseImage;
pub use parse_size::ParseSize;

use terraform_framework::schema::Parameter;
use terraform_framework::value::Type;

/// A parameter that takes a known text.
pub fn text_parameter(name: &str, doc: &str) -> Parameter {
    Parameter {
        name: name.to_owned(),
        doc: doc.to_owned(),
        ty: Type::String,
        allow_null: false,
        allow_unknown: false,
        checks: Vec::new(),
    }
}

/// Test support: functions called as the engine calls them.
#[cfg(any(test, feature = "testing"))]
pub mod testing {
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
}
