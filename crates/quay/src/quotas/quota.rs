//! What the quotas of organizations and of users have in common.

use std::collections::BTreeSet;

use registry_http::{Endpoint, Kind};
use registry_service::exists_already;
use registry_service::size::{self, Size};
use terraform_framework::schema::Check;
use terraform_framework::{Computed, Context, Error, Model, ModifyPlan, Nested, Number, PlanValue, Result, check};

use crate::api::namespaces;
use crate::api::quota_types::{QuotaJson, QuotaLimitJson};
use crate::api::quotas::{self, Holder, NewQuotaLimit};
use crate::client::Quay;

/// What happens at a part of a quota.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Nested)]
pub struct QuotaLimit {
    /// `Warning` (the owners are told) or `Reject` (pushes are refused).
    #[attribute(required, name = "type", check = check::one_of(&["Warning", "Reject"]))]
    kind: String,
    /// At how much of the quota, in percent: 1 to 100.
    #[attribute(required, check = check::between(1, 100))]
    threshold_percent: i64,
}

pub(super) fn not_nothing() -> Check {
    check::text("more than 0", |text| match size::parse(text) {
        Ok(0) => Err("It must be more than nothing.".to_owned()),
        _ => Ok(()),
    })
}

/// A size, spelled in two ways, and what happens on the way to it.
#[derive(Debug, Clone)]
pub(super) struct Amount {
    pub limit: Computed<Size>,
    pub limit_bytes: Computed<i64>,
    pub limits: BTreeSet<QuotaLimit>,
}

/// A resource that is a quota.
pub(super) trait Quota: Model + Clone {
    /// Whose it is.
    fn holder(&self) -> Holder;
    /// Its size and limits.
    fn amount(&self) -> Amount;
    /// The same quota with another size and other limits.
    fn with(&self, amount: Amount) -> Self;

    /// As the server shows it.
    fn seen(&self, json: &QuotaJson) -> Self {
        let mut amount = self.amount();
        amount.take(json);
        self.with(amount)
    }
}

pub(super) async fn create<Q: Quota>(cx: &mut Context<Quay>, plan: Q) -> Result<Q> {
    let (holder, wanted) = (plan.holder(), plan.amount());
    let bytes = wanted.bytes()?;
    make(cx, &holder, bytes).await.map_err(|e| explain::<Q>(&holder, e))?;
    let quota = plan.seen(&QuotaJson { id: None, limit_bytes: bytes, limits: Vec::new(), default_config_exists: None });
    cx.save(&quota);
    if wanted.limits.is_empty() {
        return Ok(quota);
    }
    let (id, made) = own(cx, &holder).await?.ok_or_else(|| gone(&holder))?;
    settle(cx, plan, id, made).await
}

/// Makes the quota. Superusers' routes fail for a name that is nobody's, and take a user's too.
async fn make(cx: &Quay, holder: &Holder, bytes: i64) -> registry_http::Result<()> {
    let error = match cx.send(quotas::create(holder, bytes)).await {
        Err(error) if error.kind() == Kind::Forbidden => error,
        made => return made,
    };
    let Some(governed) = holder.governed() else { return Err(error) };
    cx.send(namespaces::organization(holder.name())).await?;
    allowed(cx.send(quotas::create(&governed, bytes)).await, error)
}

/// Sends what only superusers may do: where the organization's own route refuses it, because superusers may not do everything on this
/// server, by the route of superusers.
async fn govern<T: Send + 'static>(
    cx: &Quay,
    holder: &Holder,
    request: impl Fn(&Holder) -> Endpoint<T> + Send,
) -> registry_http::Result<T> {
    match (cx.send(request(holder)).await, holder.governed()) {
        (Err(error), Some(governed)) if error.kind() == Kind::Forbidden => {
            allowed(cx.send(request(&governed)).await, error)
        }
        (answer, _) => answer,
    }
}

/// A second answer, unless it is a refusal too: then the first one.
fn allowed<T>(second: registry_http::Result<T>, first: registry_http::Error) -> registry_http::Result<T> {
    match second {
        Err(error) if matches!(error.kind(), Kind::Forbidden | Kind::Unsupported) => Err(first),
        answer => answer,
    }
}

pub(super) async fn update<Q: Quota>(cx: &mut Context<Quay>, plan: Q) -> Result<Q> {
    let holder = plan.holder();
    let (id, mut there) = own(cx, &holder).await?.ok_or_else(|| gone(&holder))?;
    let bytes = plan.amount().bytes()?;
    if there.limit_bytes != bytes {
        // The answer tells what counts: Quay ignores some changes in silence.
        let changed = govern(cx, &holder, |holder| quotas::update(holder, id, bytes)).await?;
        if changed.limit_bytes != bytes {
            let detail = format!(
                "The server answered with success, but left it at {} bytes in place of {bytes}. Choose another size.",
                changed.limit_bytes
            );
            return Err(Error::new(format!("The quota of {holder} was not changed"), detail));
        }
        there.limit_bytes = bytes;
    }
    settle(cx, plan, id, there).await
}

pub(super) async fn delete(cx: &mut Context<Quay>, holder: &Holder) -> Result<()> {
    if let Some((id, _)) = own(cx, holder).await? {
        or_none(govern(cx, holder, |holder| quotas::delete(holder, id)).await)?;
    }
    Ok(())
}

/// Plans the spelling of the size that is not configured.
pub(super) fn plan<V>(
    planning: &mut ModifyPlan<V>,
    limit: &PlanValue<Size>,
    limit_bytes: &PlanValue<Number>,
    known: Option<Size>,
) {
    match (limit, limit_bytes) {
        (PlanValue::Known(limit), _) => {
            if let Ok(bytes) = limit.bytes() {
                planning.set("limit_bytes", bytes);
            }
        }
        (_, PlanValue::Known(bytes)) => {
            if let Some(bytes) = bytes.as_i64() {
                let same = known.filter(|limit| limit.bytes() == Ok(bytes));
                let limit = same.unwrap_or_else(|| Size::of_bytes(bytes));
                planning.set("limit", limit.as_str());
            }
        }
        _ => {}
    }
}

/// Changes limits in place, adds those that are missing, then takes away those that are too many: at no time there is less protection than
/// before or after.
async fn settle<Q: Quota>(cx: &mut Context<Quay>, plan: Q, id: i64, mut there: QuotaJson) -> Result<Q> {
    let (holder, wanted) = (plan.holder(), plan.amount().limits);
    let Steps { change, add, remove } = Steps::between(&there.limits, &wanted);
    for (old, limit) in change {
        cx.save(&plan.seen(&there));
        let changed = cx.send(quotas::change_limit(&holder, id, old, &limit.body())).await.map_err(about_limits)?;
        if !changed.limits.iter().any(|l| l.id == old && QuotaLimit::of(l) == limit) {
            let detail = "The server answered with success, but shows the limit otherwise. Apply again.";
            return Err(Error::new(format!("A limit of the quota of {holder} was not changed"), detail).at("limits"));
        }
        there.limits.iter_mut().filter(|l| l.id == old).for_each(|l| limit.becomes(l));
    }
    for limit in add {
        cx.save(&plan.seen(&there));
        cx.send(quotas::add_limit(&holder, id, &limit.body())).await.map_err(about_limits)?;
        there.limits.push(QuotaLimitJson { id: 0, kind: limit.kind, limit_percent: limit.threshold_percent });
    }
    for limit in remove {
        cx.save(&plan.seen(&there));
        cx.delete(quotas::delete_limit(&holder, id, limit)).await.map_err(about_limits)?;
        there.limits.retain(|l| l.id != limit);
    }
    Ok(plan.seen(&there))
}

/// What leads from the limits that are there to those that are wanted.
#[derive(Debug, PartialEq, Eq)]
struct Steps {
    /// By id: what becomes of it.
    change: Vec<(i64, QuotaLimit)>,
    add: Vec<QuotaLimit>,
    /// By id.
    remove: Vec<i64>,
}

impl Steps {
    /// A limit is changed in place where another one of its type is missing, or one of the other type at the same percentage.
    fn between(there: &[QuotaLimitJson], wanted: &BTreeSet<QuotaLimit>) -> Self {
        let is_there = |limit: &QuotaLimit| there.iter().any(|l| QuotaLimit::of(l) == *limit);
        let mut add: Vec<QuotaLimit> = wanted.iter().filter(|limit| !is_there(limit)).cloned().collect();
        let mut surplus: Vec<&QuotaLimitJson> = there.iter().filter(|l| !wanted.contains(&QuotaLimit::of(l))).collect();
        let mut change = Vec::new();
        let alike: [fn(&QuotaLimit, &QuotaLimit) -> bool; 2] =
            [|old, new| old.kind == new.kind, |old, new| old.threshold_percent == new.threshold_percent];
        for alike in alike {
            surplus.retain(|l| match add.iter().position(|limit| alike(&QuotaLimit::of(l), limit)) {
                Some(at) => {
                    change.push((l.id, add.remove(at)));
                    false
                }
                None => true,
            });
        }
        Self { change, add, remove: surplus.iter().map(|l| l.id).collect() }
    }
}

fn explain<Q: Quota>(holder: &Holder, error: registry_http::Error) -> Error {
    if error.status() == Some(400) && error.message().is_some_and(|m| m.contains("already exists")) {
        return exists_already(Q::meta().type_name, &format!("quota of {holder}"), holder.name());
    }
    match (error.is_not_found(), holder) {
        (true, Holder::Organization(name)) => crate::teams::team::no_organization(name),
        _ => error.into(),
    }
}

fn gone(holder: &Holder) -> Error {
    let detail = "It was there a moment ago. Apply again.";
    Error::new(format!("The quota of {holder} is gone"), detail)
}

/// The one that is the holder's own, and not the registry's default.
pub(super) fn own_of(quotas: &[QuotaJson]) -> Option<QuotaJson> {
    quotas.iter().find(|quota| quota.id.is_some()).cloned()
}

/// The holder's own quota, by a request of its own.
pub(super) async fn find(cx: &Context<Quay>, holder: &Holder) -> Result<Option<QuotaJson>> {
    Ok(or_none(govern(cx, holder, quotas::get).await)?)
}

/// The same with its id.
async fn own(cx: &Context<Quay>, holder: &Holder) -> Result<Option<(i64, QuotaJson)>> {
    Ok(find(cx, holder).await?.and_then(|quota| Some((quota.id?, quota))))
}

fn or_none<T>(answer: registry_http::Result<T>) -> registry_http::Result<Option<T>> {
    match answer {
        Err(error) if error.is_not_found() => Ok(None),
        answer => answer.map(Some),
    }
}

/// Limits have no route but the organizations'.
fn about_limits(error: registry_http::Error) -> Error {
    let forbidden = error.kind() == Kind::Forbidden;
    let hint = "Since Quay 3.16 the limits of quotas are changed only where superusers may do everything: ask the server's administrator to \
                switch FEATURE_SUPERUSERS_FULL_ACCESS on, or leave `limits` out.";
    let error = Error::from(error);
    if forbidden { error.with_hint(hint).at("limits") } else { error }
}

impl Amount {
    /// Whichever of the two was given.
    fn bytes(&self) -> Result<i64> {
        match (self.limit_bytes.known(), self.limit.known()) {
            (Some(bytes), _) => Ok(*bytes),
            (None, Some(limit)) => limit.bytes().map_err(|why| Error::new("Invalid quota", why).at("limit")),
            (None, None) => Err(Error::bug("a quota without a size")),
        }
    }

    fn take(&mut self, quota: &QuotaJson) {
        let spelled = self.limit.known().filter(|limit| limit.bytes() == Ok(quota.limit_bytes)).cloned();
        self.limit = Computed::from(spelled.unwrap_or_else(|| Size::of_bytes(quota.limit_bytes)));
        self.limit_bytes = Computed::from(quota.limit_bytes);
        self.limits = quota.limits.iter().map(QuotaLimit::of).collect();
    }
}

impl QuotaLimit {
    pub(super) fn of(json: &QuotaLimitJson) -> Self {
        Self { kind: json.spelled().to_owned(), threshold_percent: json.limit_percent }
    }

    fn body(&self) -> NewQuotaLimit {
        NewQuotaLimit { kind: self.kind.clone(), threshold_percent: self.threshold_percent }
    }

    fn becomes(&self, json: &mut QuotaLimitJson) {
        (json.kind, json.limit_percent) = (self.kind.clone(), self.threshold_percent);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn amount() -> Amount {
        Amount { limit: Computed::UNSET, limit_bytes: Computed::UNSET, limits: BTreeSet::new() }
    }

    fn json(limit_bytes: i64) -> QuotaJson {
        QuotaJson { id: Some(1), limit_bytes, limits: Vec::new(), default_config_exists: None }
    }

    #[test]
    fn equal_limits_of_the_server_are_one() {
        let json = r#"{"id":1,"limit_bytes":1024,"limits":[{"id":3,"type":"Reject","limit_percent":90},
            {"id":2,"type":"reject","limit_percent":90},{"id":1,"type":"Warning","limit_percent":80}]}"#;
        let mut quota = amount();
        quota.take(&serde_json::from_str(json).unwrap());
        let limits: Vec<_> = quota.limits.iter().map(|l| (l.kind.as_str(), l.threshold_percent)).collect();
        assert_eq!(limits, [("Reject", 90), ("Warning", 80)]);
        assert_eq!(quota.limit.known().unwrap().as_str(), "1 KiB");
    }

    #[test]
    fn limits_are_changed_in_place_where_one_takes_the_place_of_another() {
        let limit = |kind: &str, threshold_percent| QuotaLimit { kind: kind.to_owned(), threshold_percent };
        let there = [(1, "Warning", 50), (2, "Warning", 70), (3, "reject", 90)]
            .map(|(id, kind, limit_percent)| QuotaLimitJson { id, kind: kind.to_owned(), limit_percent });
        let steps = |wanted: &[QuotaLimit]| Steps::between(&there, &wanted.iter().cloned().collect());
        let (change, add, remove) = (Vec::new(), Vec::new(), vec![1, 2]);
        assert_eq!(steps(&[limit("Reject", 90)]), Steps { change, add, remove });
        let wanted = [limit("Reject", 95), limit("Warning", 60), limit("Warning", 70)];
        let change = vec![(1, limit("Warning", 60)), (3, limit("Reject", 95))];
        assert_eq!(steps(&wanted), Steps { change, add: Vec::new(), remove: Vec::new() });
        // The type changes where the percentage stays.
        let wanted = [limit("Reject", 70), limit("Reject", 90), limit("Reject", 99)];
        let (change, add) = (vec![(2, limit("Reject", 70))], vec![limit("Reject", 99)]);
        assert_eq!(steps(&wanted), Steps { change, add, remove: vec![1] });
    }

    #[test]
    fn an_equal_size_keeps_its_spelling() {
        let mut quota = Amount { limit: Computed::from(Size::from("1024 KiB".to_owned())), ..amount() };
        quota.take(&json(1 << 20));
        assert_eq!(quota.limit.known().unwrap().as_str(), "1024 KiB");
        quota.take(&json(1 << 30));
        assert_eq!(quota.limit.known().unwrap().as_str(), "1 GiB");
    }

    #[test]
    fn the_default_of_the_registry_is_nobodys_own() {
        let default = QuotaJson { id: None, ..json(5) };
        assert_eq!(own_of(std::slice::from_ref(&default)), None);
        assert_eq!(own_of(&[default, json(7)]).unwrap().limit_bytes, 7);
    }
}
