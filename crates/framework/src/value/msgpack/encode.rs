//! From values to MessagePack. Equal values give equal bytes: keys are sorted, and elements of sets.

use rmp::encode as write;

use super::{MAX_PREFIX, MAX_REFINEMENT, REFINED, key};
use crate::path::Step;
use crate::value::{Bound, EncodeError, Number, Refinement, Type, Value};

/// Writes a value as one of a type.
///
/// # Errors
/// When it is not of that type, with the path at which it is not.
pub fn encode(value: &Value, ty: &Type) -> Result<Vec<u8>, EncodeError> {
    let mut out = Vec::new();
    put(&mut out, value, ty)?;
    Ok(out)
}

/// A write to memory fails for no other reason than a length beyond the format's 32 bits.
fn too_long<E>(_: E) -> EncodeError {
    EncodeError::new("too long to be sent")
}

fn length(length: usize) -> Result<u32, EncodeError> {
    u32::try_from(length).map_err(too_long)
}

fn put(out: &mut Vec<u8>, value: &Value, ty: &Type) -> Result<(), EncodeError> {
    match (value, ty) {
        (Value::Null, _) => write::write_nil(out).map_err(too_long),
        (Value::Unknown(known), _) => unknown(out, &known.for_type(ty)),
        (Value::Bool(bool), Type::Bool) => write::write_bool(out, *bool).map_err(too_long),
        (Value::Number(value), Type::Number) => number(out, value),
        (Value::String(text), Type::String) => string(out, text),
        (Value::Dynamic(inner), Type::Dynamic) => dynamic(out, &inner.0, &inner.1),
        (Value::List(list), Type::List(element)) => {
            write::write_array_len(out, length(list.len())?).map_err(too_long)?;
            let mut elements = list.iter().enumerate();
            elements.try_for_each(|(i, v)| put(out, v, element).map_err(|e| e.within(Step::Index(i))))
        }
        (Value::Set(set), Type::Set(element)) => {
            write::write_array_len(out, length(set.len())?).map_err(too_long)?;
            set.iter().try_for_each(|v| put(out, v, element))
        }
        (Value::List(list), Type::Tuple(types)) if list.len() == types.len() => {
            write::write_array_len(out, length(list.len())?).map_err(too_long)?;
            let mut elements = list.iter().zip(types).enumerate();
            elements.try_for_each(|(i, (v, element))| put(out, v, element).map_err(|e| e.within(Step::Index(i))))
        }
        (Value::Map(map), Type::Map(element)) => {
            write::write_map_len(out, length(map.len())?).map_err(too_long)?;
            map.iter().try_for_each(|(key, v)| {
                string(out, key)?;
                put(out, v, element).map_err(|e| e.within(Step::Key(key.clone())))
            })
        }
        (Value::Object(object), Type::Object(types)) if object.keys().eq(types.keys()) => {
            write::write_map_len(out, length(object.len())?).map_err(too_long)?;
            object.iter().zip(types.values()).try_for_each(|((name, v), ty)| {
                string(out, name)?;
                put(out, v, ty).map_err(|e| e.within(Step::Attribute(name.clone())))
            })
        }
        _ => Err(nonconforming(value, ty)),
    }
}

/// What is wrong with a value that is known not to be of the type.
fn nonconforming(value: &Value, ty: &Type) -> EncodeError {
    let what = value.conforms(ty).err().map_or_else(String::new, |(_, what)| what);
    EncodeError::new(what)
}

fn string(out: &mut Vec<u8>, text: &str) -> Result<(), EncodeError> {
    length(text.len())?;
    write::write_str(out, text).map_err(too_long)
}

/// Integers of 64 bits as such, other numbers as text, unless a float says exactly the same.
fn number(out: &mut Vec<u8>, number: &Number) -> Result<(), EncodeError> {
    if let Some(int) = number.as_i64() {
        return write::write_sint(out, int).map(drop).map_err(too_long);
    }
    match number.as_exact_float() {
        Some(float) => write::write_f64(out, float).map_err(too_long),
        None => string(out, &number.to_string()),
    }
}

fn dynamic(out: &mut Vec<u8>, ty: &Type, value: &Value) -> Result<(), EncodeError> {
    if *ty == Type::Dynamic {
        return put(out, value, ty);
    }
    let json = ty.to_json();
    write::write_array_len(out, 2).map_err(too_long)?;
    write::write_bin_len(out, length(json.len())?).map_err(too_long)?;
    out.extend_from_slice(&json);
    put(out, value, ty)
}

fn unknown(out: &mut Vec<u8>, known: &Refinement) -> Result<(), EncodeError> {
    if known.is_empty() {
        // A body of one byte, although it means nothing: an empty one is not understood everywhere.
        write::write_ext_meta(out, 1, 0).map_err(too_long)?;
        out.push(0);
        return Ok(());
    }
    let body = refinement(known)?;
    if body.len() > MAX_REFINEMENT {
        // The other side would refuse it. To say less is always right.
        return unknown(out, &known.nullness());
    }
    write::write_ext_meta(out, length(body.len())?, REFINED).map_err(too_long)?;
    out.extend_from_slice(&body);
    Ok(())
}

/// As much of a prefix as is sent: whole characters.
fn shortened(prefix: &str) -> &str {
    let end = (0..=MAX_PREFIX.min(prefix.len())).rev().find(|at| prefix.is_char_boundary(*at));
    &prefix[..end.unwrap_or(0)]
}

fn refinement(known: &Refinement) -> Result<Vec<u8>, EncodeError> {
    let mut entries = Vec::new();
    let mut count = 0;
    let mut entry = |out: &mut Vec<u8>, key: i64| {
        count += 1;
        write::write_sint(out, key).map(drop).map_err(too_long)
    };
    if known.not_null {
        entry(&mut entries, key::NULL)?;
        write::write_bool(&mut entries, false).map_err(too_long)?;
    }
    if !known.prefix().is_empty() {
        entry(&mut entries, key::PREFIX)?;
        string(&mut entries, shortened(known.prefix()))?;
    }
    for (key, end) in [(key::LOWER, known.lower()), (key::UPPER, known.upper())] {
        if let Some(end) = end {
            entry(&mut entries, key)?;
            bound(&mut entries, end)?;
        }
    }
    if known.min_length() > 0 {
        entry(&mut entries, key::MIN_LENGTH)?;
        write::write_uint(&mut entries, known.min_length()).map_err(too_long)?;
    }
    if let Some(max) = known.max_length() {
        entry(&mut entries, key::MAX_LENGTH)?;
        write::write_uint(&mut entries, max).map_err(too_long)?;
    }
    let mut body = Vec::with_capacity(entries.len() + 1);
    write::write_map_len(&mut body, count).map_err(too_long)?;
    body.append(&mut entries);
    Ok(body)
}

fn bound(out: &mut Vec<u8>, bound: &Bound) -> Result<(), EncodeError> {
    write::write_array_len(out, 2).map_err(too_long)?;
    number(out, &bound.value)?;
    write::write_bool(out, bound.inclusive).map_err(too_long)
}
