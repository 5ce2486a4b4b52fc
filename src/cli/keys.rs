//! `assize keys`: key pairs in `.assize/keys`.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::args::{KeyGenerate, Keys};
use super::config::Config;
use super::error::CliError;
use super::passphrase;
use crate::signing::keyfile;
use crate::signing::note::{KeyName, VerifierKey};
use crate::signing::{KeyId, PublicKey, SecretKey};

#[cfg(feature = "engine")]
mod rotate;
mod trust;

/// Folder of the key pairs that Assize makes.
const FOLDER: &str = ".assize/keys";
/// Name of the key pair that is made on first use.
pub const DEVELOPMENT: &str = "development";

/// Returns the development key's public half, where there is one.
///
/// # Errors
/// A file that is there and cannot be read.
pub fn development_public(config: &Config) -> Result<Option<PublicKey>, CliError> {
    let path = keyfile::public_path(&pair_path(config, DEVELOPMENT));
    if path.exists() {
        Ok(Some(keyfile::load_public(&path)?))
    } else {
        Ok(None)
    }
}

/// Whether `key_id` is this machine's own development key, however it was named.
pub fn is_development(key_id: &KeyId, config: &Config) -> bool {
    let own = development_public(config).ok().flatten();
    own.is_some_and(|own| own.id() == *key_id)
}

/// Runs `assize keys`.
///
/// # Errors
/// Names that are taken or unknown, and files that cannot be read or written.
pub fn run(command: &Keys, config: &Config, out: &mut impl Write) -> Result<(), CliError> {
    match command {
        Keys::Generate(args) => generate(args, config, out),
        Keys::List => list(config, out),
        #[cfg(feature = "engine")]
        Keys::Rotate(args) => rotate::run(args, config, out, &mut io::stderr()),
        Keys::Revoke(args) => trust::revoke(args, config, out),
        Keys::Trust(command) => trust::run(command, config, out),
        Keys::Show(name) => show(&name.name, config, out),
        Keys::Export(export) => {
            let pem = public(config, &export.key.name)?.to_pem()?;
            match &export.output {
                Some(path) => fs::write(path, pem).map_err(|source| CliError::Write {
                    path: path.clone(),
                    source,
                }),
                None => out.write_all(pem.as_bytes()).map_err(CliError::Output),
            }
        }
    }
}

fn generate(args: &KeyGenerate, config: &Config, out: &mut impl Write) -> Result<(), CliError> {
    let path = pair_path(config, &key_name(&args.key.name)?);
    if path.exists() {
        return Err(CliError::KeyExists { path });
    }
    let key = SecretKey::generate()?;
    let passphrase = args
        .encrypt
        .then(|| passphrase::choose(&path.display().to_string()))
        .transpose()?;
    if !store(&path, &key, passphrase.as_deref().map(String::as_str))? {
        return Err(CliError::KeyExists { path });
    }
    let lines = format!(
        "private  {}{}\npublic   {}\nkey id   {}\n",
        path.display(),
        if args.encrypt { "  (encrypted)" } else { "" },
        keyfile::public_path(&path).display(),
        key.public().id()
    );
    out.write_all(lines.as_bytes()).map_err(CliError::Output)
}

fn list(config: &Config, out: &mut impl Write) -> Result<(), CliError> {
    let folder = config.resolve(Path::new(FOLDER));
    let mut names = Vec::new();
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return writeln!(out, "no keys in {}", folder.display()).map_err(CliError::Output);
        }
        Err(source) => {
            return Err(CliError::Read {
                path: folder,
                source,
            });
        }
    };
    for entry in entries {
        let entry = entry.map_err(|source| CliError::Read {
            path: folder.clone(),
            source,
        })?;
        if let Some(name) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.strip_suffix(".pub.pem"))
        {
            names.push(name.to_owned());
        }
    }
    names.sort();
    for name in names {
        let id = public(config, &name)?.id();
        writeln!(out, "{name:<20} {id}").map_err(CliError::Output)?;
    }
    Ok(())
}

fn show(name: &str, config: &Config, out: &mut impl Write) -> Result<(), CliError> {
    let key = public(config, name)?;
    let pem = key.to_pem()?;
    let vkey = name
        .parse::<KeyName>()
        .map(|note_name| VerifierKey::new(note_name, key).to_string())
        .unwrap_or_default();
    writeln!(
        out,
        "key id   {}\nvkey     {vkey}\n{}",
        key.id(),
        pem.trim_end()
    )
    .map_err(CliError::Output)
}

fn public(config: &Config, name: &str) -> Result<PublicKey, CliError> {
    let path = pair_path(config, &key_name(name)?);
    Ok(keyfile::load_public(&keyfile::public_path(&path))?)
}

/// Stores a pair, unless there is one; returns whether there was none.
///
/// # Errors
/// Folders that cannot be written.
pub fn store(path: &Path, key: &SecretKey, passphrase: Option<&str>) -> Result<bool, CliError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|source| CliError::Write {
            path: folder.to_owned(),
            source,
        })?;
    }
    let is_new = keyfile::store_new(path, key, passphrase)?;
    if is_new {
        keyfile::store_new_public(&keyfile::public_path(path), &key.public())?;
    }
    Ok(is_new)
}

/// Returns where the private half of the pair `name` is kept.
pub fn pair_path(config: &Config, name: &str) -> PathBuf {
    config
        .resolve(Path::new(FOLDER))
        .join(format!("{name}.pem"))
}

/// A name is part of a file name, and must not lead elsewhere.
fn key_name(name: &str) -> Result<String, CliError> {
    let sound = !name.is_empty()
        && name.len() <= 64
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if sound {
        Ok(name.to_owned())
    } else {
        Err(CliError::KeyName {
            name: name.to_owned(),
        })
    }
}
