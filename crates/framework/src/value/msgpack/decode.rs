//! From MessagePack to values. The bytes are not trusted: no length is believed before the bytes are seen to be there,
//! and no depth is unlimited.

use std::collections::BTreeMap;

use rmp::Marker;
use rmp::decode as read;

use super::{MAX_REFINEMENT, REFINED, key};
use crate::path::Step;
use crate::value::convert::nfc;
use crate::value::{DecodeError, MAX_DEPTH, Number, Refinement, Type, Value};

/// Reads a value of a type.
///
/// # Errors
/// When the bytes are not exactly one such value, with the path at which they are not. Takes time and memory in
/// proportion to the bytes.
pub fn decode(bytes: &[u8], ty: &Type) -> Result<Value, DecodeError> {
    let mut reader = Reader { rest: bytes };
    let value = reader.value(ty, MAX_DEPTH)?;
    if !reader.rest.is_empty() {
        return Err(DecodeError::new("there are bytes after the value"));
    }
    Ok(value)
}

/// What is still to be read.
struct Reader<'a> {
    rest: &'a [u8],
}

fn malformed<E>(_: E) -> DecodeError {
    DecodeError::new("not valid MessagePack, or it ends too early")
}

impl<'a> Reader<'a> {
    fn value(&mut self, ty: &Type, depth: usize) -> Result<Value, DecodeError> {
        let depth = depth.checked_sub(1).ok_or_else(|| DecodeError::new("nested too deep"))?;
        let marker = self.peek()?;
        if marker == Marker::Null {
            self.take(1)?;
            return Ok(Value::Null);
        }
        if is_ext(marker) {
            return self.unknown(ty);
        }
        let expected = |is: bool| if is { Ok(()) } else { Err(mismatch(marker, ty)) };
        match ty {
            Type::Bool => {
                expected(matches!(marker, Marker::True | Marker::False))?;
                read::read_bool(&mut self.rest).map(Value::Bool).map_err(malformed)
            }
            Type::Number => self.number().map(Value::Number),
            Type::String => {
                expected(is_str(marker))?;
                self.text().map(|text| Value::String(nfc(text)))
            }
            Type::Dynamic => {
                expected(is_array(marker))?;
                self.dynamic(depth)
            }
            Type::List(element) => {
                expected(is_array(marker))?;
                self.elements(|_| element, depth).map(Value::List)
            }
            Type::Set(element) => {
                expected(is_array(marker))?;
                self.set(element, depth)
            }
            Type::Tuple(types) => {
                expected(is_array(marker))?;
                self.tuple(types, depth)
            }
            Type::Map(element) => {
                expected(is_map(marker))?;
                self.map(element, depth)
            }
            Type::Object(types) => {
                expected(is_map(marker))?;
                self.object(types, depth)
            }
        }
    }

    fn peek(&self) -> Result<Marker, DecodeError> {
        self.rest.first().map(|byte| Marker::from_u8(*byte)).ok_or_else(|| malformed(()))
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(|| malformed(()))?;
        self.rest = rest;
        Ok(taken)
    }

    fn text(&mut self) -> Result<&'a str, DecodeError> {
        let length = read::read_str_len(&mut self.rest).map_err(malformed)?;
        std::str::from_utf8(self.take(length as usize)?).map_err(|_| DecodeError::new("text that is not UTF-8"))
    }

    /// The number of elements of an array, each of which takes a byte at least.
    fn array_len(&mut self) -> Result<usize, DecodeError> {
        let length = read::read_array_len(&mut self.rest).map_err(malformed)? as usize;
        if length > self.rest.len() { Err(malformed(())) } else { Ok(length) }
    }

    /// The number of entries of a map, each of which takes two bytes at least.
    fn map_len(&mut self) -> Result<usize, DecodeError> {
        let length = read::read_map_len(&mut self.rest).map_err(malformed)? as usize;
        if length > self.rest.len() / 2 { Err(malformed(())) } else { Ok(length) }
    }

    fn number(&mut self) -> Result<Number, DecodeError> {
        let invalid = |e: crate::value::NumberError| DecodeError::new(e.to_string());
        match self.peek()? {
            Marker::F32 => {
                let float = read::read_f32(&mut self.rest).map_err(malformed)?;
                Number::try_from(f64::from(float)).map_err(invalid)
            }
            Marker::F64 => Number::try_from(read::read_f64(&mut self.rest).map_err(malformed)?).map_err(invalid),
            Marker::U64 => read::read_u64(&mut self.rest).map(Number::from).map_err(malformed),
            marker if is_str(marker) => Number::parse(self.text()?).map_err(invalid),
            marker if is_int(marker) => read::read_int::<i64, _>(&mut self.rest).map(Number::from).map_err(malformed),
            marker => Err(mismatch(marker, &Type::Number)),
        }
    }

    fn elements<'t>(&mut self, ty: impl Fn(usize) -> &'t Type, depth: usize) -> Result<Vec<Value>, DecodeError> {
        let length = self.array_len()?;
        // A byte of input could be an element of many bytes: room is made as they are really read.
        let mut elements = Vec::with_capacity(length.min(1024));
        for index in 0..length {
            elements.push(self.value(ty(index), depth).map_err(|e| e.within(Step::Index(index)))?);
        }
        Ok(elements)
    }

    fn set(&mut self, element: &Type, depth: usize) -> Result<Value, DecodeError> {
        let length = self.array_len()?;
        let elements = (0..length).map(|_| self.value(element, depth)).collect::<Result<Vec<_>, _>>()?;
        Ok(Value::Set(elements.into_iter().collect()))
    }

    fn tuple(&mut self, types: &[Type], depth: usize) -> Result<Value, DecodeError> {
        let declared = read::read_array_len(&mut { self.rest }).map_err(malformed)? as usize;
        if declared != types.len() {
            return Err(DecodeError::new(format!("{declared} elements, where a tuple of {} is needed", types.len())));
        }
        self.elements(|index| &types[index], depth).map(Value::List)
    }

    fn map(&mut self, element: &Type, depth: usize) -> Result<Value, DecodeError> {
        let mut map = BTreeMap::new();
        for _ in 0..self.map_len()? {
            let key = self.key()?;
            let value = self.value(element, depth).map_err(|e| e.within(Step::Key(key.clone())))?;
            map.insert(key, value);
        }
        Ok(Value::Map(map))
    }

    fn key(&mut self) -> Result<String, DecodeError> {
        if is_str(self.peek()?) { self.text().map(nfc) } else { Err(DecodeError::new("a key that is not text")) }
    }

    fn object(&mut self, types: &BTreeMap<String, Type>, depth: usize) -> Result<Value, DecodeError> {
        let mut object = BTreeMap::new();
        for _ in 0..self.map_len()? {
            let name = self.key()?;
            let Some(ty) = types.get(&name) else {
                return Err(DecodeError::new(format!("unsupported attribute {:?}", shortened(&name))));
            };
            let value = self.value(ty, depth).map_err(|e| e.within(Step::Attribute(name.clone())))?;
            if object.insert(name.clone(), value).is_some() {
                return Err(DecodeError::new(format!("attribute {name:?} is there twice")));
            }
        }
        match types.keys().find(|name| !object.contains_key(*name)) {
            Some(missing) => Err(DecodeError::new(format!("attribute {missing:?} is missing"))),
            None => Ok(Value::Object(object)),
        }
    }

    /// A value that brings its type.
    fn dynamic(&mut self, depth: usize) -> Result<Value, DecodeError> {
        if self.array_len()? != 2 || !matches!(self.peek()?, Marker::Bin8 | Marker::Bin16 | Marker::Bin32) {
            return Err(DecodeError::new("a value of any type must bring its type"));
        }
        let length = read::read_bin_len(&mut self.rest).map_err(malformed)?;
        let ty = Type::from_json(self.take(length as usize)?)?;
        let value = self.value(&ty, depth)?;
        // A value that brings no more than "any type" is null, unknown, or brings a type of its own.
        Ok(if ty == Type::Dynamic { value } else { Value::dynamic(ty, value) })
    }

    fn unknown(&mut self, ty: &Type) -> Result<Value, DecodeError> {
        let meta = read::read_ext_meta(&mut self.rest).map_err(malformed)?;
        let body = self.take(meta.size as usize)?;
        if meta.typeid != REFINED {
            return Ok(Value::unknown());
        }
        if body.len() > MAX_REFINEMENT {
            return Err(DecodeError::new("what is known of an unknown value takes too many bytes"));
        }
        Reader { rest: body }.refined(ty)
    }

    /// What is known of an unknown value; null, should that be known. What does not fit the type is forgotten.
    fn refined(&mut self, ty: &Type) -> Result<Value, DecodeError> {
        let mut known = Refinement::default();
        for _ in 0..self.map_len()? {
            match read::read_int::<i64, _>(&mut self.rest).map_err(malformed)? {
                key::NULL => match read::read_bool(&mut self.rest).map_err(malformed)? {
                    true => return Ok(Value::Null),
                    false => known.not_null = true,
                },
                key::PREFIX => {
                    if !is_str(self.peek()?) {
                        return Err(malformed(()));
                    }
                    known = known.with_prefix(nfc(self.text()?));
                }
                key::LOWER => {
                    let (value, inclusive) = self.bound()?;
                    known = known.with_lower(value, inclusive);
                }
                key::UPPER => {
                    let (value, inclusive) = self.bound()?;
                    known = known.with_upper(value, inclusive);
                }
                key::MIN_LENGTH => known = known.with_min_length(self.length()?),
                key::MAX_LENGTH => known = known.with_max_length(self.length()?),
                _ => self.skip(MAX_DEPTH)?,
            }
        }
        if !self.rest.is_empty() {
            return Err(malformed(()));
        }
        Ok(Value::Unknown(known.for_type(ty)))
    }

    fn bound(&mut self) -> Result<(Number, bool), DecodeError> {
        if self.array_len()? != 2 {
            return Err(malformed(()));
        }
        Ok((self.number()?, read::read_bool(&mut self.rest).map_err(malformed)?))
    }

    fn length(&mut self) -> Result<u64, DecodeError> {
        read::read_int(&mut self.rest).map_err(malformed)
    }

    /// Goes past anything.
    fn skip(&mut self, depth: usize) -> Result<(), DecodeError> {
        let depth = depth.checked_sub(1).ok_or_else(|| DecodeError::new("nested too deep"))?;
        let marker = self.peek()?;
        match marker {
            marker if is_array(marker) => (0..self.array_len()?).try_for_each(|_| self.skip(depth)),
            marker if is_map(marker) => (0..self.map_len()? * 2).try_for_each(|_| self.skip(depth)),
            marker if is_str(marker) => self.text().map(drop),
            marker if is_ext(marker) => {
                let size = read::read_ext_meta(&mut self.rest).map_err(malformed)?.size;
                self.take(size as usize).map(drop)
            }
            Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => {
                let size = read::read_bin_len(&mut self.rest).map_err(malformed)?;
                self.take(size as usize).map(drop)
            }
            Marker::Null | Marker::True | Marker::False => self.take(1).map(drop),
            _ => self.number().map(drop),
        }
    }
}

/// A name from outside, for a message.
fn shortened(name: &str) -> String {
    name.chars().take(64).collect()
}

fn mismatch(marker: Marker, ty: &Type) -> DecodeError {
    let found = match marker {
        Marker::True | Marker::False => "a bool",
        Marker::F32 | Marker::F64 => "a number",
        marker if is_int(marker) => "a number",
        marker if is_str(marker) => "text",
        marker if is_array(marker) => "an array",
        marker if is_map(marker) => "a map",
        Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => "bytes",
        _ => "something else",
    };
    DecodeError::new(format!("{found}, where {} is needed", ty.kind()))
}

fn is_ext(marker: Marker) -> bool {
    use Marker::{Ext8, Ext16, Ext32, FixExt1, FixExt2, FixExt4, FixExt8, FixExt16};
    matches!(marker, FixExt1 | FixExt2 | FixExt4 | FixExt8 | FixExt16 | Ext8 | Ext16 | Ext32)
}

fn is_str(marker: Marker) -> bool {
    matches!(marker, Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32)
}

fn is_array(marker: Marker) -> bool {
    matches!(marker, Marker::FixArray(_) | Marker::Array16 | Marker::Array32)
}

fn is_map(marker: Marker) -> bool {
    matches!(marker, Marker::FixMap(_) | Marker::Map16 | Marker::Map32)
}

fn is_int(marker: Marker) -> bool {
    use Marker::{FixNeg, FixPos, I8, I16, I32, I64, U8, U16, U32, U64};
    matches!(marker, FixPos(_) | FixNeg(_) | U8 | U16 | U32 | U64 | I8 | I16 | I32 | I64)
}
