//! `parse_image(text)`.

use std::collections::BTreeMap;

use terraform_framework::schema::{FunctionSchema, Parameter};
use terraform_framework::server::FunctionError;
use terraform_framework::value::{Type, Value};
use terraform_framework::{Arguments, Function};

/// The parts of an image's name.
pub struct ParseImage;

/// An image's name in its parts: `registry/namespace/repository:tag@digest`.
#[derive(Debug, PartialEq, Eq)]
struct Image<'a> {
    registry: Option<&'a str>,
    namespace: Option<&'a str>,
    repository: &'a str,
    tag: Option<&'a str>,
    digest: Option<&'a str>,
}

const PARTS: [&str; 5] = ["registry", "namespace", "repository", "tag", "digest"];

impl Function for ParseImage {
    const NAME: &'static str = "parse_image";

    fn schema() -> FunctionSchema {
        FunctionSchema {
            summary: "Splits the name of an image into its parts".to_owned(),
            doc: "Splits the name of an image, such as `quay.io/acme/team/app:1.2@sha256:...`, into an object with `registry` \
                  (`quay.io`), `namespace` (`acme`), `repository` (`team/app`), `tag` (`1.2`) and `digest` (`sha256:...`). What the \
                  name does not say is null; nothing is filled in. The first part is a registry when it holds a dot or a colon, or is \
                  `localhost`; of the others the first one is the namespace, unless it is the only one."
                .to_owned(),
            parameters: vec![Parameter::text("text", "Name of an image.")],
            variadic: None,
            returns: Type::Object(PARTS.iter().map(|part| ((*part).to_owned(), Type::String)).collect()),
        }
    }

    fn call(arguments: Arguments) -> Result<Value, FunctionError> {
        let text: String = arguments.get(0)?;
        let image =
            parse(&text).map_err(|why| arguments.error(0, format!("{text:?} is not the name of an image: {why}.")))?;
        let value = |part: Option<&str>| part.map_or(Value::Null, Value::from);
        let values = [image.registry, image.namespace, Some(image.repository), image.tag, image.digest].map(value);
        let parts: BTreeMap<String, Value> = PARTS.iter().map(|part| (*part).to_owned()).zip(values).collect();
        Ok(Value::Object(parts))
    }
}

/// The parts of a name, or why it is none. Follows the grammar of Docker's references, but lets path components be whatever
/// registries accept as repository names (`a..b`, `a_`).
fn parse(text: &str) -> Result<Image<'_>, String> {
    let (text, digest) = match text.split_once('@') {
        Some((text, digest)) => (text, Some(digest)),
        None => (text, None),
    };
    // A colon before the last slash belongs to the registry's port.
    let last = text.rfind('/').map_or(0, |slash| slash + 1);
    let (path, tag) = match text[last..].split_once(':') {
        Some((name, tag)) => (&text[..last + name.len()], Some(tag)),
        None => (text, None),
    };
    let (registry, path) = match path.split_once('/') {
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => (Some(first), rest),
        _ => (None, path),
    };
    let (namespace, repository) = match path.split_once('/') {
        Some((namespace, repository)) => (Some(namespace), repository),
        None => (None, path),
    };
    if let Some(registry) = registry {
        check_registry(registry)?;
    }
    path.split('/').try_for_each(check_component)?;
    tag.map_or(Ok(()), check_tag)?;
    digest.map_or(Ok(()), check_digest)?;
    Ok(Image { registry, namespace, repository, tag, digest })
}

fn check_registry(registry: &str) -> Result<(), String> {
    let (host, port) = match registry.rsplit_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (registry, None),
    };
    let label = |l: &str| !l.is_empty() && l.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let good_port = port.is_none_or(|port| port.parse::<u16>().is_ok());
    match good_port && host.split('.').all(label) {
        true => Ok(()),
        false => Err(format!("{registry:?} is not a registry's host, and port")),
    }
}

fn check_component(part: &str) -> Result<(), String> {
    let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    match part.starts_with(letter) && part.chars().all(|c| letter(c) || matches!(c, '.' | '_' | '-')) {
        true => Ok(()),
        false => Err(format!("{part:?} is not part of a repository's name: lower-case letters, digits, `.`, `_`, `-`")),
    }
}

fn check_tag(tag: &str) -> Result<(), String> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match tag.len() <= 128 && tag.starts_with(word) && tag.chars().all(|c| word(c) || matches!(c, '.' | '-')) {
        true => Ok(()),
        false => Err(format!("{tag:?} is not a tag: at most 128 letters, digits, `_`, `.`, `-`")),
    }
}

fn check_digest(digest: &str) -> Result<(), String> {
    let (algorithm, hex) = digest.split_once(':').unwrap_or((digest, ""));
    let length = match algorithm {
        "sha256" => hex.len() == 64,
        "sha512" => hex.len() == 128,
        _ => algorithm.starts_with(|c: char| c.is_ascii_alphabetic()) && hex.len() >= 32,
    };
    match length && hex.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f')) {
        true => Ok(()),
        false => Err(format!("{digest:?} is not a digest such as sha256 and 64 hexadecimal digits")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::testing::{call, refused};
    use super::{Image, ParseImage, parse};

    const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn every_part_is_found() {
        let text = format!("quay.io:8443/acme/team/app:1.2@{DIGEST}");
        let image = parse(&text).unwrap();
        let expected = Image {
            registry: Some("quay.io:8443"),
            namespace: Some("acme"),
            repository: "team/app",
            tag: Some("1.2"),
            digest: Some(DIGEST),
        };
        assert_eq!(image, expected);
    }

    #[test]
    fn what_is_not_said_is_null() {
        let plain = parse("nginx").unwrap();
        assert_eq!((plain.registry, plain.namespace, plain.repository, plain.tag), (None, None, "nginx", None));
        let local = parse("localhost/app:x").unwrap();
        assert_eq!(
            (local.registry, local.namespace, local.repository, local.tag),
            (Some("localhost"), None, "app", Some("x"))
        );
        let hub = parse("acme/app").unwrap();
        assert_eq!((hub.registry, hub.namespace, hub.repository), (None, Some("acme"), "app"));
        assert!(call::<ParseImage>(&["nginx"]).unwrap().attribute("tag").unwrap().is_null());
    }

    #[test]
    fn what_is_no_image_is_refused() {
        let short = "a@sha256:12";
        let good_then_bad =
            ["", "/a", "a//b", "Acme/app", "a:", "a:-x", "a b", "https://quay.io/a", "a@", short, "é", "q.io:x/a"];
        for text in good_then_bad {
            assert_eq!(refused::<ParseImage>(&[text]), Some(0), "{text}");
        }
    }
}
