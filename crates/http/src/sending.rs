//! Endpoints, sent by their rules of repetition.
//!
//! The loops know nothing of the type that an answer is decoded to: what comes of a request is kept aside ([`Kept`]). So they are compiled
//! once, and not once for each type of answer.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;

use super::answer::Answer;
use super::client::Client;
use super::endpoint::{Call, Endpoint};
use super::error::{Error, Kind};
use super::exchange::facts;
use super::repetition::{Claim, Repetition, Resend, Seen};
use super::retry::Tries;

/// A request whose outcome is kept.
#[async_trait]
trait Sending: Send {
    fn call(&self) -> &Call;

    /// Sends it, and keeps what its answer holds.
    async fn exchange(&mut self, client: &Client, tries: &mut Tries) -> Result<Answer, Error>;

    /// Looks for what it was to make, and keeps that if it is ours.
    async fn look(&mut self, client: &Client) -> Result<Looked, Error>;

    /// Which objects there are, by id.
    async fn before(&mut self, client: &Client) -> Result<HashSet<String>, Error>;

    /// The ids of the objects that are like the one it was to make, and were not there before. The last one is kept.
    async fn after(&mut self, client: &Client, before: &Arc<HashSet<String>>) -> Result<Vec<String>, Error>;

    /// Which object an answer is about, as far as a list can tell.
    async fn verify(&mut self, client: &Client, before: &Arc<HashSet<String>>) -> Verified;
}

/// What a list says of a good answer.
#[derive(PartialEq, Eq)]
enum Verified {
    /// It is about an object that was not there before.
    New,
    /// It is about another object.
    Another,
    /// It does not tell which object it is about, nor does the list.
    Unnamed,
}

/// What a look found.
enum Looked {
    Nothing,
    Ours,
    /// Why it is not what the request was to make.
    Other(String),
}

/// An endpoint, and what came of it so far.
struct Kept<'e, T> {
    endpoint: &'e Endpoint<T>,
    value: Option<T>,
}

impl<'e, T: Send + 'static> Kept<'e, T> {
    fn nothing(endpoint: &'e Endpoint<T>) -> Self {
        Self { endpoint, value: None }
    }

    async fn answer(&mut self, client: &Client, tries: &mut Tries) -> Result<Answer, Error> {
        let Self { endpoint, value } = self;
        let mut keep = |answer: &Answer| {
            *value = Some((endpoint.decode)(answer)?);
            Ok(())
        };
        client.exchange(&endpoint.call, &mut keep, tries).await
    }

    /// Where a request succeeds, there is something.
    fn value(self) -> Result<T, Error> {
        let missing = || Error::new(Kind::Undecodable, self.endpoint.call.action.clone());
        self.value.ok_or_else(missing)
    }
}

#[async_trait]
impl<T: Send + 'static> Sending for Kept<'_, T> {
    fn call(&self) -> &Call {
        &self.endpoint.call
    }

    async fn exchange(&mut self, client: &Client, tries: &mut Tries) -> Result<Answer, Error> {
        self.answer(client, tries).await
    }

    async fn look(&mut self, client: &Client) -> Result<Looked, Error> {
        let Repetition::Confirmed(confirm, _) = &self.endpoint.repetition else { return Ok(Looked::Nothing) };
        Ok(match confirm.look(client.clone()).await? {
            None => Looked::Nothing,
            Some(Seen::Other(why)) => Looked::Other(why),
            Some(Seen::Ours(value)) => {
                self.value = Some(value);
                Looked::Ours
            }
        })
    }

    async fn before(&mut self, client: &Client) -> Result<HashSet<String>, Error> {
        match &self.endpoint.repetition {
            Repetition::Compared(compare, _) => compare.before(client.clone()).await,
            _ => Ok(HashSet::new()),
        }
    }

    async fn after(&mut self, client: &Client, before: &Arc<HashSet<String>>) -> Result<Vec<String>, Error> {
        let Repetition::Compared(compare, _) = &self.endpoint.repetition else { return Ok(Vec::new()) };
        let new = compare.after(client.clone(), Arc::clone(before)).await?;
        let (ids, mut made): (Vec<_>, Vec<_>) = new.into_iter().filter_map(|(id, made)| Some((id, made?))).unzip();
        self.value = made.pop();
        Ok(ids)
    }

    async fn verify(&mut self, client: &Client, before: &Arc<HashSet<String>>) -> Verified {
        let (Repetition::Compared(compare, _), Some(value)) = (&self.endpoint.repetition, &self.value) else {
            return Verified::New;
        };
        let claimed = match &compare.claim {
            Claim::Forgotten => return Verified::New,
            Claim::None => {
                let found = self.after(client, before).await;
                return if found.is_ok_and(|ids| ids.len() == 1) { Verified::New } else { Verified::Unnamed };
            }
            Claim::Id(id) => id(value),
        };
        match compare.after(client.clone(), Arc::clone(before)).await {
            Ok(new) if new.iter().any(|(id, _)| *id == claimed) => Verified::New,
            // Then the answer is the best that there is to know.
            Err(_) if !before.contains(&claimed) => Verified::New,
            Ok(_) | Err(_) => {
                self.value = None;
                Verified::Another
            }
        }
    }
}

impl Client {
    /// A request with its answer beside what it was decoded to. For reads.
    pub(crate) async fn answered<T: Send + 'static>(&self, endpoint: Endpoint<T>) -> Result<(T, Answer), Error> {
        let mut kept = Kept::nothing(&endpoint);
        let answer = kept.answer(self, &mut Tries::new(&self.shared.settings)).await?;
        Ok((kept.value()?, answer))
    }

    pub(crate) async fn send_safely<T: Send + 'static>(&self, endpoint: Endpoint<T>) -> Result<T, Error> {
        let mut kept = Kept::nothing(&endpoint);
        match &endpoint.repetition {
            Repetition::Confirmed(_, resend) => self.send_confirming(&mut kept, *resend).await?,
            Repetition::Compared(compare, resend) => self.send_comparing(&mut kept, &compare.lock, *resend).await?,
            Repetition::Safe | Repetition::Idempotent(_) | Repetition::AtMostOnce | Repetition::Discardable => {
                kept.exchange(self, &mut Tries::new(&self.shared.settings)).await.map(drop)?
            }
        }
        kept.value()
    }

    /// For objects with a natural key.
    async fn send_confirming(&self, request: &mut dyn Sending, resend: Resend) -> Result<(), Error> {
        let mut tries = Tries::new(&self.shared.settings);
        let once = resend == Resend::Never;
        let mut lost = false;
        loop {
            let Err(error) = request.exchange(self, &mut tries).await else { return Ok(()) };
            // A repetition that is refused may have met what the lost attempt made.
            let met_itself = lost && matches!(error.kind(), Kind::Rejected | Kind::Conflict | Kind::ServerError);
            // A proxy may have given up while the server went on.
            let by_proxy = error.kind() == Kind::Unavailable && error.status() != Some(429);
            if error.kind() == Kind::ServerError && !lost {
                return Err(match request.look(self).await {
                    Ok(Looked::Nothing) => not_found_afterwards(error),
                    Ok(Looked::Ours) => found_afterwards(error, &[]),
                    Ok(Looked::Other(_)) | Err(_) => error,
                });
            }
            if error.kind() != Kind::UnknownOutcome && !by_proxy && !met_itself {
                return Err(error);
            }
            lost = true;
            loop {
                let more = self.another_try(&mut tries, &error).await;
                match request.look(self).await {
                    Ok(Looked::Ours) => return Ok(()),
                    Ok(Looked::Other(why)) => return Err(self.is_other(request.call(), &error, &why)),
                    Ok(Looked::Nothing) if more && once => {}
                    Ok(Looked::Nothing) if more && !met_itself => break,
                    Ok(Looked::Nothing) if once => return Err(not_sent_again(not_found_afterwards(error))),
                    Ok(Looked::Nothing) => return Err(not_found_afterwards(error)),
                    Err(failed) => return Err(not_looked_afterwards(error, &failed)),
                }
            }
        }
    }

    /// Waits before the object is looked for. False when that is the last time: the attempts are used up, or the work is stopped.
    async fn another_try(&self, tries: &mut Tries, error: &Error) -> bool {
        match tries.next_pause(None) {
            Some(pause) => self.pause(pause, error).await.is_ok(),
            None => false,
        }
    }

    fn is_other(&self, call: &Call, error: &Error, why: &str) -> Error {
        let facts = facts(call, Kind::Conflict, error.status(), None);
        let error = error.clone().with_kind(Kind::Conflict, &facts, self.service());
        error.note(format!(
            "The answer was lost. On the server there is an object of this name, but {why}; it was left alone."
        ))
    }

    /// For objects without a natural key. Those with the same lock are made one after the other.
    async fn send_comparing(&self, request: &mut dyn Sending, lock: &str, resend: Resend) -> Result<(), Error> {
        let mut tries = Tries::new(&self.shared.settings);
        let lock = self.lock(lock);
        let _alone = self.stoppable(request.call(), lock.lock()).await?;
        let before = Arc::new(request.before(self).await?);
        let once = resend == Resend::Never;
        loop {
            // After an answer it is not sent again: the list may lag behind.
            let (error, answered) = match request.exchange(self, &mut tries).await {
                Ok(answer) => {
                    let why = match request.verify(self, &before).await {
                        Verified::New => return Ok(()),
                        Verified::Another => "the answer is about another object",
                        Verified::Unnamed => "the answer does not tell which object was made",
                    };
                    (self.is_none(request.call(), &answer, why), true)
                }
                Err(error) if error.kind() == Kind::UnknownOutcome => (error, false),
                Err(error) if error.kind() == Kind::ServerError => {
                    let (error, found) = match request.after(self, &before).await {
                        Ok(made) if made.is_empty() => (not_found_afterwards(error), false),
                        Ok(made) => (found_afterwards(error, &made), true),
                        Err(_) => return Err(error),
                    };
                    if resend == Resend::DespiteFailure && !found && self.another_try(&mut tries, &error).await {
                        continue;
                    }
                    return Err(error);
                }
                Err(error) => return Err(error),
            };
            loop {
                let more = self.another_try(&mut tries, &error).await;
                let made = match request.after(self, &before).await {
                    Ok(made) => made,
                    Err(_) if more && answered => continue,
                    Err(failed) => return Err(not_looked_afterwards(error, &failed)),
                };
                match made.len() {
                    1 => return Ok(()),
                    0 if more && (once || answered) => {}
                    // After a timeout the server may still be at work on it.
                    0 if more && !error.is_under_way() => break,
                    0 if once => return Err(not_sent_again(not_found_afterwards(error))),
                    0 => return Err(not_found_afterwards(error)),
                    _ => {
                        return Err(error.note(format!(
                            "Several new objects like it are on the server, and none of them was taken: {}.",
                            made.join(", ")
                        )));
                    }
                }
            }
        }
    }
}

/// A server that fails inside may have done what was asked for before that. What is found then is not taken over: the failure may as well
/// come of what somebody else made.
fn found_afterwards(error: Error, ids: &[String]) -> Error {
    let which = if ids.is_empty() { String::new() } else { format!(" ({})", ids.join(", ")) };
    error.note(format!(
        "A look at the server afterwards found what this was to bring about{which}: the request may have done it all the same, or somebody else \
         has. Look whose it is before you apply again; what is yours can be imported."
    ))
}

fn not_found_afterwards(error: Error) -> Error {
    error.note("A look at the server afterwards did not find it.")
}

fn not_sent_again(error: Error) -> Error {
    error.note(
        "It was not sent again: the server may still be at work on it, and would do it twice. Wait some minutes before you apply again.",
    )
}

fn not_looked_afterwards(error: Error, failed: &Error) -> Error {
    error.note(format!("A look at the server afterwards failed: {}.", failed.summary()))
}
