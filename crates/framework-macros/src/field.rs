//! One field of a model.

use darling::util::Flag;
use darling::{Error, FromMeta, Result};
use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::spanned::Spanned;
use syn::{Attribute, Expr, ExprLit, Field, Ident, Lit, Meta, Type};

/// Everything that can stand in `#[attribute(...)]` or `#[computed(...)]`.
#[derive(Debug, Default, FromMeta)]
#[darling(default)]
struct Words {
    required: Flag,
    optional: Flag,
    computed: Flag,
    default: Option<Code>,
    default_with: Option<Code>,
    requires_replace: Flag,
    requires_replace_if: Option<Code>,
    requires_replace_if_configured: Flag,
    #[darling(multiple)]
    check: Vec<Code>,
    sensitive: Flag,
    write_only: Flag,
    use_state_for_unknown: Flag,
    use_non_null_state_for_unknown: Flag,
    unknown_on_change_of: Option<Names>,
    not_returned: Option<String>,
    deprecated: Option<String>,
    modify: Option<Code>,
    semantic_equals: Option<Code>,
    name: Option<String>,
}

/// A list of identifiers or texts: `("a", "b")`, `(a, b)` or `= "a"`.
#[derive(Debug, Default)]
pub(crate) struct Names(pub(crate) Vec<Name>);

/// A name, and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) span: Span,
}

impl quote::ToTokens for Name {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.text.to_tokens(tokens);
    }
}

impl FromMeta for Names {
    fn from_list(items: &[darling::ast::NestedMeta]) -> Result<Self> {
        let name = |item: &darling::ast::NestedMeta| match item {
            darling::ast::NestedMeta::Lit(Lit::Str(text)) => Ok(Name { text: text.value(), span: text.span() }),
            darling::ast::NestedMeta::Meta(Meta::Path(path)) if path.get_ident().is_some() => {
                Ok(Name { text: path.get_ident().map(ToString::to_string).unwrap_or_default(), span: path.span() })
            }
            other => Err(Error::custom("expected the name of a field").with_span(other)),
        };
        items.iter().map(name).collect::<Result<_>>().map(Self)
    }

    fn from_value(value: &Lit) -> Result<Self> {
        match value {
            Lit::Str(text) => Ok(Self(vec![Name { text: text.value(), span: text.span() }])),
            other => Err(Error::custom("expected the name of a field").with_span(other)),
        }
    }
}

/// Any expression, as it stands: a text literal is a text, not code.
#[derive(Debug)]
pub(crate) struct Code(Expr);

impl FromMeta for Code {
    fn from_meta(item: &Meta) -> Result<Self> {
        match item {
            Meta::NameValue(pair) => Ok(Self(pair.value.clone())),
            other => Err(Error::custom("expected `= expression`").with_span(other)),
        }
    }
}

impl quote::ToTokens for Code {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
    }
}

/// One field, parsed.
pub(crate) struct Parsed {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) name: String,
    doc: String,
    words: Words,
    mode: TokenStream,
}

impl Parsed {
    pub(crate) fn new(field: &Field) -> Result<Self> {
        let ident = field.ident.clone().ok_or_else(|| Error::custom("fields must have names").with_span(field))?;
        let mut found = field.attrs.iter().filter(|a| a.path().is_ident("attribute") || a.path().is_ident("computed"));
        let attr = found.next().ok_or_else(|| {
            Error::custom("say who sets it: #[attribute(required)], #[attribute(optional)] or #[computed]")
                .with_span(&ident)
        })?;
        if let Some(second) = found.next() {
            return Err(Error::custom("a field is either an argument or an output").with_span(second));
        }
        let words = match &attr.meta {
            Meta::Path(_) => Words::default(),
            meta => Words::from_meta(meta)?,
        };
        let doc = doc(&field.attrs);
        if doc.is_empty() {
            return Err(
                Error::custom("its documentation comment is its documentation for users: write one").with_span(&ident)
            );
        }
        let mode = mode(attr, &words)?;
        let name = words.name.clone().unwrap_or_else(|| ident.to_string());
        Ok(Self { ident, ty: field.ty.clone(), name, doc, words, mode })
    }

    /// `Vec<Attribute>`: the attributes of the schema that this field stands for.
    pub(crate) fn attributes(&self) -> TokenStream {
        let Self { ty, name, doc, words, mode, .. } = self;
        let sensitive = words.sensitive.is_present();
        let write_only = words.write_only.is_present();
        let default = option(words.default.as_ref().map(|e| quote!(::terraform_framework::to_value(#e))));
        let computed = option(words.default_with.as_ref().map(|function| quote!(::std::sync::Arc::new(#function))));
        let unread = option(words.not_returned.as_ref().map(|t| quote!(#t.to_owned())));
        let deprecated = option(words.deprecated.as_ref().map(|t| quote!(#t.to_owned())));
        let checks = &words.check;
        let modifiers = self.modifiers();
        quote! {{
            use ::terraform_framework::schema::{Attribute, Mode, Modifier};
            let mut attribute = Attribute::new(#name, <#ty as ::terraform_framework::Field>::shape(), Mode::#mode);
            attribute.doc = #doc.to_owned();
            attribute.sensitive = #sensitive;
            attribute.write_only = #write_only;
            attribute.default = #default;
            attribute.computed_default = #computed;
            attribute.unread = #unread;
            attribute.deprecated = #deprecated;
            #(attribute.checks.push(#checks);)*
            #(attribute.modifiers.push(#modifiers);)*
            <#ty as ::terraform_framework::Field>::attributes(attribute)
        }}
    }

    /// Whether its own fields stand in the object around it.
    pub(crate) fn is_flat(&self) -> bool {
        matches!(&self.ty, Type::Path(path) if path.path.segments.last().is_some_and(|segment| segment.ident == "Flatten"))
    }

    /// The names of other fields that this one mentions.
    pub(crate) fn mentions(&self) -> impl Iterator<Item = &Name> {
        self.words.unknown_on_change_of.iter().flat_map(|Names(names)| names)
    }

    fn modifiers(&self) -> Vec<TokenStream> {
        let words = &self.words;
        let mut all = Vec::new();
        if words.use_state_for_unknown.is_present() {
            all.push(quote!(Modifier::UseStateForUnknown));
        }
        if words.use_non_null_state_for_unknown.is_present() {
            all.push(quote!(Modifier::UseNonNullStateForUnknown));
        }
        if let Some(Names(names)) = &words.unknown_on_change_of {
            all.push(quote!(Modifier::UseStateUnlessChanged(vec![#(#names.to_owned()),*])));
        }
        if let Some(function) = &words.modify {
            all.push(quote!(Modifier::Custom(::std::sync::Arc::new(#function))));
        }
        if let Some(function) = &words.semantic_equals {
            all.push(quote!(Modifier::KeepStateIf(::std::sync::Arc::new(#function))));
        }
        if words.requires_replace.is_present() {
            all.push(quote!(Modifier::RequiresReplace));
        }
        if let Some(function) = &words.requires_replace_if {
            all.push(quote!(Modifier::RequiresReplaceIf(::std::sync::Arc::new(#function))));
        }
        if words.requires_replace_if_configured.is_present() {
            all.push(quote!(Modifier::RequiresReplaceIfConfigured));
        }
        all
    }
}

fn option(value: Option<TokenStream>) -> TokenStream {
    match value {
        Some(value) => quote!(Some(#value)),
        None => quote!(None),
    }
}

fn mode(attr: &Attribute, words: &Words) -> Result<TokenStream> {
    let is_out = attr.path().is_ident("computed");
    let required = words.required.is_present();
    let optional = words.optional.is_present();
    let computed = words.computed.is_present();
    let has_default = words.default.is_some() || words.default_with.is_some();
    if is_out {
        let clash = required || optional || computed || has_default || words.write_only.is_present();
        return if clash {
            Err(Error::custom("an output is set by the server: it is not `required`, `optional`, `computed` or `write_only`, and has no `default`")
                .with_span(attr))
        } else {
            Ok(quote!(Computed))
        };
    }
    match (required, optional) {
        (true, false) if !computed && !has_default => Ok(quote!(Required)),
        (false, true) if computed && has_default => Err(Error::custom(
            "without a value of the user, either the server decides (`computed`) or the `default`; not both",
        )
        .with_span(attr)),
        (false, true) if computed || has_default => Ok(quote!(OptionalComputed)),
        (false, true) => Ok(quote!(Optional)),
        (true, true) => Err(Error::custom("an argument is either `required` or `optional`").with_span(attr)),
        (true, false) => {
            Err(Error::custom("a required argument has no `default` and is not `computed`: the user always sets it")
                .with_span(attr))
        }
        (false, false) => Err(Error::custom("say whether the argument is `required` or `optional`").with_span(attr)),
    }
}

/// The text of the documentation comments, as Markdown.
pub(crate) fn doc(attrs: &[Attribute]) -> String {
    let lines = attrs.iter().filter(|a| a.path().is_ident("doc")).filter_map(|a| match &a.meta {
        Meta::NameValue(pair) => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    });
    let lines: Vec<String> = lines.map(|l| l.strip_prefix(' ').map_or(l.clone(), ToOwned::to_owned)).collect();
    lines.join("\n").trim().to_owned()
}
