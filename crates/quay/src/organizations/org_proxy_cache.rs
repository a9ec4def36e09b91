//! `quay_org_proxy_cache`: organizations that are a pull-through cache of another registry.
//!
//! Endpoints: `organization/{organization}/proxycache` and `.../validateproxycache`; see [`crate::api::proxy_caches`].

use async_trait::async_trait;
use registry_service::exists_already;
use terraform_framework::schema::Check;
use terraform_framework::{
    Context, Error, Found, List, Model, PlanValue, Report, Resource, Result, SecretArgument, check,
};

use super::organization;
use crate::api::namespaces;
use crate::api::proxy_caches::{self, NewProxyCache, ProxyCacheJson};
use crate::client::Quay;
use crate::teams::team;
use crate::{features, names};

/// Makes an organization a pull-through cache of another registry: what is pulled from it is fetched there and kept for a while.
///
/// Quay cannot change a proxy cache: a change deletes it and makes it again at once, within one update. What was cached stays. Should the
/// second step fail, the next apply makes it. Quay never shows the login: after an import, and whenever something is changed, the
/// configuration must hold it, or the cache pulls anonymously from then on.
///
/// Needs FEATURE_PROXY_CACHE. An organization that mirrors a registry (`quay_org_mirror`), or that holds immutable tags, cannot be
/// a cache.
///
/// Scope: `org:admin`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_org_proxy_cache", id = "{organization}", identity(organization), subcategory = "Organizations")]
pub struct OrgProxyCache {
    /// The organization. A change replaces the proxy cache.
    #[attribute(required, requires_replace, check = names::namespace())]
    organization: String,
    /// The registry that it is a cache of, without scheme: `quay.io`, `registry.example.com:5000`; with a namespace of it behind a
    /// slash, only that is cached: `docker.io/library`. The server must be able to resolve the name.
    #[attribute(required, check = address())]
    upstream_registry: String,
    /// Name of the user who logs in there; without it, images are pulled anonymously.
    #[attribute(optional, not_returned = "Quay never returns it", check = check::length(1, 255))]
    upstream_registry_username: Option<String>,
    /// Password of that user.
    #[attribute(optional, not_returned = "Quay never returns it")]
    upstream_registry_password: SecretArgument,
    /// Seconds for which an image that was fetched is kept; 86400 (a day) by default.
    #[attribute(optional, default = 86_400, check = check::between(-1, i64::from(i32::MAX)))]
    expiration_s: i64,
    /// Does not verify the certificate of the upstream registry, and speaks plain HTTP where it does not know TLS.
    #[attribute(optional, default = false)]
    insecure: bool,
    /// Lets the plan that makes the cache ask the server to log in at the upstream registry, and fail if that fails. It changes nothing
    /// else, and is left out while the organization does not exist yet. Quay does not validate for an organization that is a cache already,
    /// so later changes are not validated.
    #[attribute(optional, default = false)]
    validate_when_planned: bool,
}

/// `host:port/namespace`.
fn address() -> Check {
    check::text("a host, perhaps with a port and a namespace, without a scheme", |address| {
        let host = address.split(['/', ':']).next().unwrap_or_default();
        let why = match () {
            () if address.contains("://") => "leave the scheme out",
            () if host.is_empty() => "it must begin with a host",
            () if address.contains(char::is_whitespace) => "it must not hold white space",
            () => return Ok(()),
        };
        Err(format!("{address:?} is not an address such as \"quay.io\" or \"docker.io/library\": {why}."))
    })
}

#[async_trait]
impl Resource for OrgProxyCache {
    type Client = Quay;

    async fn create(cx: &mut Context<Quay>, plan: Self) -> Result<Self> {
        // Of two that are made at once both are told that they were.
        let lock = cx.lock(&format!("proxy cache of {}", plan.organization));
        let _alone = lock.lock().await;
        if matches!(cx.find(proxy_caches::get(&plan.organization)).await, Ok(Some(_))) {
            return Err(plan.is_cache_already());
        }
        match cx.send(proxy_caches::create(&plan.organization, &plan.wanted())).await {
            Ok(()) => Ok(plan),
            Err(error) => Err(plan.explain(cx, error).await),
        }
    }

    async fn read(cx: &mut Context<Quay>, state: Self) -> Result<Option<Self>> {
        let found = cx.find(proxy_caches::get(&state.organization)).await?;
        Ok(found.map(|json| Self {
            upstream_registry: json.upstream_registry,
            expiration_s: json.expiration_s,
            insecure: json.insecure,
            ..state
        }))
    }

    async fn update(cx: &mut Context<Quay>, state: Self, plan: Self) -> Result<Self> {
        if !plan.differs_from(&state) {
            return Ok(plan);
        }
        cx.find(proxy_caches::delete(&plan.organization)).await?;
        let hint =
            "Quay cannot change a proxy cache, so the old one was deleted before; the next apply makes the new one.";
        match cx.send(proxy_caches::create(&plan.organization, &plan.wanted())).await {
            Ok(()) => Ok(plan),
            Err(error) => Err(Error::from(error).with_hint(hint)),
        }
    }

    async fn delete(cx: &mut Context<Quay>, state: Self) -> Result<()> {
        cx.delete(proxy_caches::delete(&state.organization)).await?;
        Ok(())
    }

    fn validate(config: &OrgProxyCacheView, report: &mut Report) {
        let (username, password) = (&config.upstream_registry_username, &config.upstream_registry_password);
        if username.is_null() && password.known().is_some() {
            report.error(
                "upstream_registry_username",
                "Incomplete login",
                "A password without a user's name is of no use.",
            );
        }
        if username.known().is_some() && password.is_null() {
            report.error("upstream_registry_password", "Incomplete login", "The user's password is missing.");
        }
    }

    async fn preflight(cx: &mut Context<Quay>, plan: OrgProxyCacheView, report: &mut Report) {
        cx.expect(&features::PROXY_CACHE, report).await;
        let Some((organization, new)) = wanted(&plan) else { return };
        let Err(error) = cx.send(proxy_caches::validate(organization, &new)).await else { return };
        let message = error.message().unwrap_or_default();
        // The organization may be made by the same plan; and for one that is a cache already nothing is validated.
        let tells_nothing = ["does not exist", "already exists"].iter().any(|words| message.contains(words));
        if error.status() == Some(400) && !tells_nothing {
            let detail = format!(
                "{message}\n\nThe server was asked to log in at {}, because `validate_when_planned` is true. Quay says the same of a \
                 registry that does not answer, of a wrong name or password, and of a user without rights.",
                new.shown.upstream_registry
            );
            report.error("upstream_registry", "The upstream registry cannot be used", detail);
        }
    }
}

/// What a plan wants to be validated; `None` while it does not want that, or something is not known.
fn wanted(plan: &OrgProxyCacheView) -> Option<(&str, NewProxyCache)> {
    let password = &plan.upstream_registry_password;
    let unknown = password.value.is_unknown() || password.write_only.is_unknown();
    let username = match &plan.upstream_registry_username {
        PlanValue::Known(name) => Some(name.clone()),
        PlanValue::Null => None,
        PlanValue::Unknown => return None,
    };
    if plan.validate_when_planned.known() != Some(&true) || unknown {
        return None;
    }
    let shown = ProxyCacheJson {
        upstream_registry: plan.upstream_registry.known()?.clone(),
        expiration_s: plan.expiration_s.known()?.as_i64()?,
        insecure: *plan.insecure.known()?,
    };
    Some((plan.organization.known()?.as_str(), NewProxyCache { shown, username, password: password.known().cloned() }))
}

impl OrgProxyCache {
    fn of(organization: String, json: ProxyCacheJson) -> Self {
        Self {
            organization,
            upstream_registry: json.upstream_registry,
            upstream_registry_username: None,
            upstream_registry_password: SecretArgument::default(),
            expiration_s: json.expiration_s,
            insecure: json.insecure,
            validate_when_planned: false,
        }
    }

    fn shown(&self) -> ProxyCacheJson {
        ProxyCacheJson {
            upstream_registry: self.upstream_registry.clone(),
            expiration_s: self.expiration_s,
            insecure: self.insecure,
        }
    }

    fn wanted(&self) -> NewProxyCache {
        let username = self.upstream_registry_username.clone();
        NewProxyCache { shown: self.shown(), username, password: self.upstream_registry_password.given().cloned() }
    }

    /// Whether the server has to be told: not of what only the provider knows.
    fn differs_from(&self, state: &Self) -> bool {
        let (password, earlier) = (&self.upstream_registry_password, &state.upstream_registry_password);
        self.shown() != state.shown()
            || self.upstream_registry_username != state.upstream_registry_username
            || password.changed_since(earlier)
            || password.removed_since(earlier)
    }

    fn is_cache_already(&self) -> Error {
        let name = &self.organization;
        exists_already("quay_org_proxy_cache", &format!("proxy cache of organization {name}"), name)
    }

    async fn explain(&self, cx: &Quay, error: registry_http::Error) -> Error {
        let name = &self.organization;
        let says = |words: &str| error.status() == Some(400) && error.message().is_some_and(|m| m.contains(words));
        if says("already exists") {
            return self.is_cache_already();
        }
        if says("does not exist") && matches!(cx.find(namespaces::organization(name)).await, Ok(None)) {
            return team::no_organization(name);
        }
        error.into()
    }
}

#[async_trait]
impl List for OrgProxyCache {
    type Query = OrgProxyCacheQuery;

    async fn list(cx: &mut Context<Quay>, query: OrgProxyCacheQuery, found: &mut Found<Self>) -> Result<()> {
        let (names, may_be_shut) = organization::asked_for(cx, query.organization).await?;
        for name in names {
            let shown = organization::looked_into(cx, &name, may_be_shut, proxy_caches::get(&name)).await?;
            if let Some(json) = shown
                && !found.push(&Self::of(name, json)).await
            {
                break;
            }
        }
        Ok(())
    }
}

/// Finds the proxy caches of organizations: of one, or of all that the token may look into. Each organization takes a request.
///
/// Scope: `org:admin`; without `organization` also `user:read`, which finds the organizations that the token's user belongs to, or a
/// superuser's `super:user`, which finds all.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_org_proxy_cache")]
pub struct OrgProxyCacheQuery {
    /// Only of this organization.
    #[attribute(optional, check = names::namespace())]
    organization: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use terraform_framework::Value;

    #[test]
    fn addresses_have_no_scheme() {
        let ok = |text: &str| (address().test)(&Value::from(text)).is_ok();
        assert!(["quay.io", "docker.io/library", "10.1.2.3:5000", "localhost:5000/a/b"].into_iter().all(ok));
        assert!(!["", "https://quay.io", "/library", ":5000", "quay.io /x"].into_iter().any(ok));
    }

    #[test]
    fn what_only_the_provider_knows_changes_nothing() {
        let cache = OrgProxyCache {
            organization: "acme".to_owned(),
            upstream_registry: "quay.io".to_owned(),
            upstream_registry_username: None,
            upstream_registry_password: SecretArgument::default(),
            expiration_s: 60,
            insecure: false,
            validate_when_planned: false,
        };
        assert!(!OrgProxyCache { validate_when_planned: true, ..cache.clone() }.differs_from(&cache));
        assert!(OrgProxyCache { expiration_s: 61, ..cache.clone() }.differs_from(&cache));
    }
}
