//! `parse_size(text)`.

use terraform_framework::schema::{FunctionSchema, Parameter};
use terraform_framework::server::FunctionError;
use terraform_framework::value::{Type, Value};
use terraform_framework::{Arguments, Function};

use crate::size;

/// Bytes of an amount of data.
pub struct ParseSize;

impl Function for ParseSize {
    const NAME: &'static str = "parse_size";

    fn schema() -> FunctionSchema {
        FunctionSchema {
            summary: "Gives the bytes of an amount of data such as 10 GiB".to_owned(),
            doc: "Gives the number of bytes of an amount of data: a whole number and a unit. `KB`, `MB`, `GB`, `TB`, `PB` count in \
                  thousands, `KiB`, `MiB`, `GiB`, `TiB`, `PiB`, `EiB` in 1024s; without a unit it is bytes."
                .to_owned(),
            parameters: vec![Parameter::text("text", "Amount of data, such as `10 GiB` or `500 MB`.")],
            variadic: None,
            returns: Type::Number,
        }
    }

    fn call(arguments: Arguments) -> Result<Value, FunctionError> {
        let text: String = arguments.get(0)?;
        size::parse(&text).map(Value::from).map_err(|why| arguments.error(0, why))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, refused};
    use super::ParseSize;
    use terraform_framework::value::Value;

    #[test]
    fn units_are_read_and_nonsense_is_refused() {
        assert_eq!(call::<ParseSize>(&["10 GiB"]), Ok(Value::from(10_i64 << 30)));
        assert_eq!(call::<ParseSize>(&["500MB"]), Ok(Value::from(500_000_000_i64)));
        assert_eq!(refused::<ParseSize>(&["ten"]), Some(0));
    }
}
