//! From a request to its answer: attempts, and what their failures mean.

use std::borrow::Cow;
use std::future::Future;
use std::sync::atomic::Ordering;
use std::time::Duration;

use ::http::{HeaderMap, HeaderName, HeaderValue, header};
use secrecy::ExposeSecret;
use tokio::time::Instant;
use url::Url;

use super::answer::Answer;
use super::auth::Authorization;
use super::client::Client;
use super::decode::Unusable;
use super::dialect::{Advice, Classified, FailureContext, RequestInfo, kind_of_status};
use super::endpoint::Call;
use super::error::{Error, Kind};
use super::repetition::{On500, Rule};
use super::retry::{Again, Tries, Trouble, retry_after};
use super::wire::{TransportError, TransportRequest};

/// Bytes that a slow line takes in a second, of what is uploaded.
const SLOWEST: u64 = 16 << 10;
/// What the failure of a repetition would hide.
const LOST_BEFORE: &str =
    "An earlier attempt of this request got no answer of the server, so it may have been carried out.";
/// Longest message of a server that is passed on, in characters.
const LONGEST_MESSAGE: usize = 600;

impl Client {
    /// Sends until there is an answer that `keep` takes, as far as the request may be repeated without looking.
    pub(super) async fn exchange(
        &self,
        call: &Call,
        keep: &mut (dyn FnMut(&Answer) -> Result<(), Unusable> + Send),
        tries: &mut Tries,
    ) -> Result<Answer, Error> {
        let mut logged_in_again = false;
        let mut lost = false;
        loop {
            let trouble = match self.attempt(call, tries).await {
                Ok(answer) => match keep(&answer) {
                    Ok(()) => return Ok(answer),
                    Err(unusable) => self.unusable(call, &answer, unusable),
                },
                Err(trouble) => trouble,
            };
            let stopped = matches!(trouble.error.kind(), Kind::Cancelled | Kind::TimedOut);
            if lost && stopped {
                let before = "an attempt was lost, and the work ended before another one";
                return Err(self.unclear(call, trouble.error).with_message(before));
            }
            lost |= !call.rule.may_be_cut_off() && trouble.again == Again::IfIdempotent;
            let repeat = match trouble.again {
                Again::Never => false,
                Again::Always => true,
                Again::IfIdempotent => call.rule.may_be_repeated(),
                Again::AfterLogin if !logged_in_again => {
                    logged_in_again = true;
                    continue;
                }
                Again::AfterLogin => false,
            };
            if !repeat {
                let again = trouble.again;
                let error = self.unanswered(call, trouble);
                return Err(match lost && again != Again::IfIdempotent {
                    true if error.is_not_found() => error.after_a_lost_attempt(),
                    true => error.note(LOST_BEFORE),
                    false => error,
                });
            }
            let Some(pause) = tries.next_pause(trouble.retry_after) else {
                return Err(self.used_up(call, trouble, tries));
            };
            if let Err(stopped) = self.pause(pause, &trouble.error).await {
                return Err(self.unanswered(call, Trouble { error: stopped, ..trouble }));
            }
        }
    }

    /// A failure that is not repeated here. A write that may have been carried out has an unknown outcome.
    fn unanswered(&self, call: &Call, trouble: Trouble) -> Error {
        let may_be_done = trouble.again == Again::IfIdempotent
            && !call.rule.may_be_cut_off()
            && !matches!(trouble.error.kind(), Kind::Cancelled);
        if may_be_done { self.unclear(call, trouble.error) } else { trouble.error }
    }

    /// The failure of a write that may have been carried out.
    fn unclear(&self, call: &Call, error: Error) -> Error {
        let facts = facts(call, Kind::UnknownOutcome, error.status(), None);
        let service = self.service();
        error.with_kind(Kind::UnknownOutcome, &facts, service)
    }

    /// The failure of a write whose answer is none, as a list shows.
    pub(super) fn is_none(&self, call: &Call, answer: &Answer, why: &str) -> Error {
        let trouble = self.unusable(call, answer, Unusable::Unreadable(why.to_owned()));
        self.unclear(call, trouble.error)
    }

    fn used_up(&self, call: &Call, trouble: Trouble, tries: &Tries) -> Error {
        let asked = trouble.retry_after.filter(|asked| *asked > super::retry::LONGEST_RETRY_AFTER);
        let error = match trouble.error.kind() {
            Kind::NoAnswer | Kind::Undecodable => self.unanswered(call, trouble),
            _ => trouble.error,
        };
        match asked {
            Some(asked) => error
                .note(format!("The server asks for a pause of {} s, which is too long to wait for.", asked.as_secs())),
            None if tries.made > 1 => error.note(format!("It was tried {} times.", tries.made)),
            None => error,
        }
    }

    /// Waits between attempts, unless the work is stopped or would be over before the wait is.
    pub(super) async fn pause(&self, pause: Duration, error: &Error) -> Result<(), Error> {
        if self.deadline.is_some_and(|deadline| Instant::now() + pause >= deadline) {
            return Err(error.clone().note("It was not tried again: the time that was given would be over first."));
        }
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(error.clone().note("It was not tried again: the work was stopped.")),
            () = tokio::time::sleep(pause) => Ok(()),
        }
    }

    /// Awaits something that may be abandoned at any time.
    pub(crate) async fn stoppable<F: Future>(&self, call: &Call, work: F) -> Result<F::Output, Error> {
        let stopped = |kind| {
            let facts = facts(call, kind, None, None);
            Error::new(kind, call.action.clone())
                .with_request(&call.method, &self.shown_path(call))
                .with_advice(self.shared.dialect.advice(&facts))
        };
        let deadline = async {
            match self.deadline {
                Some(deadline) => tokio::time::sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = self.ended_for(call.rule, self.cancel.cancelled()) => Err(stopped(Kind::Cancelled).with_message("nothing was changed by this request")),
            () = self.ended_for(call.rule, deadline) => Err(stopped(Kind::TimedOut).with_message("the time that was given for it is over")),
            output = work => Ok(output),
        }
    }

    /// Until the end that `over` waits for ends a request. What an unfinished write still needs to know its object, reads above all, goes on
    /// for a while: without them what was created would be in no state. No further write begins.
    async fn ended_for(&self, rule: Rule, over: impl Future<Output = ()>) {
        over.await;
        if rule.may_be_cut_off() && self.scope.wrote.load(Ordering::Relaxed) {
            let end = self.scope.end.get_or_init(|| Instant::now().checked_add(self.shared.settings.request_timeout));
            if let Some(end) = end {
                tokio::time::sleep_until(*end).await;
            }
        }
    }

    /// One attempt: everything up to a good status.
    async fn attempt(&self, call: &Call, tries: &mut Tries) -> Result<Answer, Trouble> {
        let never = |error| Trouble::new(error, Again::Never);
        let shared = &self.shared;
        let authorization = if call.anonymous {
            Authorization { header: None, generation: 0, token: None }
        } else {
            self.stoppable(call, shared.auth.authorization(self)).await.and_then(|done| done).map_err(never)?
        };
        let outgoing = self.outgoing(call, &authorization).map_err(never)?;
        let elsewhere = outgoing.url.origin() != shared.base.origin();
        let wire = self.stoppable(call, self.wire(elsewhere)).await.and_then(|done| done).map_err(never)?;
        let path = self.shown(&outgoing.url);
        let place = self.stoppable(call, shared.limits.enter()).await.map_err(never)?;

        tries.made += 1;
        let total = shared.counts.add(&call.method, call.route);
        let start = Instant::now();
        let sent = wire.call(outgoing);
        // A write that was sent runs to its answer, whatever happens here.
        let result = match call.rule.may_be_cut_off() {
            true => self.stoppable(call, sent).await.map_err(never)?,
            false => {
                self.scope.wrote.store(true, Ordering::Relaxed);
                sent.await
            }
        };
        // Before a login is waited for, which needs a place of its own.
        drop(place);
        let status = result.as_ref().ok().map(Answer::status);
        tracing::debug!(
            method = %call.method,
            route = call.route,
            path = %path,
            status,
            duration_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
            attempt = tries.made,
            requests = total,
            "request"
        );
        let context = Context { client: self, call, path: &path, authorization: &authorization };
        match result {
            Ok(answer) => {
                let judged = context.judge(answer.clone());
                if matches!(&judged, Err(trouble) if trouble.again == Again::AfterLogin) {
                    shared.auth.renew(authorization.generation).await;
                }
                let judged = context.doubt(judged, &answer).await;
                context.gone_with_its_holder(judged, &answer).await
            }
            Err(lost) => Err(context.lost(lost)),
        }
    }

    fn outgoing(&self, call: &Call, authorization: &Authorization) -> Result<TransportRequest, Error> {
        let invalid = |why: &str| Error::new(Kind::Configuration, call.action.clone()).with_message(why);
        let path = call.path.as_deref().map_err(|why| invalid(why))?;
        let root = if path.starts_with('/') { "" } else { self.shared.dialect.root() };
        let relative = format!("{root}{path}");
        let mut url = self.shared.base.clone();
        url.set_path(&format!("{}{}", self.shared.base.path(), relative.trim_start_matches('/')));
        if let Some(address) = &call.elsewhere {
            url = url.join(address).map_err(|_| invalid("the server gave an address that is none"))?;
        }
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let mut headers = HeaderMap::new();
        for (name, value) in &call.headers {
            let value = HeaderValue::from_str(value)
                .map_err(|_| invalid(&format!("the header {name} cannot hold such a value")))?;
            headers.insert(HeaderName::from_static(name), value);
        }
        if let Some(header) = &authorization.header {
            headers.insert(header::AUTHORIZATION, header.clone());
        }
        let body = call.body.clone().transpose().map_err(|why| invalid(&why))?;
        if body.is_some() {
            headers
                .insert(header::CONTENT_TYPE, HeaderValue::from_static(call.media_type.unwrap_or("application/json")));
        }
        // What goes elsewhere is a file.
        let slow = call.elsewhere.as_ref().and(body.as_ref()).map(|body| body.len() as u64 / SLOWEST);
        let timeout = slow.map(|more| self.shared.settings.request_timeout.saturating_add(Duration::from_secs(more)));
        Ok(TransportRequest { method: call.method.clone(), url, headers, body, timeout })
    }

    /// A good status with a body that is of no use.
    fn unusable(&self, call: &Call, answer: &Answer, unusable: Unusable) -> Trouble {
        let path = self.shown_path(call);
        let context = Context {
            client: self,
            call,
            path: &path,
            authorization: &Authorization { header: None, generation: 0, token: None },
        };
        match unusable {
            Unusable::Cut(why) => context.trouble(Kind::Undecodable, Again::IfIdempotent, Some(answer), Some(why)),
            // Of a read it says that something else answers there, again and again. A write may have been carried out.
            Unusable::Unreadable(why) => {
                let again = if call.rule.may_be_cut_off() { Again::Never } else { Again::IfIdempotent };
                context.trouble(Kind::Undecodable, again, Some(answer), Some(why))
            }
            Unusable::Refused(kind, why) => context.trouble(kind, Again::Never, Some(answer), Some(why)),
        }
    }

    fn shown_path(&self, call: &Call) -> String {
        let nobody = Authorization { header: None, generation: 0, token: None };
        self.outgoing(call, &nobody).map(|outgoing| self.shown(&outgoing.url)).unwrap_or_default()
    }

    /// What is shown of an address: its path, and before that the server where it is another one. The query may hold a signature.
    fn shown(&self, url: &Url) -> String {
        match url.origin() == self.shared.base.origin() {
            true => url.path().to_owned(),
            false => format!("{}{}", url.origin().ascii_serialization(), url.path()),
        }
    }
}

/// One attempt and what its failures need to know.
struct Context<'a> {
    client: &'a Client,
    call: &'a Call,
    path: &'a str,
    authorization: &'a Authorization,
}

impl Context<'_> {
    /// Whether another server is asked.
    fn is_elsewhere(&self) -> bool {
        !self.path.starts_with('/')
    }

    fn judge(&self, answer: Answer) -> Result<Answer, Trouble> {
        let call = self.call;
        let asked = RequestInfo { method: &call.method, path: self.path };
        let verdict = match self.is_elsewhere() {
            true => Classified::Fine,
            false => self.client.shared.dialect.judge(&asked, &answer),
        };
        if call.gone.iter().any(|sign| sign.matches(&answer, verdict.message())) {
            return Err(self.trouble(
                Kind::NotFound,
                Again::Never,
                Some(&answer),
                verdict.message().map(str::to_owned),
            ));
        }
        let status = answer.status();
        let expected = call.expect.map_or((200..300).contains(&status), |statuses| statuses.contains(&status));
        let (kind, message) = match verdict {
            Classified::Failed { kind, message } => (kind, message),
            Classified::Fine if expected => return Ok(answer),
            Classified::Fine if (200..300).contains(&status) => {
                (Kind::Undecodable, Some("this status was not expected".to_owned()))
            }
            Classified::Fine => (kind_of_status(status), None),
        };
        let again = match (kind, status) {
            (Kind::Undecodable, 200..300) if !call.rule.may_be_cut_off() => Again::IfIdempotent,
            _ => self.again(kind, status),
        };
        let message =
            message.or_else(|| (status >= 300).then(|| answer.excerpt_without(|text| self.without_secrets(text))));
        Err(self.trouble(kind, again, Some(&answer), message))
    }

    /// An answer that another route may have given, because the server lacks what the request is about: "not there" then says nothing,
    /// nor does success.
    async fn doubt(&self, judged: Result<Answer, Trouble>, answer: &Answer) -> Result<Answer, Trouble> {
        let Some(ability) = self.call.ability else { return judged };
        let dialect = &self.client.shared.dialect;
        let asked = RequestInfo { method: &self.call.method, path: self.path };
        let failure = judged.as_ref().err().map(|trouble| trouble.error.kind());
        if !dialect.may_lack(ability, &asked, answer.status(), failure) {
            return judged;
        }
        match dialect.lacks(ability, &self.client.asking()).await {
            Ok(true) => Err(self.trouble(Kind::Unsupported, Again::Never, Some(answer), None)),
            // What cannot be known now must not count as gone, or as done.
            Err(error) if failure.is_none_or(|kind| kind == Kind::NotFound) => Err(Trouble::new(error, Again::Never)),
            Ok(false) | Err(_) => judged,
        }
    }

    /// A failure that leaves open whether the object is gone or may only not be seen: it is gone if what holds it is.
    async fn gone_with_its_holder(&self, judged: Result<Answer, Trouble>, answer: &Answer) -> Result<Answer, Trouble> {
        let (Err(trouble), Some(holder), true) = (&judged, &self.call.holder, self.client.asks) else { return judged };
        let error = &trouble.error;
        let facts = facts(self.call, error.kind(), error.status(), error.message());
        match self.client.shared.dialect.is_gone_with(holder, &facts, &self.client.asking()).await {
            Ok(true) => {
                Err(self.trouble(Kind::NotFound, Again::Never, Some(answer), error.message().map(str::to_owned)))
            }
            // What cannot be known must not count as gone.
            Ok(false) | Err(_) => judged,
        }
    }

    fn again(&self, kind: Kind, status: u16) -> Again {
        match (kind, status) {
            (Kind::ReadOnly, _) => Again::Never,
            (Kind::Unauthenticated, 401) if self.client.shared.auth.can_login() && !self.call.anonymous => {
                Again::AfterLogin
            }
            (_, 429) => Again::Always,
            (Kind::Unavailable, _) | (_, 502..=504) => Again::IfIdempotent,
            (_, 500) if self.call.rule == Rule::Idempotent(On500::SendAgain) => Again::IfIdempotent,
            _ => Again::Never,
        }
    }

    fn lost(&self, lost: TransportError) -> Trouble {
        match lost {
            TransportError::NeverSent { why, lasting } => {
                let again = if lasting { Again::Never } else { Again::Always };
                self.trouble(Kind::Unreachable, again, None, Some(why))
            }
            TransportError::NoAnswer { why, under_way } => {
                let mut trouble = self.trouble(Kind::NoAnswer, Again::IfIdempotent, None, Some(why));
                trouble.error = trouble.error.under_way(under_way);
                trouble
            }
            TransportError::TooLarge(limit) => {
                let why = format!("the answer is larger than {limit} bytes, the limit that `max_response_mib` sets");
                // Sent again it would be as large. Of a write it does not tell that it was refused.
                let again = if self.call.rule.may_be_cut_off() { Again::Never } else { Again::IfIdempotent };
                self.trouble(Kind::Undecodable, again, None, Some(why))
            }
            TransportError::Invalid(why) => self.trouble(Kind::Configuration, Again::Never, None, Some(why)),
        }
    }

    fn trouble(&self, kind: Kind, again: Again, answer: Option<&Answer>, message: Option<String>) -> Trouble {
        // A secret that was cut, or whose white space was folded, would not be found any more.
        let message = message.map(|message| super::answer::shorten(&self.without_secrets(&message), LONGEST_MESSAGE));
        let status = answer.map(Answer::status);
        let facts = facts(self.call, kind, status, message.as_deref());
        let mut error = Error::new(kind, self.call.action.clone())
            .with_request(&self.call.method, self.path)
            .with_advice(match self.is_elsewhere() {
                true => Advice::elsewhere(kind, self.client.service()),
                false => self.client.shared.dialect.advice(&facts),
            });
        if let Some(answer) = answer {
            error = error.with_status(answer.status(), answer.status_text()).under_way(answer.status() == 504);
        }
        if let Some(message) = message {
            error = error.with_message(message);
        }
        let retry_after = answer.and_then(|answer| retry_after(answer, jiff::Timestamp::now()));
        Trouble { error, again, retry_after }
    }

    /// Servers repeat what they were sent, in validation messages above all.
    fn without_secrets(&self, text: &str) -> String {
        let shared = &self.client.shared;
        let credentials = shared.auth.credentials.secrets();
        let secrets = self.call.secrets.iter().chain(credentials).chain(&self.authorization.token);
        let headers = shared.settings.headers.iter().map(|(_, value)| value.as_str());
        let mut text = text.to_owned();
        for secret in secrets.map(ExposeSecret::expose_secret).chain(headers).filter(|secret| secret.len() > 2) {
            text = text.replace(secret, "(hidden)");
        }
        let query = self.call.elsewhere.as_deref().and_then(|address| address.split_once('?')).map_or("", |(_, q)| q);
        let sent = query.split('&').filter_map(|pair| Some(Cow::Borrowed(pair.split_once('=')?.1)));
        let meant = url::form_urlencoded::parse(query.as_bytes()).map(|(_, value)| value);
        for value in sent.chain(meant).filter(|value: &Cow<'_, str>| value.len() > 8) {
            text = text.replace(&*value, "(hidden)");
        }
        text
    }
}

pub(super) fn facts<'a>(
    call: &'a Call,
    kind: Kind,
    status: Option<u16>,
    message: Option<&'a str>,
) -> FailureContext<'a> {
    FailureContext { kind, status, message, needs: call.needs, ability: call.ability }
}
