//! The compiled protocol against the table of its names, numbers and types.

use std::fmt::Write;

use prost::Message;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorSet, ServiceDescriptorProto,
};

const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
const PACKAGE: &str = ".tfplugin6.";

#[test]
fn the_protocol_has_exactly_the_names_numbers_and_types_of_minor_version_11() {
    let files = FileDescriptorSet::decode(DESCRIPTORS).unwrap();
    let file = files.file.iter().find(|file| file.package() == "tfplugin6").unwrap();
    let mut lines = Vec::new();
    file.service.iter().for_each(|service| service_lines(service, &mut lines));
    file.enum_type.iter().for_each(|e| lines.push(enum_line("", e)));
    file.message_type.iter().for_each(|m| message_lines("", m, &mut lines));

    let mut expected: Vec<String> = Vec::new();
    for line in include_str!("tfplugin6.txt").lines() {
        match line.strip_prefix("  ") {
            Some(field) => write!(expected.last_mut().unwrap(), "\n  {field}").unwrap(),
            None => expected.push(line.to_owned()),
        }
    }
    lines.sort();
    expected.sort();
    assert_eq!(lines.len(), 36 + 5 + 143);
    for (line, expected) in lines.iter().zip(&expected) {
        assert_eq!(line, expected);
    }
    assert_eq!(lines, expected);
}

fn service_lines(service: &ServiceDescriptorProto, lines: &mut Vec<String>) {
    assert_eq!(service.name(), "Provider");
    for method in &service.method {
        let stream = |streams| if streams { "stream " } else { "" };
        lines.push(format!(
            "rpc {}: {}{} -> {}{}",
            method.name(),
            stream(method.client_streaming()),
            short(method.input_type()),
            stream(method.server_streaming()),
            short(method.output_type()),
        ));
    }
}

fn enum_line(scope: &str, e: &EnumDescriptorProto) -> String {
    let values: Vec<String> = e.value.iter().map(|v| format!("{}={}", v.name(), v.number())).collect();
    format!("enum {scope}{}: {}", e.name(), values.join(", "))
}

fn message_lines(scope: &str, message: &DescriptorProto, lines: &mut Vec<String>) {
    let name = format!("{scope}{}", message.name());
    let mut text = format!("message {name}");
    for field in &message.field {
        write!(text, "\n  {} = {}: {}", field.name(), field.number(), field_type(message, field)).unwrap();
    }
    lines.push(text);
    let inner = format!("{name}.");
    message.enum_type.iter().for_each(|e| lines.push(enum_line(&inner, e)));
    for nested in message.nested_type.iter().filter(|m| !is_map_entry(m)) {
        message_lines(&inner, nested, lines);
    }
}

fn field_type(message: &DescriptorProto, field: &FieldDescriptorProto) -> String {
    let entry = message.nested_type.iter().find(|m| is_map_entry(m) && field.type_name().ends_with(m.name()));
    if let Some(entry) = entry {
        return format!("map<{}, {}>", plain_type(&entry.field[0]), plain_type(&entry.field[1]));
    }
    let mut text = plain_type(field);
    if field.label() == Label::Repeated {
        text.insert_str(0, "repeated ");
    }
    if field.proto3_optional() {
        text.insert_str(0, "optional ");
    } else if let Some(index) = field.oneof_index {
        write!(text, " (oneof {})", message.oneof_decl[usize::try_from(index).unwrap()].name()).unwrap();
    }
    if field.options.as_ref().is_some_and(|o| o.deprecated()) {
        text.push_str(" (deprecated)");
    }
    text
}

fn plain_type(field: &FieldDescriptorProto) -> String {
    match field.r#type() {
        Type::Message | Type::Enum => short(field.type_name()).to_owned(),
        scalar => scalar.as_str_name().trim_start_matches("TYPE_").to_lowercase(),
    }
}

fn short(name: &str) -> &str {
    name.strip_prefix(PACKAGE).unwrap_or_else(|| name.trim_start_matches('.'))
}

fn is_map_entry(message: &DescriptorProto) -> bool {
    message.options.as_ref().is_some_and(|o| o.map_entry())
}
