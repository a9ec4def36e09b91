//! Errors of the HTTP layer in a user's words.

use crate::framework::Explain;
use crate::http;

impl Explain for http::Error {
    fn summary(&self) -> String {
        http::Error::summary(self)
    }

    fn detail(&self) -> String {
        http::Error::detail(self)
    }
}
