//! Ephemeral resource `quay_federated_robot_token`: a robot's login for an hour, in exchange for an identity token.
//!
//! Endpoint: `GET /oauth2/federation/robot/token`; see [`crate::api::federation`].

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use registry_http::Kind;
use registry_service::{docker, secret_file};
use serde::{Deserialize, Serialize};
use terraform_framework::server::Timestamp as RenewAt;
use terraform_framework::{Computed, Context, Ephemeral, Error, Model, Opened, Result, Secret, check};

use crate::api::federation;
use crate::client::Quay;
use crate::names;

/// Seconds before its end at which a token is renewed.
const EARLY: i64 = 600;
/// Seconds from now before which nothing is renewed. Terraform renews at once what should have been renewed already, and would never stop to, where
/// a server's clock is wrong or its tokens live for minutes only.
const SOONEST: i64 = 300;
/// Seconds that a token lives, should it not tell.
const LIFETIME: i64 = 3600;

/// Exchanges an identity token, which a CI system or a cluster gives its jobs, for a short-lived login of a robot account. Nothing is
/// stored, and the robot's own token is not touched. The robot must accept the identity: see `quay_robot_federation`.
///
/// The token works for an hour. With `identity_token_file` or `identity_token_env`, the identity token is read anew, and exchanged again,
/// ten minutes before that, for as long as Terraform runs; a token that ends within 15 minutes is not renewed. Terraform cannot hand a renewed value on to what has the old one already: a
/// single apply that uses the token after more than an hour has to be split. Each plan and each apply exchanges anew.
///
/// The exchange needs no scope: the identity token is all that it goes by. (The provider's own token is not sent.)
#[derive(Debug, Clone, Model)]
#[model(type = "quay_federated_robot_token", exactly_one_of(identity_token, identity_token_file, identity_token_env))]
pub struct FederatedRobotToken {
    /// Full name of the robot, such as `acme+ci`.
    #[attribute(required, check = names::robot_username())]
    username: String,
    /// The identity token itself: a JSON web token. It is exchanged once, and not renewed.
    #[attribute(optional, sensitive)]
    identity_token: Option<Secret>,
    /// Path of a file that holds the identity token, such as a projected token of Kubernetes.
    #[attribute(optional, check = check::length(1, 4096))]
    identity_token_file: Option<String>,
    /// Name of an environment variable that holds the identity token, such as `TFC_WORKLOAD_IDENTITY_TOKEN`.
    #[attribute(optional, check = check::length(1, 255))]
    identity_token_env: Option<String>,
    /// Password to log in with.
    #[computed(sensitive)]
    token: Computed<Secret>,
    /// Content of a Docker `config.json` with the robot's login, also for a Kubernetes secret of type `kubernetes.io/dockerconfigjson`.
    #[computed(sensitive)]
    docker_config_json: Computed<Secret>,
    /// When the token ends (RFC 3339).
    #[computed]
    expires_at: Computed<String>,
}

/// What renewing needs to know: where the identity token comes from, never the token.
#[derive(Debug, Serialize, Deserialize)]
pub struct Open {
    username: String,
    file: Option<String>,
    env: Option<String>,
    /// Seconds since 1970: the end of the token that was given.
    end: i64,
}

#[async_trait]
impl Ephemeral for FederatedRobotToken {
    type Client = Quay;
    type Private = Open;

    async fn open(cx: &mut Context<Quay>, config: Self) -> Result<Opened<Self>> {
        let (file, env) = (config.identity_token_file.clone(), config.identity_token_env.clone());
        let identity = match &config.identity_token {
            Some(token) => token.clone(),
            None => fetch(file.as_deref(), env.as_deref())?,
        };
        let token = exchange(cx, &config.username, &identity).await?;
        let end = end_of(&token);
        let open = Open { username: config.username.clone(), file, env, end };
        let renew_at = before(end).filter(|_| config.identity_token.is_none());
        let login = docker::config_json(&docker::host(cx.url()), &config.username, &token);
        let result = Self {
            token: Computed::from(token),
            docker_config_json: Computed::from(login),
            expires_at: Computed::from(moment(end)),
            ..config
        };
        Ok(Opened { result, private: open, renew_at })
    }

    /// Terraform reports an error of this at the end, when all may have gone well: so it is said as a warning.
    async fn renew(cx: &mut Context<Quay>, open: Open) -> Result<(Open, Option<RenewAt>)> {
        let renewed = async {
            let identity = fetch(open.file.as_deref(), open.env.as_deref())?;
            exchange(cx, &open.username, &identity).await
        };
        match renewed.await {
            Ok(token) => {
                let renew_at = before(end_of(&token));
                cx.warn(
                    format!("The token of robot {} is renewed", open.username),
                    format!(
                        "What had it already goes on with the one that ends at {}: Terraform cannot hand on a renewed one. A run of more \
                         than an hour may have to be split.",
                        moment(open.end)
                    ),
                );
                Ok((open, renew_at))
            }
            Err(error) => {
                cx.warn(
                    format!("The token of robot {} could not be renewed", open.username),
                    format!("It works until {}.\n\n{}: {}", moment(open.end), error.summary(), error.detail()),
                );
                Ok((open, None))
            }
        }
    }
}

/// Reads the identity token from where it is kept.
fn fetch(file: Option<&str>, env: Option<&str>) -> Result<Secret> {
    if let Some(path) = file {
        return secret_file("identity_token_file", path);
    }
    let name = env.unwrap_or_default();
    match std::env::var(name) {
        Ok(text) if !text.trim().is_empty() => Ok(Secret::from(text.trim())),
        _ => {
            let detail = format!(
                "The environment variable {name} is not set, or empty. Set it where Terraform runs: providers see Terraform's environment."
            );
            Err(Error::new("Identity token is missing", detail).at("identity_token_env"))
        }
    }
}

/// What a JSON web token says of itself. Nothing of it is checked: that is for the server.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
struct Claims {
    #[serde(default)]
    iss: Option<String>,
    #[serde(default)]
    sub: Option<String>,
    #[serde(default)]
    exp: Option<i64>,
}

impl Claims {
    fn of(token: &Secret) -> Option<Self> {
        let [_, claims, _] = token.expose().split('.').collect::<Vec<_>>()[..] else { return None };
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
    }
}

/// When a token ends, in seconds since 1970.
fn end_of(token: &Secret) -> i64 {
    Claims::of(token).and_then(|claims| claims.exp).unwrap_or_else(|| Timestamp::now().as_second() + LIFETIME)
}

/// When to renew a token that ends then; never where that would be at once.
fn before(end: i64) -> Option<RenewAt> {
    let seconds = end.saturating_sub(EARLY);
    (seconds >= Timestamp::now().as_second() + SOONEST).then_some(RenewAt { seconds, nanos: 0 })
}

fn moment(seconds: i64) -> String {
    Timestamp::from_second(seconds).map(|time| time.to_string()).unwrap_or_default()
}

async fn exchange(cx: &Quay, robot: &str, identity: &Secret) -> Result<Secret> {
    // Quay answers 500 to what is no such token.
    let claims = Claims::of(identity).ok_or_else(|| {
        let detail = "An identity token is a JSON web token: three parts with dots between them, the second of which is a JSON object in \
                      base64. A robot's own token, or an OAuth token, is none. Nothing was sent.";
        Error::new("What was given is no identity token", detail)
    })?;
    cx.send(federation::exchange(robot, identity)).await.map_err(|error| explain(robot, &claims, error))
}

/// Says what a refusal means, and what the identity token has that was refused.
fn explain(robot: &str, claims: &Claims, error: registry_http::Error) -> Error {
    let text = |claim: &Option<String>| claim.clone().unwrap_or_else(|| "nothing".to_owned());
    let (issuer, subject) = (text(&claims.iss), text(&claims.sub));
    let says = |text: &str| error.message().is_some_and(|message| message.contains(text));
    let hint = if says("does not have federated login configured") {
        format!(
            "Robot {robot} accepts no identity tokens. Let it accept this one with quay_robot_federation: issuer {issuer:?}, subject \
             {subject:?}."
        )
    } else if says("not configured for this robot") {
        format!(
            "The identity token is of the issuer {issuer:?}, and robot {robot} accepts none of that one. The issuer in \
             quay_robot_federation must be the same to the letter, a slash at its end included."
        )
    } else if says("does not match robot") {
        format!(
            "The identity token is for the subject {subject:?} of the issuer {issuer:?}, and robot {robot} accepts only other subjects of \
             that issuer. The subject in quay_robot_federation must be the same to the letter."
        )
    } else if says("Could not find robot") {
        "There is no such robot. It is named in full, as its `username`.".to_owned()
    } else {
        return other(robot, claims, &issuer, error);
    };
    said(robot, &error, hint)
}

/// Failures without a telling message.
fn other(robot: &str, claims: &Claims, issuer: &str, error: registry_http::Error) -> Error {
    let hint = match error.kind() {
        Kind::Unauthenticated => format!(
            "The server takes {robot} for no robot, or took no notice of the identity token: a proxy before it may have removed the header \
             Authorization."
        ),
        Kind::ServerError => {
            let now = Timestamp::now().as_second();
            let over = claims.exp.filter(|end| *end < now).map(|end| format!(" It ended at {}.", moment(end)));
            format!(
                "Quay fails in this way when it cannot check the identity token: its time is over, its signature is not its issuer's, or \
                 the issuer cannot be asked (Quay itself must reach {issuer}/.well-known/openid-configuration within 5 seconds, by \
                 HTTPS).{}",
                over.unwrap_or_default()
            )
        }
        _ => return error.into(),
    };
    said(robot, &error, hint)
}

/// The usual advice is about the provider's own token, which this request does not carry.
fn said(robot: &str, error: &registry_http::Error, hint: String) -> Error {
    let status = error.status().map(|status| format!("status {status}")).unwrap_or_else(|| "no answer".to_owned());
    let message = error.message().unwrap_or_default();
    let detail = format!("GET /oauth2/federation/robot/token was answered with {status}: {message}\n\n{hint}");
    Error::new(format!("Cannot exchange an identity token for one of robot {robot}"), detail)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn token(claims: &str) -> Secret {
        Secret::from(format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode("{}"), URL_SAFE_NO_PAD.encode(claims)))
    }

    #[test]
    fn claims_are_read_and_nothing_else_is_a_token() {
        let claims = Claims::of(&token(r#"{"iss": "https://i", "sub": "s", "exp": 60, "aud": ["x"]}"#)).unwrap();
        assert_eq!(claims, Claims { iss: Some("https://i".into()), sub: Some("s".into()), exp: Some(60) });
        for other in ["", "ROBOTTOKEN", "a.b", "a.b.c", "a.e30.c.d"] {
            assert_eq!(Claims::of(&Secret::from(other)), None, "{other}");
        }
        assert_eq!(end_of(&token(r#"{"exp": 60}"#)), 60);
    }

    #[test]
    fn a_missing_variable_is_named() {
        let error = fetch(None, Some("NO_SUCH_VARIABLE_FOR_SURE")).unwrap_err();
        assert!(error.detail().contains("NO_SUCH_VARIABLE_FOR_SURE"));
    }
}
