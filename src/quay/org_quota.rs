//! `quay_org_quota`: how much the repositories of an organization may hold.
//!
//! Endpoints: `organization/{organization}/quota...` to write; read from the organization's view; see [`super::api::quotas`].

use std::collections::BTreeSet;

use async_trait::async_trait;

use super::api::organizations::Organizations;
use super::api::quotas::{self, NewQuotaLimit, QuotaJson, QuotaLimitJson};
use super::{Quay, names};
use crate::framework::schema::Check;
use crate::framework::value::ValueSet;
use crate::framework::{Context, Error, Maybe, Model, Nested, Out, Planning, Resource, Result, check};
use crate::http::{self, Kind};
use crate::service::exists_already;
use crate::service::size::{self, Size};

/// Manages the quota of an organization: how much its repositories may hold, and what happens on the way there.
///
/// An organization has at most one quota of its own. Without one, the registry's default counts (DEFAULT_SYSTEM_REJECT_QUOTA_BYTES), which
/// is not managed here.
///
/// Needs a superuser's token with the scope `super:user`, and a server with FEATURE_QUOTA_MANAGEMENT, FEATURE_EDIT_QUOTA and
/// FEATURE_SUPER_USERS.
#[derive(Debug, Clone, Model)]
#[model(
    type = "quay_org_quota",
    id = "{organization}",
    identity(organization),
    exactly_one_of(limit, limit_bytes),
    area = "Quotas"
)]
pub struct OrgQuota {
    /// The organization.
    #[arg(required, replace, check = names::namespace())]
    organization: String,
    /// The quota as a whole number with a unit: `10 GiB`, `500 MB`. Exactly one of `limit` and `limit_bytes` must be set; the other one
    /// shows the same size.
    #[arg(optional, computed, check = not_nothing())]
    limit: Out<Size>,
    /// The quota in bytes.
    #[arg(optional, computed, check = check::between(1, i64::MAX))]
    limit_bytes: Out<i64>,
    /// What happens at parts of the quota; none by default. Several of each type are possible.
    #[arg(optional, default = ValueSet::default())]
    limits: BTreeSet<QuotaLimit>,
}

/// What happens at a part of a quota.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Nested)]
pub struct QuotaLimit {
    /// `Warning` (the organization's administrators are told) or `Reject` (pushes are refused).
    #[arg(required, name = "type", check = check::one_of(&["Warning", "Reject"]))]
    kind: String,
    /// At how much of the quota, in percent: 1 to 100.
    #[arg(required, check = check::between(1, 100))]
    threshold_percent: i64,
}

fn not_nothing() -> Check {
    check::text("more than 0", |text| match size::parse(text) {
        Ok(0) => Err("It must be more than nothing.".to_owned()),
        _ => Ok(()),
    })
}

#[async_trait]
impl Resource for OrgQuota {
    type Client = Quay;

    async fn create(cx: &mut Context<Quay>, plan: Self) -> Result<Self> {
        let bytes = plan.bytes()?;
        cx.send(quotas::create(&plan.organization, bytes)).await.map_err(|e| plan.explain(e))?;
        let mut quota = plan.clone();
        quota.take(&QuotaJson { id: None, limit_bytes: bytes, limits: Vec::new() });
        cx.save(&quota);
        if plan.limits.is_empty() {
            return Ok(quota);
        }
        let (id, made) = own(cx, &plan.organization).await?.ok_or_else(|| gone(&plan.organization))?;
        plan.settle(cx, id, made).await
    }

    async fn read(cx: &mut Context<Quay>, state: Self) -> Result<Option<Self>> {
        let Some(quota) = shown(cx, &state.organization).await? else { return Ok(None) };
        let mut state = state;
        state.take(&quota);
        Ok(Some(state))
    }

    async fn update(cx: &mut Context<Quay>, _: Self, plan: Self) -> Result<Self> {
        let (id, mut there) = own(cx, &plan.organization).await?.ok_or_else(|| gone(&plan.organization))?;
        let bytes = plan.bytes()?;
        if there.limit_bytes != bytes {
            // The answer tells what counts: Quay ignores some changes in silence.
            let changed = cx.send(quotas::update(&plan.organization, id, bytes)).await?;
            if changed.limit_bytes != bytes {
                return Err(Error::bug(format!("the server took {} bytes for {bytes}", changed.limit_bytes)));
            }
            there.limit_bytes = bytes;
        }
        plan.settle(cx, id, there).await
    }

    async fn delete(cx: &mut Context<Quay>, state: Self) -> Result<()> {
        if let Some((id, _)) = own(cx, &state.organization).await? {
            cx.delete(quotas::delete(&state.organization, id)).await?;
        }
        Ok(())
    }

    fn plan(planning: &mut Planning<OrgQuotaView>) {
        let Some(config) = &planning.config else { return };
        match (&config.limit, &config.limit_bytes) {
            (Maybe::Known(limit), _) => {
                if let Ok(bytes) = limit.bytes() {
                    planning.set("limit_bytes", bytes);
                }
            }
            (_, Maybe::Known(bytes)) => {
                if let Some(bytes) = bytes.as_i64() {
                    let known = planning.state.as_ref().and_then(|state| state.limit.known().cloned());
                    let same = known.filter(|limit| limit.bytes() == Ok(bytes));
                    let limit = same.unwrap_or_else(|| Size::of_bytes(bytes));
                    planning.set("limit", limit.as_str());
                }
            }
            _ => {}
        }
    }
}

impl OrgQuota {
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
        self.limit = Out::from(spelled.unwrap_or_else(|| Size::of_bytes(quota.limit_bytes)));
        self.limit_bytes = Out::from(quota.limit_bytes);
        self.limits = quota.limits.iter().map(QuotaLimit::of).collect();
    }

    /// Adds limits that are missing, then takes away those that are too many: at no time there is less protection than before or after.
    async fn settle(self, cx: &mut Context<Quay>, id: i64, mut there: QuotaJson) -> Result<Self> {
        let missing = self.limits.iter().filter(|w| !there.limits.iter().any(|l| QuotaLimit::of(l) == **w));
        for limit in missing.cloned().collect::<Vec<_>>() {
            self.save(cx, &there);
            cx.send(quotas::add_limit(&self.organization, id, &limit.body())).await?;
            there.limits.push(QuotaLimitJson { id: 0, kind: limit.kind, limit_percent: limit.threshold_percent });
        }
        let surplus = there.limits.iter().filter(|l| !self.limits.contains(&QuotaLimit::of(l)));
        for limit in surplus.cloned().collect::<Vec<_>>() {
            self.save(cx, &there);
            cx.delete(quotas::delete_limit(&self.organization, id, limit.id)).await?;
            there.limits.retain(|l| l.id != limit.id);
        }
        let mut quota = self;
        quota.take(&there);
        Ok(quota)
    }

    fn save(&self, cx: &mut Context<Quay>, there: &QuotaJson) {
        let mut now = self.clone();
        now.take(there);
        cx.save(&now);
    }

    fn explain(&self, error: http::Error) -> Error {
        let name = &self.organization;
        if error.status() == Some(400) && error.message().is_some_and(|m| m.contains("already exists")) {
            return exists_already("quay_org_quota", &format!("quota of organization {name}"), name);
        }
        match error.is_gone() {
            true => super::team::no_organization(name),
            false => error.into(),
        }
    }
}

impl QuotaLimit {
    fn of(json: &QuotaLimitJson) -> Self {
        // Servers have spelled it in several ways.
        let kind = match json.kind.to_lowercase().as_str() {
            "warning" => "Warning".to_owned(),
            "reject" => "Reject".to_owned(),
            _ => json.kind.clone(),
        };
        Self { kind, threshold_percent: json.limit_percent }
    }

    fn body(&self) -> NewQuotaLimit {
        NewQuotaLimit { kind: self.kind.clone(), threshold_percent: self.threshold_percent }
    }
}

fn gone(organization: &str) -> Error {
    let detail = "It was there a moment ago. Apply again.";
    Error::new(format!("The quota of organization {organization} is gone"), detail)
}

/// The organization's own quota, as its view shows it; for those to whom it does not (a superuser who may not look into others'
/// organizations), as the quota's own route shows it.
async fn shown(cx: &Context<Quay>, organization: &str) -> Result<Option<QuotaJson>> {
    match cx.read::<Organizations>(&organization.to_owned()).await {
        Ok(None) => return Ok(None),
        Ok(Some(view)) => {
            if let Some(quota) = view.quotas.as_deref().and_then(own_of) {
                return Ok(Some(quota));
            }
        }
        Err(e) if e.kind() == Kind::AnonymousView => {}
        Err(e) => return Err(e.into()),
    }
    // A view without a quota may be that of a server that manages none any more: that is not gone, and this request tells.
    Ok(cx.find(quotas::get(organization)).await?)
}

fn own_of(quotas: &[QuotaJson]) -> Option<QuotaJson> {
    quotas.iter().find(|quota| quota.id.is_some()).cloned()
}

/// The organization's own quota with its id, by a request of its own.
async fn own(cx: &Context<Quay>, organization: &str) -> Result<Option<(i64, QuotaJson)>> {
    Ok(cx.find(quotas::get(organization)).await?.and_then(|quota| Some((quota.id?, quota))))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn quota() -> OrgQuota {
        OrgQuota {
            organization: "acme".to_owned(),
            limit: Out::UNSET,
            limit_bytes: Out::UNSET,
            limits: BTreeSet::new(),
        }
    }

    #[test]
    fn equal_limits_of_the_server_are_one() {
        let json = r#"{"id":1,"limit_bytes":1024,"limits":[{"id":3,"type":"Reject","limit_percent":90},
            {"id":2,"type":"reject","limit_percent":90},{"id":1,"type":"Warning","limit_percent":80}]}"#;
        let mut quota = quota();
        quota.take(&serde_json::from_str(json).unwrap());
        let limits: Vec<_> = quota.limits.iter().map(|l| (l.kind.as_str(), l.threshold_percent)).collect();
        assert_eq!(limits, [("Reject", 90), ("Warning", 80)]);
        assert_eq!(quota.limit.known().unwrap().as_str(), "1 KiB");
    }

    #[test]
    fn an_equal_size_keeps_its_spelling() {
        let mut quota = OrgQuota { limit: Out::from(Size::from("1024 KiB".to_owned())), ..quota() };
        quota.take(&QuotaJson { id: Some(1), limit_bytes: 1 << 20, limits: Vec::new() });
        assert_eq!(quota.limit.known().unwrap().as_str(), "1024 KiB");
        quota.take(&QuotaJson { id: Some(1), limit_bytes: 1 << 30, limits: Vec::new() });
        assert_eq!(quota.limit.known().unwrap().as_str(), "1 GiB");
    }
}
