//! `assize evidence redact|disclosed`: values are taken out of an item that is sealed, and
//! shown to be those that were.

use std::io::Write;
use std::path::Path;

use super::redacted;
use crate::cli::args::{EvidenceDisclosed, EvidenceRedact};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::files;
use crate::clock::{Clock as _, System};
use crate::collect::strike;
use crate::evidence::manifest::{Collector, Entry, Manifest};
use crate::evidence::redaction::{
    Disclosed, Disclosure, Redacted, Replacement, Rule, refuted, replace,
};
use crate::evidence::{
    Bundle, EvidenceError, ITEM_SIZE_MAX, Item, LoadOptions, MANIFEST_NAME, SIGNATURE_NAME, hold,
};
use crate::json;
use crate::report::visible;
use crate::{signing, tree};

/// Runs `assize evidence redact`.
///
/// # Errors
/// Folders that are not sealed or not what was sealed, signatures that would be lost, and
/// rules that find nothing; nothing is changed then.
pub fn redact(args: &EvidenceRedact, out: &mut impl Write) -> Result<Exit, CliError> {
    let root = &args.folder;
    let _alone = hold(root);
    // TRUST: what is sealed anew is vouched for anew, so nothing in the folder may differ
    // from what was sealed.
    let bundle = Bundle::load_strict(root, &LoadOptions::at(System.now()))?;
    if !bundle.is_sealed() {
        return Err(EvidenceError::NotSealed { path: root.clone() }.into());
    }
    if bundle.signature_bytes().is_some() && !args.drop_signature {
        return Err(EvidenceError::Signed { path: root.clone() }.into());
    }
    if let Some(path) = &args.disclosures {
        refuse_within(path, root)?;
        refuse_present(path)?;
    }
    let item = super::item(&bundle, &args.id)?;
    let Replacement {
        redacted: taken,
        mut entry,
    } = replacement(args, item)?;
    let disclosures = &taken.disclosures;
    strike(disclosures, entry.reason.as_mut(), entry.source.as_mut());
    let behind = entry.told.as_mut().and_then(|told| told.reason.as_mut());
    strike(disclosures, behind, None);
    let manifest = manifest(&bundle, &entry);
    // What cannot be sealed is found before anything is lost.
    manifest.to_bytes()?;
    put(args, &taken, &entry, &manifest)?;
    told(args, &bundle, &taken, &entry, out).map_err(CliError::Output)?;
    Ok(Exit::Yes)
}

fn replacement(args: &EvidenceRedact, item: &Item) -> Result<Replacement, CliError> {
    let refuse = |reason: String| CliError::Argument {
        argument: format!("item `{}`", args.id),
        reason,
    };
    let rules = args
        .pointer
        .iter()
        .map(|pointer| Rule::new(pointer, args.reason.clone(), false));
    let rules: Vec<_> = rules
        .collect::<Result<_, _>>()
        .map_err(|error| CliError::Argument {
            argument: "--pointer".into(),
            reason: error.to_string(),
        })?;
    let bytes = item.bytes().unwrap_or_default();
    let mut salt = || signing::random().map_err(|error| error.to_string());
    replace(item.entry(), bytes, &rules, &mut salt).map_err(|error| refuse(error.to_string()))
}

/// The manifest of the same folder, with this line for the item.
fn manifest(bundle: &Bundle, entry: &Entry) -> Manifest {
    let mut manifest = bundle.manifest().clone();
    let mut items = manifest.items.iter_mut();
    if let Some(was) = items.find(|was| was.id == entry.id) {
        *was = Entry {
            // As sealed: an item that was loaded is completed from its content.
            collected_at: was.collected_at,
            observed: was.observed,
            valid_until: was.valid_until,
            ..entry.clone()
        };
    }
    manifest.created_at = Some(System.now());
    manifest.collector = Some(Collector {
        name: "assize".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    });
    manifest
}

/// ORDER: what is removed is safe before it is nowhere else. The file is written before the
/// manifest: a crash between the two leaves a folder that is not what was sealed, which no
/// gate allows, and not a value that was to be gone.
fn put(
    args: &EvidenceRedact,
    taken: &Redacted,
    entry: &Entry,
    manifest: &Manifest,
) -> Result<(), CliError> {
    if let Some(path) = &args.disclosures {
        let disclosures = taken.disclosures.iter();
        let all: Vec<_> = disclosures
            .map(|disclosure| Disclosed {
                path: entry.path.clone(),
                disclosure: disclosure.clone(),
            })
            .collect();
        Disclosed::store(path, &all)?;
    }
    files::replace(&tree::join(&args.folder, &entry.path)?, &taken.bytes)?;
    manifest.write(&args.folder)?;
    Ok(())
}

fn told(
    args: &EvidenceRedact,
    bundle: &Bundle,
    taken: &Redacted,
    entry: &Entry,
    out: &mut impl Write,
) -> std::io::Result<()> {
    writeln!(out, "{:<10} {}", entry.status.name(), entry.id)?;
    if let Some(reason) = &entry.reason {
        writeln!(out, "{:<10} {}", "", visible(reason))?;
    }
    if let Some(text) = redacted(&taken.redactions) {
        writeln!(out, "{:<10} {text}", "")?;
    }
    match &args.disclosures {
        Some(path) => writeln!(out, "kept what was taken out in {}", path.display())?,
        None => writeln!(
            out,
            "kept nothing of what was taken out: nobody can show it"
        )?,
    }
    if bundle.signature_bytes().is_some() {
        let path = args.folder.join(SIGNATURE_NAME);
        let path = path.display();
        writeln!(out, "removed {path}: it does not sign this manifest")?;
    }
    writeln!(out, "sealed {}", args.folder.join(MANIFEST_NAME).display())
}

/// Runs `assize evidence disclosed`: [`Exit::No`] where the bundle does not commit to a
/// value in the file.
///
/// # Errors
/// Folders and files that cannot be read.
pub fn disclosed(args: &EvidenceDisclosed, out: &mut impl Write) -> Result<Exit, CliError> {
    let refuse = |reason: String| CliError::Argument {
        argument: format!("`{}`", args.disclosures.display()),
        reason,
    };
    let bundle = Bundle::load(&args.folder, &LoadOptions::at(System.now()))?;
    let bytes = tree::read(&args.disclosures, ITEM_SIZE_MAX)?;
    let all = Disclosed::parse(&bytes).map_err(|error| refuse(error.to_string()))?;
    if all.is_empty() {
        return Err(refuse("holds no disclosure".into()));
    }
    let mut exit = Exit::Yes;
    for one in &all {
        let of_item = all.iter().filter(|other| other.path == one.path);
        let others: Vec<_> = of_item.map(|other| &other.disclosure).collect();
        let refuted = match bundle.items().iter().find(|item| item.path() == one.path) {
            Some(item) => refuted(item, &one.disclosure, &others),
            None => Some("the bundle has no such item".to_owned()),
        };
        if refuted.is_some() {
            exit = Exit::No;
        }
        shown(one, refuted.as_deref(), out)?;
    }
    writeln!(out, "bundle sha256:{}", bundle.digest()).map_err(CliError::Output)?;
    Ok(exit)
}

fn shown(one: &Disclosed, refuted: Option<&str>, out: &mut impl Write) -> Result<(), CliError> {
    let Disclosure { pointer, value, .. } = &one.disclosure;
    let value = json::canonical(value)?;
    let value = visible(&String::from_utf8_lossy(&value));
    let (path, pointer) = (visible(&one.path), visible(pointer));
    let said = if refuted.is_none() {
        "committed"
    } else {
        "NOT COMMITTED"
    };
    writeln!(out, "{said:<13}  {path}  {pointer}  {value}").map_err(CliError::Output)?;
    match refuted {
        Some(reason) => writeln!(out, "{:<13}  {}", "", visible(reason)).map_err(CliError::Output),
        None => Ok(()),
    }
}

/// Refuses `path` in the evidence folder `root`: who gets the evidence must not get what
/// was taken out of it.
///
/// # Errors
/// A path in the folder.
pub fn refuse_within(path: &Path, root: &Path) -> Result<(), CliError> {
    let parent = path.parent().filter(|path| !path.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    let Ok(parent) = parent.canonicalize() else {
        // What cannot be written is found out when it is.
        return Ok(());
    };
    // One that is not there yet is not in another.
    let is_in_it = root
        .canonicalize()
        .is_ok_and(|root| parent.starts_with(root));
    // Above the folder we are in, what is called a manifest need not be one of ours.
    let here = Path::new(".").canonicalize().ok();
    let is_ours = |folder: &&Path| {
        *folder == parent || here.as_ref().is_some_and(|here| folder.starts_with(here))
    };
    let mut folders = parent.ancestors().take_while(is_ours);
    let is_below_one = folders.any(|folder| folder.join(MANIFEST_NAME).is_file());
    if !is_in_it && !is_below_one && !is_in_another(&parent) {
        return Ok(());
    }
    Err(CliError::Argument {
        argument: format!("--disclosures `{}`", path.display()),
        reason: "is in an evidence folder, which is handed on".into(),
    })
}

/// Whether a file in `folder` would lie among the items of a bundle: of one whose manifest
/// is there, or of one above whose manifest names others in the same folder.
fn is_in_another(folder: &Path) -> bool {
    let names = |root: &Path| {
        let bytes = tree::read(&root.join(MANIFEST_NAME), ITEM_SIZE_MAX).ok();
        let manifest = bytes.and_then(|bytes| Manifest::parse(&bytes).ok());
        let mut items = manifest.into_iter().flat_map(|manifest| manifest.items);
        items.any(|item| root.join(item.path).parent() == Some(folder))
    };
    folder.join(MANIFEST_NAME).is_file() || folder.ancestors().skip(1).any(names)
}

/// Refuses `path` where something is there.
///
/// # Errors
/// A path that is taken.
pub fn refuse_present(path: &Path) -> Result<(), CliError> {
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    Err(CliError::Argument {
        argument: format!("--disclosures `{}`", path.display()),
        reason: "is there already".into(),
    })
}
