//! A whole model, or an object inside one.

use darling::ast::NestedMeta;
use darling::util::SpannedValue;
use darling::{Error, FromMeta, Result};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Data, DeriveInput, Fields, Meta};

use crate::field::{Names, Parsed, doc};

/// Everything that can stand in `#[model(...)]`.
#[derive(Debug, Default, FromMeta)]
#[darling(default)]
struct Words {
    #[darling(rename = "type")]
    type_name: String,
    #[darling(multiple)]
    id: Vec<SpannedValue<String>>,
    identity: Option<Names>,
    version: Option<i64>,
    subcategory: Option<String>,
    #[darling(multiple)]
    exactly_one_of: Vec<Names>,
    #[darling(multiple)]
    at_least_one_of: Vec<Names>,
    #[darling(multiple)]
    conflicting: Vec<Names>,
    #[darling(multiple)]
    together: Vec<Names>,
    #[darling(multiple)]
    requires: Vec<Names>,
    timeouts: Option<Timeouts>,
    deprecated: Option<String>,
}

/// Default time limits, as Terraform's users write them: `20m`.
#[derive(Debug, Default, FromMeta)]
#[darling(default)]
struct Timeouts {
    create: Option<String>,
    read: Option<String>,
    update: Option<String>,
    delete: Option<String>,
}

pub(crate) fn derive_model(input: &DeriveInput) -> Result<TokenStream> {
    let attr =
        input.attrs.iter().find(|a| a.path().is_ident("model")).ok_or_else(|| nameless().with_span(&input.ident))?;
    let Meta::List(list) = &attr.meta else {
        return Err(Error::custom("expected #[model(...)]").with_span(attr));
    };
    let words = Words::from_list(&NestedMeta::parse_meta_list(list.tokens.clone())?)?;
    if words.type_name.is_empty() {
        return Err(nameless().with_span(attr));
    }
    let fields = fields(input)?;
    check_names(&words, &fields)?;
    let common = common(input, &fields)?;
    let meta = meta(input, &words)?;
    let ident = &input.ident;
    Ok(quote! {
        #common
        impl ::terraform_framework::Model for #ident {
            fn meta() -> ::terraform_framework::Meta { #meta }
        }
    })
}

fn nameless() -> Error {
    Error::custom("say how Terraform's users name it: #[model(type = \"...\")]")
}

pub(crate) fn derive_nested(input: &DeriveInput) -> Result<TokenStream> {
    let fields = fields(input)?;
    let common = common(input, &fields)?;
    let ident = &input.ident;
    let view = format_ident!("{}View", ident);
    Ok(quote! {
        #common
        impl ::terraform_framework::Nullable for #ident {}
        impl ::terraform_framework::Attr for #ident {
            type View = #view;
            fn shape() -> ::terraform_framework::schema::Shape {
                ::terraform_framework::nested_shape::<Self>()
            }
            fn from_value(value: &::terraform_framework::Value)
                -> ::core::result::Result<Self, ::terraform_framework::Mismatch> {
                ::terraform_framework::nested_from_value(value)
            }
            fn to_value(&self) -> ::terraform_framework::Value {
                ::terraform_framework::nested_to_value(self)
            }
            fn view(value: &::terraform_framework::Value) -> Self::View {
                ::terraform_framework::nested_view::<Self>(value)
            }
        }
    })
}

fn fields(input: &DeriveInput) -> Result<Vec<Parsed>> {
    let Data::Struct(data) = &input.data else {
        return Err(Error::custom("a model is a struct").with_span(&input.ident));
    };
    let named = match &data.fields {
        Fields::Named(named) => named.named.iter().collect::<Vec<_>>(),
        Fields::Unit => Vec::new(),
        Fields::Unnamed(_) => return Err(Error::custom("fields must have names").with_span(&input.ident)),
    };
    let mut errors = Error::accumulator();
    let parsed = named.into_iter().filter_map(|f| errors.handle_in(|| Parsed::new(f))).collect();
    errors.finish()?;
    Ok(parsed)
}

/// The view struct and `impl Fields`.
fn common(input: &DeriveInput, fields: &[Parsed]) -> Result<TokenStream> {
    let ident = &input.ident;
    let vis = &input.vis;
    let view = format_ident!("{}View", ident);
    let view_doc = format!("What is known of a [`{ident}`] while planning: each attribute null, unknown, or known.");
    let idents: Vec<_> = fields.iter().map(|f| &f.ident).collect();
    let names: Vec<_> = fields.iter().map(|f| &f.name).collect();
    let types: Vec<_> = fields.iter().map(|f| &f.ty).collect();
    let attributes = fields.iter().map(Parsed::attributes);
    let secret_debug = quote!(f.debug_struct(stringify!(#view)).finish_non_exhaustive());
    Ok(quote! {
        #[doc = #view_doc]
        #[derive(Clone)]
        #[allow(dead_code)]
        #vis struct #view {
            #(
                #[allow(missing_docs)]
                pub #idents: <#types as ::terraform_framework::Field>::View,
            )*
        }
        impl ::core::fmt::Debug for #view {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result { #secret_debug }
        }
        impl ::terraform_framework::Fields for #ident {
            type View = #view;
            fn attributes() -> Vec<::terraform_framework::schema::Attribute> {
                let mut all = Vec::new();
                #(all.extend(#attributes);)*
                all
            }
            #[allow(unused_variables)]
            fn from_object(object: &::terraform_framework::Object)
                -> ::core::result::Result<Self, ::terraform_framework::Mismatch> {
                Ok(Self { #(#idents: ::terraform_framework::Field::read(#names, object)?,)* })
            }
            #[allow(unused_variables)]
            fn put_into(&self, object: &mut ::terraform_framework::Object) {
                #(::terraform_framework::Field::write(&self.#idents, #names, object);)*
            }
            #[allow(unused_variables)]
            fn view(object: &::terraform_framework::Object) -> Self::View {
                #view { #(#idents: <#types as ::terraform_framework::Field>::view(#names, object),)* }
            }
        }
    })
}

fn meta(input: &DeriveInput, words: &Words) -> Result<TokenStream> {
    let type_name = &words.type_name;
    let id = words.id.iter().map(|t| t.as_str());
    let doc = doc(&input.attrs);
    if doc.is_empty() {
        return Err(Error::custom("its documentation comment opens its page: write one").with_span(&input.ident));
    }
    let version = words.version.unwrap_or(1);
    let subcategory = words.subcategory.as_deref().unwrap_or_default();
    let identity = words.identity.as_ref().map(|n| n.0.clone()).unwrap_or_default();
    let deprecated = match &words.deprecated {
        Some(text) => quote!(Some(#text.to_owned())),
        None => quote!(None),
    };
    let mut rules = Vec::new();
    for (name, all) in [
        ("ExactlyOneOf", &words.exactly_one_of),
        ("AtLeastOneOf", &words.at_least_one_of),
        ("Conflicting", &words.conflicting),
        ("Together", &words.together),
        ("Requires", &words.requires),
    ] {
        let variant = format_ident!("{name}");
        for Names(names) in all {
            rules.push(quote!(::terraform_framework::schema::Rule::#variant(vec![#(#names.to_owned()),*])));
        }
    }
    let timeouts = match &words.timeouts {
        Some(t) => {
            let text = |v: &Option<String>| match v {
                Some(t) => quote!(Some(#t)),
                None => quote!(None),
            };
            let (create, read, update, delete) = (text(&t.create), text(&t.read), text(&t.update), text(&t.delete));
            quote!(::terraform_framework::Timeouts { create: #create, read: #read, update: #update, delete: #delete })
        }
        None => quote!(::terraform_framework::Timeouts::default()),
    };
    Ok(quote! {
        ::terraform_framework::Meta {
            type_name: #type_name,
            doc: #doc,
            subcategory: #subcategory,
            version: #version,
            ids: &[#(#id),*],
            identity: &[#(#identity),*],
            rules: vec![#(#rules),*],
            timeouts: #timeouts,
            deprecated: #deprecated,
        }
    })
}

/// Every name that `#[model(...)]` or a field uses must be a field.
/// Fields that stand in a `Flatten` cannot be seen here: where there is one, rules may name what is not known.
fn check_names(words: &Words, fields: &[Parsed]) -> Result<()> {
    let known = |name: &str| fields.iter().any(|f| f.is_flat() || f.name == name || is_part_of(&f.name, name));
    let mut errors = Error::accumulator();
    let listed = words.identity.iter();
    let listed = listed.chain(&words.exactly_one_of).chain(&words.at_least_one_of).chain(&words.conflicting);
    let listed = listed.chain(&words.together).chain(&words.requires).flat_map(|Names(names)| names);
    for name in listed.chain(fields.iter().flat_map(Parsed::mentions)).filter(|name| !known(&name.text)) {
        errors.push(Error::custom(format!("there is no field `{}`", name.text)).with_span(&name.span));
    }
    for template in &words.id {
        for part in template.split('{').skip(1) {
            let name = part.split('}').next().unwrap_or_default().trim_end_matches('*');
            if !known(name) {
                errors.push(Error::custom(format!("there is no field `{name}`")).with_span(&template.span()));
            }
        }
    }
    errors.finish()
}

/// `secret_wo` and `secret_wo_version` come with a field `secret`.
fn is_part_of(field: &str, name: &str) -> bool {
    name.strip_prefix(field).is_some_and(|rest| rest == "_wo" || rest == "_wo_version")
}
