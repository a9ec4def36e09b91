//! What notifications hang on.

use std::collections::BTreeMap;

use crate::quay::access::Access;
use crate::quay::call::Call;
use crate::quay::records::ExternalNotification;
use crate::quay::reply::Reply;
use crate::quay::state::State;

pub(super) type All = BTreeMap<String, ExternalNotification>;

/// What notifications hang on.
pub(super) enum Owner<'a> {
    Repository(&'a str, &'a str),
    Organization(&'a str),
    Caller(&'a str),
}

impl<'a> Owner<'a> {
    pub(crate) fn of(call: &'a Call) -> Self {
        match (call.repository(), call.parameter("orgname")) {
            (("", _), "") => Self::Caller(call.caller.name()),
            (("", _), organization) => Self::Organization(organization),
            ((namespace, name), _) => Self::Repository(namespace, name),
        }
    }

    /// Lets those go on who administer it.
    pub(crate) fn admit(state: &State, call: &'a Call) -> Result<Self, Reply> {
        let access = Access::new(state, &call.caller);
        let owner = Self::of(call);
        match owner {
            Self::Repository(namespace, name) => call.require(access.repo_admin(namespace, name))?,
            Self::Caller(_) => call.require(access.user_admin())?,
            Self::Organization(name) => {
                call.require(access.org_admin(name))?;
                state.organizations.get(name).ok_or_else(Reply::not_found)?;
            }
        }
        Ok(owner)
    }

    /// The namespace.
    pub(crate) fn namespace(&self) -> &'a str {
        match self {
            Self::Repository(name, _) | Self::Organization(name) | Self::Caller(name) => name,
        }
    }

    /// `None`: there is no such repository.
    pub(crate) fn all<'s>(&self, state: &'s mut State) -> Option<&'s mut All> {
        match self {
            Self::Repository(namespace, name) => {
                let repository = state.repositories.get_mut(&format!("{namespace}/{name}"))?;
                Some(&mut repository.external_notifications)
            }
            Self::Organization(name) | Self::Caller(name) => {
                Some(&mut state.namespace_mut(name)?.external_notifications)
            }
        }
    }

    /// Repositories say in their own way that there is no such notification.
    pub(crate) fn missing(&self, call: &Call) -> Reply {
        match self {
            Self::Repository(namespace, name) => {
                let uuid = call.parameter("uuid");
                Reply::invalid(format!("No repository notification found for: {namespace}, {name}, {uuid}"))
            }
            _ => Reply::not_found(),
        }
    }
}
