//! Secrets of robots and users.

use rand::Rng;
use rand::distr::Alphanumeric;

/// 32 letters and digits with at least one of each kind, as Harbor makes a robot's secret.
pub(super) fn generate_secret() -> String {
    loop {
        let secret: String = rand::rng().sample_iter(Alphanumeric).take(32).map(char::from).collect();
        if has_every_kind(&secret) {
            return secret;
        }
    }
}

/// Whether a secret has a lower case letter, an upper case letter and a digit.
pub(super) fn has_every_kind(secret: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| secret.as_bytes().iter().any(kind);
    has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_digit)
}
