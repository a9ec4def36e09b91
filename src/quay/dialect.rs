//! tmp
use crate::http::{Answer, Asked, Dialect, Kind, Verdict, kind_of_status, route_missing};
/// tmp
pub struct Quay;
impl Dialect for Quay {
    fn service(&self) -> &'static str {
        "Quay"
    }
    fn root(&self) -> &'static str {
        "/api/v1/"
    }
    fn judge(&self, asked: &Asked<'_>, answer: &Answer) -> Verdict {
        let message = answer.json().and_then(|j| Some(j.get("message").or(j.get("detail"))?.as_str()?.to_owned()));
        if answer.status() < 300 {
            Verdict::Fine
        } else if route_missing(asked, answer) {
            Verdict::failed(Kind::NotOffered, message)
        } else {
            Verdict::failed(kind_of_status(answer.status()), message)
        }
    }
}
