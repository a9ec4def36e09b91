//! Function `robot_username(namespace, name)`.

use terraform_framework::schema::{Check, FunctionSchema, Parameter};
use terraform_framework::server::FunctionError;
use terraform_framework::value::{Type, Value};
use terraform_framework::{Arguments, Function};

use crate::names;

/// The full name of a robot.
pub struct RobotUsername;

impl Function for RobotUsername {
    const NAME: &'static str = "robot_username";

    fn schema() -> FunctionSchema {
        FunctionSchema {
            summary: "Gives the full name of a robot account".to_owned(),
            doc: "Gives the name that a robot account logs in with, and by which permissions name it: `namespace+name`. Where the \
                  robot is managed by `quay_robot`, use its `username` instead: it is unknown until the robot is made, so that what \
                  uses it follows when the robot is replaced."
                .to_owned(),
            parameters: vec![
                Parameter::text("namespace", "Organization or user that owns the robot."),
                Parameter::text("name", "Short name of the robot."),
            ],
            variadic: None,
            returns: Type::String,
        }
    }

    fn call(arguments: Arguments) -> Result<Value, FunctionError> {
        let refuse = |position: usize, check: Check| {
            let value = arguments.0.get(position).unwrap_or(&Value::Null);
            (check.test)(value).map_err(|why| arguments.error(position, why))
        };
        refuse(0, names::namespace())?;
        refuse(1, names::robot())?;
        let (namespace, name): (String, String) = (arguments.get(0)?, arguments.get(1)?);
        Ok(Value::String(format!("{namespace}+{name}")))
    }
}

#[cfg(test)]
mod tests {
    use super::RobotUsername;
    use registry_service::functions::testing::{call, refused};
    use terraform_framework::value::Value;

    #[test]
    fn the_parts_are_joined_and_checked() {
        assert_eq!(call::<RobotUsername>(&["acme", "ci"]), Ok(Value::from("acme+ci")));
        assert_eq!(refused::<RobotUsername>(&["Acme", "ci"]), Some(0));
        assert_eq!(refused::<RobotUsername>(&["acme", "acme+ci"]), Some(1));
    }
}
