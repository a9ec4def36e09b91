//! The provider block: where the token and the pause between two looks come from.

use std::io::Write;

use terraform_framework::author::Variables;
use terraform_framework::model::{Fields, Object};
use terraform_framework::value::Value;

use crate::*;

/// Connects with these arguments and environment variables.
fn connect(arguments: &[(&str, &str)], variables: &[(&str, &str)]) -> Result<Quay> {
    let mut block: Object =
        QuayProvider::attributes().into_iter().map(|attribute| (attribute.name, Value::Null)).collect();
    block.insert("url".to_owned(), Value::from("https://quay.example.com"));
    for (name, text) in arguments {
        block.insert((*name).to_owned(), Value::from(*text));
    }
    let variables: Vec<(String, String)> =
        variables.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let find = move |name: &str| variables.iter().find(|(n, _)| n == name).map(|(_, text)| text.clone());
    let mut connection = Connection::new("", Variables::new(find));
    QuayProvider::connect(QuayProvider::from_object(&block)?, &mut connection)
}

fn token_of(arguments: &[(&str, &str)], variables: &[(&str, &str)]) -> String {
    connect(arguments, variables).unwrap().token().unwrap()
}

#[test]
fn the_token_comes_from_the_block_or_the_environment_or_a_file_of_either() {
    let file = |text: &str| {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    };
    let (own, environments) = (file("from-own-file\n"), file("from-environments-file"));
    let (own, environments) = (own.path().to_str().unwrap(), environments.path().to_str().unwrap());
    let all = [("QUAY_TOKEN", "from-environment"), ("QUAY_TOKEN_FILE", environments)];
    assert_eq!(token_of(&[("token", "from-block")], &all), "from-block");
    assert_eq!(token_of(&[("token_file", own)], &all), "from-own-file");
    assert_eq!(token_of(&[], &all), "from-environment");
    assert_eq!(token_of(&[], &all[1..]), "from-environments-file");
    let none = connect(&[], &[]).err().unwrap();
    assert!(none.detail().contains("QUAY_TOKEN_FILE"), "{}", none.detail());
    let missing = connect(&[("token_file", "/nowhere/token")], &[]).err().unwrap();
    assert!(missing.detail().contains("/nowhere/token"), "{}", missing.detail());
}

#[test]
fn the_pause_between_looks_is_the_blocks_or_the_environments() {
    let poll = |arguments: &[(&str, &str)], variables: &[(&str, &str)]| {
        let token = [("QUAY_TOKEN", "t")];
        connect(arguments, &[variables, &token].concat()).map(|quay| quay.poll)
    };
    assert_eq!(poll(&[], &[]).unwrap(), POLL);
    assert_eq!(poll(&[], &[("QUAY_POLL_INTERVAL", "7s")]).unwrap(), Duration::from_secs(7));
    assert_eq!(poll(&[("poll_interval", "9s")], &[("QUAY_POLL_INTERVAL", "7s")]).unwrap(), Duration::from_secs(9));
    assert!(poll(&[], &[("QUAY_POLL_INTERVAL", "often")]).is_err());
}
