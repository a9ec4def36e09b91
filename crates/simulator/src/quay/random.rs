//! Secrets as Quay makes them.

use rand::Rng;
use rand::distr::Alphanumeric;

/// Capital letters and digits, as in robots' tokens and clients' secrets.
pub(super) fn capitals(length: usize) -> String {
    const CHARACTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let mut random = rand::rng();
    (0..length).map(|_| char::from(CHARACTERS[random.random_range(0..CHARACTERS.len())])).collect()
}

/// Letters and digits, as in generated secrets.
pub(super) fn random_text(length: usize) -> String {
    rand::rng().sample_iter(Alphanumeric).take(length).map(char::from).collect()
}
