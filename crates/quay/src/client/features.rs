//! How a server is asked, once and only when needed, what it can do.

use registry_http::{Ability, ErrorModel};
use terraform_framework::{Error, Report, Result};

use super::Quay;
use crate::api::description;

impl Quay {
    /// Says in `report` that the server lacks an ability, if that is certain: for plans. A server that does not describe its API is
    /// taken to have it.
    pub async fn expect(&self, ability: &'static Ability, report: &mut Report) {
        if let Ok(api) = self.description().await
            && !api.offers(ability.route)
        {
            let detail = format!("{}. {}", sentence(&ability.missing("Quay")), ability.remedy("Quay"));
            report.push(terraform_framework::Diagnostic::error(format!("This Quay has no {}", ability.what), detail));
        }
    }

    /// Refuses to go on without an ability, if it is certain that the server lacks it: where the absence of something would say nothing.
    ///
    /// # Errors
    /// When the server lacks it, or could not be asked this time.
    pub async fn require(&self, ability: &'static Ability) -> Result<()> {
        if self.dialect.lacks(ability, &self.http).await? {
            let detail = format!("{}. {}", sentence(&ability.missing("Quay")), ability.remedy("Quay"));
            return Err(Error::new(format!("This Quay has no {}", ability.what), detail));
        }
        Ok(())
    }

    /// Whether the server takes a member in the body of a request, such as `tagPattern` in `POST`
    /// `organization/{orgname}/autoprunepolicy/`; `None` where it does not tell.
    pub async fn takes(&self, method: &str, route: &str, member: &str) -> Option<bool> {
        self.description().await.ok()?.takes(method, route, member)
    }

    /// The server's description of its API, read once; empty where it does not describe itself.
    async fn description(&self) -> registry_http::Result<&description::Api> {
        description::known(&self.dialect.api, &self.http).await
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
