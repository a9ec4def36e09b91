//! Functions that every provider offers.

mod docker_config_json;
mod parse_image;
mod parse_size;

pub use docker_config_json::DockerConfigJson;
pub use parse_image::ParseImage;
pub use parse_size::ParseSize;

use crate::framework::schema::Parameter;
use crate::framework::value::Type;

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

#[cfg(test)]
pub(crate) mod testing {
    use crate::framework::server::FunctionError;
    use crate::framework::value::Value;
    use crate::framework::{Arguments, Function};

    /// Calls a function with texts.
    pub(crate) fn call<F: Function>(arguments: &[&str]) -> Result<Value, FunctionError> {
        F::call(Arguments(arguments.iter().map(|a| Value::from(*a)).collect()))
    }

    /// The position of the argument that a call refuses.
    pub(crate) fn refused<F: Function>(arguments: &[&str]) -> Option<i64> {
        call::<F>(arguments).err().and_then(|error| error.argument)
    }
}
