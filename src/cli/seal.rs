//! `assize seal`: an evidence folder gets its manifest.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use super::args::Seal;
use super::config::Config;
use super::error::CliError;
use super::evidence::named;
use super::gate::subjects;
use super::signer;
use crate::clock::{Clock as _, System, Timestamp, TimestampError};
use crate::digest::Digest;
use crate::evidence::manifest::Entry;
use crate::evidence::{
    self, Bundle, Change, Description, LoadOptions, Mapping, SIGNATURE_NAME, SealOptions, Sealed,
    Unfinished,
};
use crate::report::visible;
use crate::signing::{KeyId, Signer};

/// Runs `assize seal`.
///
/// # Errors
/// Folders that cannot be sealed, and arguments that are not what they should be.
pub fn run(args: &Seal, config: &Config, out: &mut impl Write) -> Result<(), CliError> {
    let key = args.key.as_deref();
    let key = key.map(|key| signer::named(key, config)).transpose()?;
    if let (true, Some(key)) = (args.add_signature, &key) {
        return sign(&args.folder, key, out);
    }
    let _alone = evidence::hold(&args.folder);
    let sealed = sealed(args)?;
    // Sealing would only write down another time, and the signature would be for nothing.
    let keeps = if sealed.is_same && key.is_none() {
        evidence::signature(&args.folder)?
    } else {
        None
    };
    let removed = keeps.is_none() && sealed.manifest.write(&args.folder)?;
    // What a run has left undone was refused.
    Unfinished::remove(&args.folder)?;
    describe_all(&sealed, out).map_err(CliError::Output)?;
    if removed {
        let path = args.folder.join(SIGNATURE_NAME);
        let path = path.display();
        writeln!(out, "removed {path}: it does not sign this manifest")
            .map_err(CliError::Output)?;
    }
    let path = args.folder.join(evidence::MANIFEST_NAME);
    let path = path.display();
    if let Some(signature) = keeps {
        writeln!(out, "{path} and its signature stay as they are").map_err(CliError::Output)?;
        return signed(&args.folder, signature.key_ids(), out);
    }
    let items = sealed.manifest.items.len();
    let plural = if items == 1 { "" } else { "s" };
    let digest = Digest::of(&sealed.manifest.to_bytes()?);
    writeln!(out, "sealed {items} item{plural}  {path}  sha256:{digest}")
        .map_err(CliError::Output)?;
    match key {
        Some(key) => {
            let signature = sealed.manifest.sign(&args.folder, &key)?;
            signed(&args.folder, signature.key_ids(), out)
        }
        None => Ok(()),
    }
}

/// Signs the manifest in `folder`, beside those who have signed it.
///
/// # Errors
/// A folder that is not what its manifest says, and a key that has signed already or gives no
/// signature.
fn sign(folder: &Path, key: &Signer, out: &mut impl Write) -> Result<(), CliError> {
    // TRUST: who signs vouches for the files, so they are compared with the manifest anew.
    let bundle = Bundle::load(folder, &LoadOptions::at(System.now()))?;
    let signature = bundle.sign(folder, key)?;
    signed(folder, signature.key_ids(), out)
}

/// Says who has signed the manifest in `folder`.
///
/// # Errors
/// An output that is closed.
pub fn signed(
    folder: &Path,
    key_ids: impl Iterator<Item = KeyId>,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let path = folder.join(SIGNATURE_NAME);
    for key_id in key_ids {
        writeln!(out, "signed by {key_id}  {}", path.display()).map_err(CliError::Output)?;
    }
    Ok(())
}

fn sealed(args: &Seal) -> Result<Sealed, CliError> {
    let mut subject = subjects(&args.subject)?;
    for subject in &mut subject {
        subject.environment.clone_from(&args.environment);
    }
    let mut options = SealOptions {
        subject: (!subject.is_empty()).then_some(subject),
        created_at: Some(System.now()),
        collector_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        ..SealOptions::default()
    };
    let mut sealed = evidence::seal(&args.folder, &options)?;
    if !args.map.is_empty() {
        options.descriptions = mapped(&args.map, &sealed.manifest.items)?;
        sealed = evidence::seal(&args.folder, &options)?;
    }
    if let Some(collected_at) = collected_at(args)? {
        let items = sealed.manifest.items.iter();
        for entry in items.filter(|entry| entry.collected_at.is_none()) {
            let description = options.descriptions.entry(entry.path.clone());
            description.or_default().collected_at = Some(collected_at);
        }
        sealed = evidence::seal(&args.folder, &options)?;
    }
    Ok(sealed)
}

/// The mappings in `given`, each as `ITEM=FILE`, by the paths of their items.
fn mapped(given: &[String], items: &[Entry]) -> Result<BTreeMap<String, Description>, CliError> {
    let mut descriptions = BTreeMap::new();
    for given in given {
        let refuse = |reason: String| CliError::Argument {
            argument: format!("--map `{given}`"),
            reason,
        };
        let (id, file) = given
            .split_once('=')
            .ok_or_else(|| refuse("expected ITEM=FILE, as load=maps/load.yaml".into()))?;
        let Some(entry) = items.iter().find(|entry| entry.id == id) else {
            let of_path = items.iter().find(|entry| entry.path == id);
            return Err(refuse(of_path.map_or_else(
                || {
                    let ids: Vec<_> = items.iter().map(|entry| entry.id.as_str()).collect();
                    format!("there is no item `{id}`: there is {}", ids.join(", "))
                },
                |entry| format!("`{id}` is a file; its item is `{}`", entry.id),
            )));
        };
        let description = Description {
            map: Some(Mapping::load(Path::new(file))?),
            ..Description::default()
        };
        let twice = descriptions.insert(entry.path.clone(), description);
        if twice.is_some() {
            return Err(refuse(format!("`{id}` has one mapping already")));
        }
    }
    Ok(descriptions)
}

fn describe_all(sealed: &Sealed, out: &mut impl Write) -> std::io::Result<()> {
    for entry in &sealed.manifest.items {
        describe(entry, out)?;
    }
    for change in &sealed.changes {
        let verb = match change {
            Change::Added { .. } => "added",
            Change::Removed { .. } => "removed",
            Change::Altered { .. } => "altered",
            Change::Described { .. } => "described anew",
        };
        writeln!(out, "{verb}: {}", visible(change.path()))?;
    }
    // What a collector said of a file is forgotten with it: it comes back as any other.
    if sealed.uncollected > 0 {
        writeln!(out, "new, not from a collector: {}", sealed.uncollected)?;
    }
    Ok(())
}

fn collected_at(args: &Seal) -> Result<Option<Timestamp>, CliError> {
    match args.collected_at.as_deref() {
        None => Ok(None),
        Some("now") => Ok(Some(System.now())),
        Some(text) => text
            .parse()
            .map(Some)
            .map_err(|error: TimestampError| CliError::Argument {
                argument: "--collected-at".into(),
                reason: error.to_string(),
            }),
    }
}

fn describe(entry: &Entry, out: &mut impl Write) -> std::io::Result<()> {
    writeln!(
        out,
        "{:<18} {:<10} {}",
        entry.kind.name(),
        entry.status.name(),
        entry.id
    )?;
    if let Some(map) = &entry.map {
        writeln!(out, "{:<18} by map {}", "", named(map))?;
    }
    if let Some(reason) = &entry.reason {
        writeln!(out, "{:<18} {}", "", visible(reason))?;
    }
    if entry.collected_at.is_none() {
        writeln!(
            out,
            "{:<18} no collection time: a rule with max_age cannot use it (--collected-at)",
            ""
        )?;
    }
    Ok(())
}
