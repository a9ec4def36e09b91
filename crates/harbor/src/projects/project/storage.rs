//! A project's storage limit, which has a life of its own on the server.

use registry_http::Kind;
use registry_service::size;
use terraform_framework::schema::{Attribute, Shape};
use terraform_framework::{Attr, Computed, Context, Error, Mismatch, Nullable, Result, Type, Value, check};

use super::Project;
use crate::api::projects;
use crate::api::quotas::{self, Quotas};
use crate::client::Harbor;

/// The most that a limit can be: 1024 TiB.
const MOST: i64 = 1 << 50;
const NONE: &str = "unlimited";

/// A storage limit as users write it: `10 GiB`, `unlimited`, `-1`. Equal amounts are the same, however they are spelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit(String);

fn parse(text: &str) -> Result<i64, String> {
    if matches!(text.trim(), NONE | "-1") {
        return Ok(-1);
    }
    match size::parse(text).map_err(|why| format!("{why} Or write \"{NONE}\"."))? {
        bytes @ 1..=MOST => Ok(bytes),
        _ => Err(format!("{text:?} is not possible: Harbor takes 1 byte to 1024 TiB, or \"{NONE}\".")),
    }
}

impl Limit {
    /// Bytes; -1 for no limit.
    pub fn bytes(&self) -> Option<i64> {
        parse(&self.0).ok()
    }

    /// A limit that the server tells.
    pub fn of_bytes(bytes: i64) -> Self {
        Self(if bytes < 0 { NONE.to_owned() } else { size::format(bytes) })
    }
}

impl Nullable for Limit {}

impl Attr for Limit {
    type View = String;

    fn shape() -> Shape {
        Shape::Plain(Type::String)
    }

    fn from_value(value: &Value) -> Result<Self, Mismatch> {
        String::from_value(value).map(Self)
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }

    fn view(value: &Value) -> String {
        String::view(value)
    }

    fn adjust(attribute: &mut Attribute) {
        attribute.same = Some(same);
        let what = "an amount of data such as `10 GiB`, or `unlimited`";
        attribute.checks.insert(0, check::text(what, |text| parse(text).map(|_| ())));
    }
}

fn same(earlier: &Value, later: &Value) -> bool {
    let bytes = |value: &Value| value.as_str().and_then(|text| parse(text).ok());
    matches!((bytes(earlier), bytes(later)), (Some(a), Some(b)) if a == b)
}

/// The limit of a project; `None` when the credentials do not show it. Without limits on the server there is none.
pub async fn read(cx: &Context<Harbor>, project_id: i64, name: &str) -> Result<Option<Limit>> {
    match cx.read::<Quotas>(&project_id).await {
        Ok(Some(quota)) => Ok(Some(Limit::of_bytes(quota.storage()))),
        Ok(None) => Ok(Some(Limit::of_bytes(-1))),
        // Who may not list limits sees those of own projects in their summaries.
        Err(e) if e.kind() == Kind::Forbidden => match cx.find(projects::summary(name)).await {
            Ok(summary) => Ok(summary.and_then(|s| s.storage()).map(Limit::of_bytes)),
            Err(e) if e.kind() == Kind::Forbidden => Ok(None),
            Err(e) => Err(e.into()),
        },
        Err(e) => Err(e.into()),
    }
}

impl Project {
    /// The limit that the user wants, in bytes.
    pub(super) fn wanted_limit(&self) -> Result<Option<i64>> {
        let Some(limit) = self.storage_limit.known().and_then(Option::as_ref) else { return Ok(None) };
        parse(&limit.0).map(Some).map_err(|why| Error::new("Invalid storage limit", why).at("storage_limit"))
    }

    /// Makes the limit what the user wants, if anything, and gives what it is then, in the user's words.
    pub(super) async fn set_limit(&self, cx: &Context<Harbor>, wanted: Option<i64>) -> Result<Computed<Option<Limit>>> {
        let id = *self.project_id.get()?;
        let Some(wanted) = wanted else { return Ok(Computed::from(read(cx, id, &self.name).await?)) };
        let own = self.storage_limit.clone();
        let seen = read(cx, id, &self.name).await?;
        if seen.as_ref().and_then(Limit::bytes) == Some(wanted) {
            return Ok(own);
        }
        let Some(quota) = cx.find(quotas::get(id)).await.map_err(|e| Error::from(e).at("storage_limit"))? else {
            let detail = format!(
                "This Harbor has storage limits of projects switched off (`quota_per_project_enable`), so that project {} cannot have one. \
                 Switch them on, or remove `storage_limit`.",
                self.name
            );
            return Err(Error::new("Storage limit was ignored", detail).at("storage_limit"));
        };
        cx.send(quotas::set(quota.id, wanted)).await.map_err(|e| Error::from(e).at("storage_limit"))?;
        Ok(own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_amounts_or_none() {
        for (text, bytes) in [("10 GiB", 10 << 30), ("unlimited", -1), ("-1", -1), ("1024 TiB", MOST), ("1", 1)] {
            assert_eq!(parse(text), Ok(bytes), "{text}");
        }
        for bad in ["0", "0 GiB", "-2", "1025 TiB", "much"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert!(same(&"1 GiB".into(), &"1024 MiB".into()) && same(&"-1".into(), &"unlimited".into()));
        assert_eq!(Limit::of_bytes(-1).0, "unlimited");
    }
}
