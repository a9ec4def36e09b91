//! Images that examples take for granted, since no resource makes one: `images.json` beside an example, a list of what pipelines have
//! pushed ([`NewImage`]). Organizations that are not there are made.

use std::fs;
use std::path::Path;

use registry_harness::{Error, Result};
use registry_simulator::{NewImage, Simulator};
use serde_json::{Value, json};

/// Pushes the images of an example, if it has any.
pub fn push(simulator: &Simulator, folder: &Path) -> Result<()> {
    let path = folder.join("images.json");
    let Ok(text) = fs::read_to_string(&path) else { return Ok(()) };
    let wrong = |error: &dyn std::fmt::Display| Error::new(format!("{}: {error}", path.display()));
    let images: Vec<NewImage> = serde_json::from_str(&text).map_err(|error| wrong(&error))?;
    for image in images {
        let organization = image.repository.split('/').next().unwrap_or_default();
        if simulator.dump()["quay"]["organizations"].get(organization).is_none() {
            let made = json!({"quay": {"organizations": {organization: empty()}}});
            simulator.edit(made).map_err(|error| wrong(&error))?;
        }
        simulator.push(image).map_err(|error| wrong(&error))?;
    }
    Ok(())
}

/// An organization of the superuser's with nothing in it.
fn empty() -> Value {
    json!({
        "number": 9000,
        "email": null,
        "invoice_email": false,
        "invoice_email_address": null,
        "tag_expiration_s": 1_209_600,
        "quota": null,
        "quota_bytes": 0,
        "backfill_status": "waiting",
        "teams": {"owners": {"number": 9001, "role": "admin", "description": "", "members": ["admin"]}},
    })
}
