//! Schemas, into the protocol's form. Attributes and blocks are sorted by name: equal schemas are equal bytes.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};
use terraform_framework::Type;
use terraform_framework::schema::{
    Attribute, Block, BlockNesting, FunctionSchema, IdentityAttribute, IdentitySchema, Mode, NestedBlock, Nesting,
    Parameter, Schema, Shape,
};
use terraform_framework::server::ProviderSchema;

use super::proto::tfplugin6 as proto;
use super::proto::tfplugin6::schema::{nested_block, object};

/// What this project's providers can do beyond the least.
pub(crate) fn capabilities() -> proto::ServerCapabilities {
    proto::ServerCapabilities {
        plan_destroy: true,
        get_provider_schema_optional: true,
        move_resource_state: true,
        generate_resource_config: true,
    }
}

/// All schemas.
pub(crate) fn provider(schema: &ProviderSchema) -> proto::get_provider_schema::Response {
    proto::get_provider_schema::Response {
        provider: Some((&schema.provider).into()),
        resource_schemas: each(&schema.resources),
        data_source_schemas: each(&schema.data_sources),
        server_capabilities: Some(capabilities()),
        functions: each(&schema.functions),
        ephemeral_resource_schemas: each(&schema.ephemeral_resources),
        list_resource_schemas: each(&schema.list_resources),
        action_schemas: each(&schema.actions),
        ..Default::default()
    }
}

/// The names of all that there is.
pub(crate) fn metadata(schema: &ProviderSchema) -> proto::get_metadata::Response {
    use proto::get_metadata::{
        ActionMetadata, DataSourceMetadata, EphemeralMetadata, FunctionMetadata, ListResourceMetadata, ResourceMetadata,
    };
    proto::get_metadata::Response {
        server_capabilities: Some(capabilities()),
        data_sources: names(&schema.data_sources, |type_name| DataSourceMetadata { type_name }),
        resources: names(&schema.resources, |type_name| ResourceMetadata { type_name }),
        functions: names(&schema.functions, |name| FunctionMetadata { name }),
        ephemeral_resources: names(&schema.ephemeral_resources, |type_name| EphemeralMetadata { type_name }),
        list_resources: names(&schema.list_resources, |type_name| ListResourceMetadata { type_name }),
        actions: names(&schema.actions, |type_name| ActionMetadata { type_name }),
        ..Default::default()
    }
}

/// One map of schemas.
pub(crate) fn each<'a, S, P: From<&'a S>>(schemas: &'a BTreeMap<String, S>) -> BTreeMap<String, P> {
    schemas.iter().map(|(name, schema)| (name.clone(), schema.into())).collect()
}

fn names<S, M>(schemas: &BTreeMap<String, S>, metadata: impl Fn(String) -> M) -> Vec<M> {
    schemas.keys().cloned().map(metadata).collect()
}

impl From<&Schema> for proto::Schema {
    fn from(schema: &Schema) -> Self {
        Self { version: schema.version, block: Some((&schema.block).into()) }
    }
}

impl From<&Schema> for proto::ActionSchema {
    fn from(schema: &Schema) -> Self {
        Self { schema: Some(schema.into()) }
    }
}

impl From<&Block> for proto::schema::Block {
    fn from(block: &Block) -> Self {
        let mut block_types: Vec<proto::schema::NestedBlock> = block.blocks.iter().map(Into::into).collect();
        block_types.sort_by(|a, b| a.type_name.cmp(&b.type_name));
        Self {
            attributes: attributes(&block.attributes),
            block_types,
            description: block.doc.clone(),
            description_kind: proto::StringKind::Markdown.into(),
            deprecated: block.deprecated.is_some(),
            deprecation_message: block.deprecated.clone().unwrap_or_default(),
            ..Default::default()
        }
    }
}

impl From<&NestedBlock> for proto::schema::NestedBlock {
    fn from(nested: &NestedBlock) -> Self {
        use nested_block::NestingMode;
        let nesting = match nested.nesting {
            BlockNesting::Single => NestingMode::Single,
            BlockNesting::Group => NestingMode::Group,
            BlockNesting::List => NestingMode::List,
            BlockNesting::Set => NestingMode::Set,
            BlockNesting::Map => NestingMode::Map,
        };
        Self {
            type_name: nested.name.clone(),
            block: Some((&nested.block).into()),
            nesting: nesting.into(),
            min_items: nested.min_items,
            max_items: nested.max_items,
        }
    }
}

fn attributes(attributes: &[Attribute]) -> Vec<proto::schema::Attribute> {
    let mut attributes: Vec<proto::schema::Attribute> = attributes.iter().map(Into::into).collect();
    attributes.sort_by(|a, b| a.name.cmp(&b.name));
    attributes
}

impl From<&Attribute> for proto::schema::Attribute {
    fn from(attribute: &Attribute) -> Self {
        let (r#type, nested_type) = match &attribute.shape {
            Shape::Plain(ty) => (type_json(ty), None),
            Shape::Nested(nesting, inner) => (Vec::new(), Some(nested(*nesting, inner))),
        };
        Self {
            name: attribute.name.clone(),
            r#type,
            nested_type,
            description: attribute.doc.clone(),
            description_kind: proto::StringKind::Markdown.into(),
            required: attribute.mode == Mode::Required,
            optional: matches!(attribute.mode, Mode::Optional | Mode::OptionalComputed),
            computed: attribute.mode.computed(),
            sensitive: attribute.sensitive,
            write_only: attribute.write_only,
            deprecated: attribute.deprecated.is_some(),
            deprecation_message: attribute.deprecated.clone().unwrap_or_default(),
        }
    }
}

fn nested(nesting: Nesting, inner: &[Attribute]) -> proto::schema::Object {
    use object::NestingMode;
    let nesting = match nesting {
        Nesting::Single => NestingMode::Single,
        Nesting::List => NestingMode::List,
        Nesting::Set => NestingMode::Set,
        Nesting::Map => NestingMode::Map,
    };
    proto::schema::Object { attributes: attributes(inner), nesting: nesting.into(), ..Default::default() }
}

impl From<&IdentitySchema> for proto::ResourceIdentitySchema {
    fn from(schema: &IdentitySchema) -> Self {
        let attribute = |a: &IdentityAttribute| proto::resource_identity_schema::IdentityAttribute {
            name: a.name.clone(),
            r#type: type_json(&a.ty),
            required_for_import: a.required_for_import,
            optional_for_import: !a.required_for_import,
            description: a.doc.clone(),
        };
        let mut identity_attributes: Vec<_> = schema.attributes.iter().map(attribute).collect();
        identity_attributes.sort_by(|a, b| a.name.cmp(&b.name));
        Self { version: schema.version, identity_attributes }
    }
}

impl From<&FunctionSchema> for proto::Function {
    fn from(function: &FunctionSchema) -> Self {
        Self {
            parameters: function.parameters.iter().map(Into::into).collect(),
            variadic_parameter: function.variadic.as_ref().map(Into::into),
            r#return: Some(proto::function::Return { r#type: type_json(&function.returns) }),
            summary: function.summary.clone(),
            description: function.doc.clone(),
            description_kind: proto::StringKind::Markdown.into(),
            deprecation_message: String::new(),
        }
    }
}

impl From<&Parameter> for proto::function::Parameter {
    fn from(parameter: &Parameter) -> Self {
        Self {
            name: parameter.name.clone(),
            r#type: type_json(&parameter.ty),
            allow_null_value: parameter.allow_null,
            allow_unknown_values: parameter.allow_unknown,
            description: parameter.doc.clone(),
            description_kind: proto::StringKind::Markdown.into(),
        }
    }
}

fn type_json(ty: &Type) -> Vec<u8> {
    json_of(ty).to_string().into_bytes()
}

fn json_of(ty: &Type) -> Json {
    match ty {
        Type::String => json!("string"),
        Type::Number => json!("number"),
        Type::Bool => json!("bool"),
        Type::Dynamic => json!("dynamic"),
        Type::List(element) => json!(["list", json_of(element)]),
        Type::Set(element) => json!(["set", json_of(element)]),
        Type::Map(element) => json!(["map", json_of(element)]),
        Type::Object(attributes) => {
            let attributes = attributes.iter().map(|(name, ty)| (name.clone(), json_of(ty)));
            json!(["object", attributes.collect::<Map<_, _>>()])
        }
        Type::Tuple(elements) => json!(["tuple", elements.iter().map(json_of).collect::<Vec<_>>()]),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_its_json() {
        let object = Type::Object([("b".to_owned(), Type::Bool), ("a".to_owned(), Type::Dynamic)].into());
        let ty = Type::Tuple(vec![
            Type::List(Box::new(Type::String)),
            Type::Set(Box::new(Type::Number)),
            Type::Map(Box::new(object)),
        ]);
        let expected =
            r#"["tuple",[["list","string"],["set","number"],["map",["object",{"a":"dynamic","b":"bool"}]]]]"#;
        assert_eq!(String::from_utf8(type_json(&ty)).unwrap(), expected);
    }

    #[test]
    fn the_modes_of_attributes_are_three_flags() {
        let flags = |mode| {
            let a = proto::schema::Attribute::from(&Attribute::new("a", Shape::Plain(Type::String), mode));
            (a.required, a.optional, a.computed)
        };
        assert_eq!(flags(Mode::Required), (true, false, false));
        assert_eq!(flags(Mode::Optional), (false, true, false));
        assert_eq!(flags(Mode::Computed), (false, false, true));
        assert_eq!(flags(Mode::OptionalComputed), (false, true, true));
    }

    #[test]
    fn an_attribute_has_a_type_or_nested_attributes_sorted_by_name() {
        let inner = ["b", "a"].map(|name| Attribute::new(name, Shape::Plain(Type::Bool), Mode::Optional));
        let shape = Shape::Nested(Nesting::Set, inner.into());
        let attribute = proto::schema::Attribute::from(&Attribute::new("x", shape, Mode::Required));
        assert_eq!(attribute.r#type, b"");
        let nested = attribute.nested_type.unwrap();
        assert_eq!(nested.nesting(), object::NestingMode::Set);
        assert_eq!(nested.attributes.iter().map(|a| a.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert!(nested.attributes.iter().all(|a| a.r#type == b"\"bool\"" && a.nested_type.is_none()));
    }

    #[test]
    fn an_empty_schema_still_has_a_block() {
        let all = ProviderSchema {
            actions: [("a".to_owned(), Schema::default())].into(),
            resources: [("r".to_owned(), Schema::default())].into(),
            ..Default::default()
        };
        let response = provider(&all);
        assert!(response.provider.unwrap().block.is_some());
        assert!(response.resource_schemas["r"].block.is_some());
        assert!(response.action_schemas["a"].schema.as_ref().unwrap().block.is_some());
    }
}
