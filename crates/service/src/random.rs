//! Secrets that the provider makes up itself.

use rustls::crypto::aws_lc_rs;
use terraform_framework::{Error, Result, Secret};

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A password of 32 letters, digits, `-` and `_` (192 bits).
///
/// # Errors
/// When the operating system gives no random bytes.
pub fn password() -> Result<Secret> {
    let mut bytes = [0; 32];
    let random = aws_lc_rs::default_provider().secure_random;
    random.fill(&mut bytes).map_err(|_| Error::bug("the operating system gives no random bytes"))?;
    Ok(Secret::from(bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte & 63)])).collect::<String>()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::password;

    #[test]
    fn passwords_differ() {
        let (first, second) = (password().unwrap(), password().unwrap());
        assert_ne!(first, second);
        assert_eq!(first.expose().len(), 32);
        assert!(!first.expose().contains(char::is_whitespace));
    }
}
