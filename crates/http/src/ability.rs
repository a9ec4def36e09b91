//! What a server must be able to do for a request to succeed: a feature that its administrator switches on, a version that brought it.

/// An ability that some servers lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ability {
    /// What it is, as in "this Quay has no ...": `organization mirror`.
    pub what: &'static str,
    /// The first version that has it, such as `3.17`; `None` where every supported version does.
    pub since: Option<&'static str>,
    /// The server's setting that switches it on, such as `FEATURE_ORG_MIRROR`.
    pub feature: Option<&'static str>,
    /// A route that a server with this ability has, as the server's own description of its API writes it below the root; empty where
    /// that does not tell.
    pub route: &'static str,
}

impl Ability {
    /// That a server lacks it, and when it would have it: "this Quay has no organization mirror: it came with 3.17 and is switched on by
    /// FEATURE_ORG_MIRROR".
    pub fn missing(&self, service: &str) -> String {
        let why = match (self.since, self.feature) {
            (Some(since), Some(feature)) => format!(": it came with {since} and is switched on by {feature}"),
            (Some(since), None) => format!(": it came with {since}"),
            (None, Some(feature)) => format!(": it is switched on by {feature}"),
            (None, None) => String::new(),
        };
        format!("this {service} has no {}{why}", self.what)
    }

    /// What its users can do about that.
    pub fn remedy(&self, service: &str) -> String {
        let upgrade = self.since.map(|since| format!("upgrade to {service} {since} or newer"));
        let switch = self.feature.map(|feature| format!("switch {feature} on"));
        let wish = [upgrade, switch].into_iter().flatten().collect::<Vec<_>>().join(" and ");
        match wish.is_empty() {
            true => "Leave this out.".to_owned(),
            false => format!("Ask the server's administrator to {wish}, or leave this out."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Ability;

    #[test]
    fn both_reasons_are_named() {
        let mirror = Ability {
            what: "organization mirror",
            since: Some("3.17"),
            feature: Some("FEATURE_ORG_MIRROR"),
            route: "",
        };
        assert_eq!(
            mirror.missing("Quay"),
            "this Quay has no organization mirror: it came with 3.17 and is switched on by FEATURE_ORG_MIRROR"
        );
        assert_eq!(
            mirror.remedy("Quay"),
            "Ask the server's administrator to upgrade to Quay 3.17 or newer and switch FEATURE_ORG_MIRROR on, or leave this out."
        );
        let bare = Ability { since: None, feature: None, ..mirror };
        assert_eq!(
            (bare.missing("Quay").as_str(), bare.remedy("Quay").as_str()),
            ("this Quay has no organization mirror", "Leave this out.")
        );
    }
}
