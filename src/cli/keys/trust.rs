//! `assize keys trust add|list` and `assize keys revoke`: who may sign what, for which indexes.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::cli::args::{KeyRevoke, KeyTrust, TrustAdd, TrustList};
use crate::cli::config::Config;
use crate::cli::error::CliError;
use crate::cli::{files, settings};
use crate::report::visible;
use crate::signing::trust::edit::{self, NewKey};
use crate::signing::{TrustPolicy, keyfile};

/// Runs `assize keys trust`.
///
/// # Errors
/// Keys that the policy cannot have, and files that cannot be read or written.
pub fn run(command: &KeyTrust, config: &Config, out: &mut impl Write) -> Result<(), CliError> {
    match command {
        KeyTrust::Add(args) => add(args, config, out),
        KeyTrust::List(args) => list(args, config, out),
    }
}

fn add(args: &TrustAdd, config: &Config, out: &mut impl Write) -> Result<(), CliError> {
    let path = settings::trust_file(args.trust.as_ref(), config).0;
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(source) => return Err(CliError::Read { path, source }),
    };
    let key = keyfile::load_public(&args.file)?;
    let new = NewKey {
        name: &args.name,
        public_key: &seen_from(&path, &args.file)?,
        roles: &args.role,
        from_index: args.from_index,
    };
    let changed = edit::add(&text, &path, &new)?;
    write(&path, changed.as_bytes())?;
    writeln!(
        out,
        "{}  {}  in {}",
        visible(&args.name),
        key.id(),
        path.display()
    )
    .map_err(CliError::Output)
}

fn list(args: &TrustList, config: &Config, out: &mut impl Write) -> Result<(), CliError> {
    let (path, text) = read(args.trust.as_ref(), config)?;
    let policy = TrustPolicy::parse(text.as_bytes(), &path)?;
    for key in policy.all() {
        let roles: Vec<_> = key.roles().iter().map(ToString::to_string).collect();
        let indexes = key.indexes();
        let until = match indexes.end {
            u64::MAX => String::new(),
            end => (end - 1).to_string(),
        };
        writeln!(
            out,
            "{:<20} {}  {}-{until}  {}",
            visible(key.name()),
            key.key().id(),
            indexes.start,
            roles.join(", "),
        )
        .map_err(CliError::Output)?;
    }
    Ok(())
}

/// Runs `assize keys revoke`.
///
/// # Errors
/// Names that the policy does not have, and ends that leave nothing or give more.
pub fn revoke(args: &KeyRevoke, config: &Config, out: &mut impl Write) -> Result<(), CliError> {
    let (path, text) = read(args.trust.as_ref(), config)?;
    let changed = edit::close(&text, &path, &[&args.name], args.from_index)?;
    write(&path, changed.as_bytes())?;
    writeln!(
        out,
        "{}  signs no record and no checkpoint from index {} on  in {}\n\nGive the file to those \
         who verify. Waivers, declarations and evidence have no index: remove the key's entry\nto \
         end those too.",
        visible(&args.name),
        args.from_index,
        path.display(),
    )
    .map_err(CliError::Output)
}

/// Reads the trust policy that flag or settings name, or the one that lies there.
///
/// # Errors
/// A file that is not there or cannot be read.
pub fn read(flag: Option<&PathBuf>, config: &Config) -> Result<(PathBuf, String), CliError> {
    let path = settings::trust_file(flag, config).0;
    match fs::read_to_string(&path) {
        Ok(text) => Ok((path, text)),
        Err(source) => Err(CliError::Read { path, source }),
    }
}

/// Writes a trust policy; whoever reads sees the old or the new.
///
/// # Errors
/// Folders that cannot be written.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    if path.exists() {
        files::replace(path, bytes)
    } else {
        files::create(path, bytes)
    }
}

/// Returns `relative` as seen from the folder of `trust`.
#[cfg(feature = "engine")]
pub fn beside(trust: &Path, relative: &Path) -> PathBuf {
    trust.parent().unwrap_or(Path::new("")).join(relative)
}

/// Returns `file` as the trust policy names it: relative where it lies below its folder.
fn seen_from(trust: &Path, file: &Path) -> Result<PathBuf, CliError> {
    let whole = |path: &Path| {
        fs::canonicalize(path).map_err(|source| CliError::Read {
            path: path.to_owned(),
            source,
        })
    };
    let folder = trust
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = whole(folder.unwrap_or(Path::new(".")))?;
    let file = whole(file)?;
    Ok(match file.strip_prefix(&folder) {
        Ok(relative) => relative.to_owned(),
        Err(_) => file,
    })
}
