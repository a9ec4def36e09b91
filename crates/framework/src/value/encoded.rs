//! Values as they stand in messages.

use super::{DecodeError, EncodeError, Type, Value, json, msgpack};
use crate::server::Encoded;

impl Encoded {
    /// The value; null when there are no bytes at all.
    ///
    /// # Errors
    /// When the bytes are no value of the type.
    pub fn decode(&self, ty: &Type) -> Result<Value, DecodeError> {
        if !self.msgpack.is_empty() {
            msgpack::decode(&self.msgpack, ty)
        } else if !self.json.is_empty() {
            json::decode(&self.json, ty)
        } else {
            Ok(Value::Null)
        }
    }

    /// A value as MessagePack.
    ///
    /// # Errors
    /// When the value is not of the type.
    pub fn of(value: &Value, ty: &Type) -> Result<Self, EncodeError> {
        Ok(Self { msgpack: msgpack::encode(value, ty)?, json: Vec::new() })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn no_bytes_are_null() {
        assert_eq!(Encoded::default().decode(&Type::String), Ok(Value::Null));
    }

    #[test]
    fn msgpack_takes_precedence() {
        let encoded = Encoded { msgpack: vec![0xa1, b'm'], json: b"\"j\"".to_vec() };
        assert_eq!(encoded.decode(&Type::String), Ok(Value::from("m")));
        let json = Encoded { msgpack: Vec::new(), json: encoded.json };
        assert_eq!(json.decode(&Type::String), Ok(Value::from("j")));
    }

    #[test]
    fn encoded_is_decoded() {
        let value = Value::object([("a", Value::unknown())]);
        let ty = Type::Object([("a".to_owned(), Type::Bool)].into());
        assert_eq!(Encoded::of(&value, &ty).unwrap().decode(&ty), Ok(value));
    }
}
