//! Vulnerabilities that do not count in a project.

use std::collections::BTreeSet;

use registry_service::dates;
use terraform_framework::schema::{Attribute, Shape};
use terraform_framework::{Attr, Error, Mismatch, Nested, Result, Type, Value, check};

use crate::api::projects::{AllowlistJson, ItemJson};

/// Vulnerabilities that do not count.
#[derive(Debug, Clone, PartialEq, Eq, Nested)]
pub struct Allowlist {
    /// Their ids, such as `CVE-2019-10164`.
    #[attribute(required, check = check::each(id()))]
    cve_ids: BTreeSet<String>,
    /// Until when they do not count (RFC 3339, such as `2027-06-30T00:00:00Z`); left out, for ever.
    #[attribute(optional)]
    expires_at: Option<Moment>,
}

/// Harbor fails with an internal error on an id that is blank.
fn id() -> terraform_framework::schema::Check {
    check::text("an id such as `CVE-2019-10164`", |id| match id.trim() == id && !id.is_empty() {
        true => Ok(()),
        false => Err("An id must not be empty, and not begin or end with blanks.".to_owned()),
    })
}

impl Allowlist {
    /// As Harbor is told.
    pub(super) fn to_json(&self) -> Result<AllowlistJson> {
        let items = self.cve_ids.iter().map(|id| ItemJson { cve_id: id.clone() }).collect();
        let seconds = |moment: &Moment| {
            let bad = || Error::new("Invalid date", "It must be a date and time in RFC 3339.").at("cve_allowlist");
            dates::seconds(&moment.0).ok_or_else(bad)
        };
        Ok(AllowlistJson { items, expires_at: self.expires_at.as_ref().map(seconds).transpose()? })
    }

    /// What Harbor tells. It tells no difference between an empty list and none.
    pub(super) fn of(found: Option<&AllowlistJson>, known: Option<Self>) -> Option<Self> {
        let found = found.cloned().unwrap_or_default();
        let expires_at = found.expires_at.filter(|at| *at > 0);
        let empty = found.items.is_empty() && expires_at.is_none();
        if empty && known.as_ref().is_none_or(|k| k.cve_ids.is_empty() && k.expires_at.is_none()) {
            return known;
        }
        if empty {
            return None;
        }
        let cve_ids = found.items.into_iter().map(|item| item.cve_id).collect();
        Some(Self { cve_ids, expires_at: expires_at.and_then(Moment::of_seconds) })
    }

    /// What to send when one becomes the other.
    pub(super) fn change(state: Option<&Self>, plan: Option<&Self>) -> Result<Option<AllowlistJson>> {
        let json = |list: Option<&Self>| list.map(Self::to_json).transpose().map(Option::unwrap_or_default);
        let (old, new) = (json(state)?, json(plan)?);
        Ok((old != new).then_some(new))
    }
}

/// A moment in RFC 3339. Equal moments are the same, however they are spelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment(String);

impl Moment {
    fn of_seconds(seconds: i64) -> Option<Self> {
        jiff::Timestamp::from_second(seconds).ok().map(|at| Self(at.to_string()))
    }
}

impl Attr for Moment {
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
        let what = "a date and time in RFC 3339";
        attribute.checks.insert(
            0,
            check::text(what, |text| match text.parse::<jiff::Timestamp>() {
                Ok(at) if at.as_second() > 0 => Ok(()),
                _ => Err(format!(
                    "{text:?} is not a date and time after 1970 in RFC 3339, such as \"2027-06-30T00:00:00Z\"."
                )),
            }),
        );
    }
}

/// Harbor counts whole seconds.
fn same(earlier: &Value, later: &Value) -> bool {
    let seconds = |value: &Value| value.as_str().and_then(dates::seconds);
    matches!((seconds(earlier), seconds(later)), (Some(a), Some(b)) if a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(ids: &[&str], at: Option<&str>) -> Allowlist {
        let cve_ids = ids.iter().map(|id| (*id).to_owned()).collect();
        Allowlist { cve_ids, expires_at: at.map(|at| Moment(at.to_owned())) }
    }

    #[test]
    fn an_empty_list_and_none_are_the_same() {
        assert_eq!(Allowlist::of(None, None), None);
        assert_eq!(Allowlist::of(Some(&AllowlistJson::default()), Some(list(&[], None))), Some(list(&[], None)));
        assert_eq!(Allowlist::of(None, Some(list(&["CVE-1"], None))), None);
        assert!(Allowlist::change(None, Some(&list(&[], None))).is_ok_and(|change| change.is_none()));
        assert!(
            Allowlist::change(Some(&list(&["CVE-1"], None)), None).is_ok_and(|c| c == Some(AllowlistJson::default()))
        );
    }

    #[test]
    fn moments_are_compared_by_their_seconds() {
        assert!(same(&"2027-01-01T00:00:00Z".into(), &"2027-01-01T01:00:00+01:00".into()));
        let json = list(&["CVE-1"], Some("1970-01-01T00:01:00Z")).to_json();
        assert!(json.is_ok_and(|json| json.expires_at == Some(60)));
    }
}
