//! How a tag becomes what is planned: its changes in an order that Quay takes, and what Quay means when it refuses one.

use std::time::Duration;

use terraform_framework::{Context, Error, Result};

use super::references;
use super::tag::Tag;
use crate::api::tags::{self, TagJson, TagKey};
use crate::client::Quay;
use crate::features;

/// How long it may take to undo a creation that failed half way, also one that was stopped.
const UNDOING: Duration = Duration::from_secs(20);

/// Lets a tag point to the planned image. One to which no tag points any more is restored.
pub(super) async fn point(cx: &Context<Quay>, plan: &Tag, endpoint: registry_http::Endpoint<()>) -> Result<()> {
    let asked = match cx.send(endpoint).await {
        Err(error) if error.is_not_found() => cx.send(tags::restore(&plan.key(), &plan.manifest_digest)).await,
        asked => asked,
    };
    match asked {
        Ok(()) => Ok(()),
        Err(error) => Err(explain(cx, plan, error).await),
    }
}

/// After a creation that failed half way: an immutable tag could not be replaced by the next run, so it is taken away again.
pub(super) async fn undo(cx: &mut Context<Quay>, plan: &Tag, error: Error) -> Error {
    let look = cx.afterwards(UNDOING);
    let key = plan.key();
    let found = look.find(tags::get(&key)).await;
    if let Ok(Some(found)) = &found {
        let is_ours = found.manifest_digest == plan.manifest_digest;
        cx.save(&plan.clone().with(found));
        if found.immutable != Some(true) {
            return error;
        }
        // To take immutability away may need more than the token may.
        if is_ours
            && look.send(tags::make_immutable(&key, false)).await.is_ok()
            && look.find(tags::delete(&key)).await.is_ok()
        {
            cx.forget();
            return error.with_hint("The tag, which was immutable by then, was taken away again.");
        }
        return error.with_hint(format!("The tag is there, and immutable. {UNTAINT}"));
    }
    match found {
        Ok(_) => error,
        Err(_) => error.with_hint(format!("Where the tag is immutable by now: {UNTAINT}")),
    }
}

/// What helps a tag that can be neither changed nor destroyed.
const UNTAINT: &str = "Terraform holds it for half made (tainted) and would destroy it first, which Quay refuses. `terraform untaint ADDRESS`, \
                       with the resource's own address, lets the next apply change it where it stands.";

/// Makes of a tag that is there what is planned. Nothing is changed before immutability is taken away, where that is wanted, and it is given
/// last: an immutable tag neither moves nor gets an end. `before` is what the plan of a change came from.
pub(super) async fn bring(cx: &Context<Quay>, plan: &Tag, before: Option<&Tag>) -> Result<Tag> {
    let key = plan.key();
    let mut now = look(cx, &key).await?;
    if let Some(before) = before {
        refuse_unseen(plan, before, &now)?;
    }
    now = unfreeze(cx, plan, now).await?;
    if now.manifest_digest != plan.manifest_digest {
        point(cx, plan, tags::move_to(&key, &plan.manifest_digest)).await?;
        // A tag that has moved has the end and the immutability that the server gives it.
        now = look(cx, &key).await?;
        refuse_other_manifest(plan, &now)?;
        now = unfreeze(cx, plan, now).await?;
    }
    let mut changed = false;
    let end = plan.expiration.known().map(|text| references::seconds(text));
    if let Some(end) = end.filter(|end| *end != now.end_ts) {
        changed_in_place(cx, plan, tags::expire_at(&key, end)).await?;
        changed = true;
    }
    if plan.immutable.known() == Some(&true) && now.immutable != Some(true) {
        if changed {
            // An immutable tag with a wrong end could not be mended.
            refuse_other_end(plan, &look(cx, &key).await?)?;
        }
        changed_in_place(cx, plan, tags::make_immutable(&key, true)).await?;
        changed = true;
    }
    if changed {
        now = look(cx, &key).await?;
    }
    let made = plan.clone().with(&now);
    refuse_other_manifest(plan, &now)?;
    refuse_other_end(plan, &now)?;
    if plan.immutable.known().is_some_and(|wanted| Some(wanted) != made.immutable.known()) {
        // The server passes over what it does not know.
        cx.require(&features::IMMUTABLE_TAGS).await.map_err(|error| error.at("immutable"))?;
        let detail = "Quay answered the change with success, and shows otherwise: somebody else may have changed it at the same time. Apply again.";
        return Err(
            Error::new(format!("The immutability of tag {} was not changed", key.full_name()), detail).at("immutable")
        );
    }
    Ok(made)
}

/// The tag as it is now. Quay says yes to every change, whatever comes of it.
async fn look(cx: &Context<Quay>, key: &TagKey) -> Result<TagJson> {
    match cx.find(tags::get(key)).await? {
        Some(found) => Ok(found),
        None => Err(vanished(cx, key).await),
    }
}

/// A tag that was there a moment ago.
async fn vanished(cx: &Context<Quay>, key: &TagKey) -> Error {
    if let Err(error) = cx.ensure_repository(&key.repository).await {
        return error;
    }
    let detail = "Somebody else may have deleted it at the same time, or it has expired. Apply again.";
    Error::new(format!("Tag {} is not there any more", key.full_name()), detail)
}

/// Takes immutability away, where it is not wanted.
async fn unfreeze(cx: &Context<Quay>, plan: &Tag, now: TagJson) -> Result<TagJson> {
    if plan.immutable.known() != Some(&false) || now.immutable != Some(true) {
        return Ok(now);
    }
    changed_in_place(cx, plan, tags::make_immutable(&plan.key(), false)).await?;
    Ok(TagJson { immutable: Some(false), ..now })
}

/// Changes a tag that stays where it is: what is gone then is the tag.
async fn changed_in_place(cx: &Context<Quay>, plan: &Tag, endpoint: registry_http::Endpoint<()>) -> Result<()> {
    match cx.send(endpoint).await {
        Ok(()) => Ok(()),
        Err(error) if error.is_not_found() => Err(vanished(cx, &plan.key()).await),
        Err(error) => Err(explain(cx, plan, error).await),
    }
}

/// What stays as it is, by the plan, and is otherwise by now: to change it back is in no plan that anybody has seen.
fn refuse_unseen(plan: &Tag, before: &Tag, now: &TagJson) -> Result<()> {
    let now = before.clone().with(now);
    let told = |tag: &Tag| {
        let immutable = tag.immutable.known().map(bool::to_string);
        [Some(tag.manifest_digest.clone()), tag.expiration.known().cloned(), immutable]
    };
    let all = [told(plan), told(before), told(&now)];
    for (at, name) in ["manifest_digest", "expiration", "immutable"].into_iter().enumerate() {
        let [plan, before, now] = all.each_ref().map(|told| told[at].as_deref());
        if let (Some(before), Some(now)) = (before, now)
            && plan == Some(before)
            && now != before
        {
            let detail = format!(
                "By the plan, `{name}` stays as it was: {before}. Somebody has changed it since: it is {now}. Nothing was done. Plan again, and see \
                 what the tag is to become."
            );
            return Err(Error::new("The tag has changed since the plan", detail).at(name));
        }
    }
    Ok(())
}

fn refuse_other_manifest(plan: &Tag, now: &TagJson) -> Result<()> {
    if now.manifest_digest == plan.manifest_digest {
        return Ok(());
    }
    let detail = format!(
        "It was to point to {}, and points to {}: somebody else may have pushed it at the same time. (Of images in Docker's first format, schema \
         1, Quay makes another manifest for each tag: such a tag has to be pushed.)",
        plan.manifest_digest, now.manifest_digest
    );
    Err(Error::new(format!("Tag {} points to another manifest", plan.key().full_name()), detail).at("manifest_digest"))
}

/// Quay presses an end into its bounds, and says nothing of it.
fn refuse_other_end(plan: &Tag, now: &TagJson) -> Result<()> {
    let Some(wanted) = plan.expiration.known().filter(|text| references::seconds(text) != now.end_ts) else {
        return Ok(());
    };
    let name = plan.key().full_name();
    let shown = now.end_ts.map_or_else(|| references::NEVER.to_owned(), references::rfc3339);
    let since = now.start_ts.map(references::rfc3339).unwrap_or_default();
    let detail = format!(
        "It was to end at {wanted}, and Quay lets it end at {shown}. Quay moves an end that is nearer or farther than its administrator allows: \
         usually from one hour to 104 weeks after the tag began to point to its image (LABELED_EXPIRATION_MINIMUM, \
         LABELED_EXPIRATION_MAXIMUM), which was at {since}. Choose a date in between."
    );
    Err(Error::new(format!("Tag {name} ends at another time"), detail).at("expiration"))
}

/// What a refusal means. What is gone is taken for the manifest that the tag was to point to.
pub(super) async fn explain(cx: &Context<Quay>, tag: &Tag, error: registry_http::Error) -> Error {
    let says = |text: &str| error.message().is_some_and(|message| message.contains(text));
    match error.status() {
        Some(404) if error.is_not_found() => cx.lost_manifest(&tag.manifest()).await,
        Some(409) => Error::from(error).with_hint(
            "The tag is immutable: it can be neither moved nor deleted. Set `immutable = false` and apply that first, with a token that has the \
             scope repo:admin. A policy (quay_repository_immutability_policy, quay_org_immutability_policy) may have made it immutable. \
             (Where Terraform holds the tag for half made, tainted, it destroys it before it changes it: `terraform untaint ADDRESS` first.)",
        ),
        Some(400) if says("Cannot set expiration") => Error::from(error)
            .with_hint("An immutable tag gets no end. Set `immutable = false`, or `expiration = \"never\"`.")
            .at("expiration"),
        Some(400) if says("has expiration set") => {
            let hint = "A tag that ends cannot be immutable. Set `expiration = \"never\"`, which also overrules a label of the image (`quay.expires-after`), \
                        or leave `immutable` out.";
            Error::from(error).with_hint(hint).at("immutable")
        }
        Some(400) if says("browser (or proxy)") => {
            Error::from(error).with_hint("Quay answers so to an `expiration` that is over.").at("expiration")
        }
        _ => error.into(),
    }
}
