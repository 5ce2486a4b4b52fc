//! Key files: reading them, and writing new ones so that two who do cannot both win.
//!
//! INVARIANT: a private key file is readable by its owner only, from its first byte
//! on, and is refused when it is not.

use std::env::{self, VarError};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use thiserror::Error;
use zeroize::Zeroizing;

use super::passphrase::{Ask, PassphraseError};
use super::{KeyError, PublicKey, SecretKey, Signer};

/// Most bytes in a key file.
const SIZE_MAX: usize = 16 << 10;

/// A key file that cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// The operating system refused.
    #[error("cannot {action} key file `{path}`")]
    Io {
        /// Read or write.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Others may read the private key.
    #[error(
        "key file `{path}` has mode {mode:04o}, so that others can read it: run `chmod 600 {path}`"
    )]
    Mode {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Larger than any key.
    #[error("key file `{path}` is larger than {SIZE_MAX} bytes")]
    Size {
        /// The file.
        path: PathBuf,
    },
    /// The content is not a key.
    #[error("`{origin}` {source}")]
    Key {
        /// The file or environment variable.
        origin: String,
        /// What is wrong.
        source: KeyError,
    },
    /// The key is encrypted, and there is no passphrase.
    #[error("`{origin}` {source}")]
    Passphrase {
        /// The file or environment variable.
        origin: String,
        /// Why there is none.
        source: PassphraseError,
    },
    /// The environment variable is not set, or not UTF-8.
    #[error("environment variable `{name}` {reason}")]
    Environment {
        /// The variable.
        name: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// Nothing is known by this scheme.
    #[error("key `{reference}` has an unknown scheme: use a path or `env://NAME`")]
    Scheme {
        /// The reference.
        reference: String,
    },
}

/// Reads the key that `reference` names: a path, or `env://NAME` for a PEM in the environment.
///
/// # Errors
/// As [`load`], a variable that is not set, and other schemes.
pub fn load_reference(reference: &str, ask: Ask<'_>) -> Result<Signer, KeyFileError> {
    let Some((scheme, name)) = reference.split_once("://") else {
        return load(Path::new(reference), ask).map(Signer::from);
    };
    if scheme != "env" {
        return Err(KeyFileError::Scheme {
            reference: reference.to_owned(),
        });
    }
    let pem = env::var(name).map(Zeroizing::new);
    let pem = pem.map_err(|error| KeyFileError::Environment {
        name: name.to_owned(),
        reason: match error {
            VarError::NotPresent => "is not set",
            VarError::NotUnicode(_) => "is not UTF-8",
        },
    })?;
    parse(&pem, reference.to_owned(), ask).map(Signer::from)
}

/// Reads a private key; asks `ask` for its passphrase where it has one.
///
/// # Errors
/// Unreadable files, files that others can read, what is not a key, and passphrases that are
/// missing or wrong.
pub fn load(path: &Path, ask: Ask<'_>) -> Result<SecretKey, KeyFileError> {
    let pem = read_secret(path)?;
    parse(&pem, path.display().to_string(), ask)
}

fn parse(pem: &str, origin: String, ask: Ask<'_>) -> Result<SecretKey, KeyFileError> {
    let key = match SecretKey::from_pem(pem) {
        Err(KeyError::Encrypted) => match ask(&origin) {
            Ok(passphrase) => SecretKey::from_encrypted_pem(pem, &passphrase),
            Err(source) => return Err(KeyFileError::Passphrase { origin, source }),
        },
        read => read,
    };
    key.map_err(|source| KeyFileError::Key { origin, source })
}

/// Reads a small file that only its owner can read.
pub(super) fn read_secret(path: &Path) -> Result<Zeroizing<String>, KeyFileError> {
    read(path, true)
}

/// Reads a public key.
///
/// # Errors
/// Unreadable files, weak keys, and what is not a key.
pub fn load_public(path: &Path) -> Result<PublicKey, KeyFileError> {
    let pem = read(path, false)?;
    PublicKey::from_pem(&pem).map_err(|source| KeyFileError::Key {
        origin: path.display().to_string(),
        source,
    })
}

/// Writes `key` to `path` with mode 0600, encrypted where there is a passphrase, unless the
/// file is there already; returns whether it was not.
///
/// # Errors
/// Unwritable folders.
pub fn store_new(
    path: &Path,
    key: &SecretKey,
    passphrase: Option<&str>,
) -> Result<bool, KeyFileError> {
    let pem = match passphrase {
        Some(passphrase) => key.to_encrypted_pem(passphrase),
        None => key.to_pem(),
    };
    let pem = pem.map_err(|source| KeyFileError::Key {
        origin: path.display().to_string(),
        source,
    })?;
    publish(path, pem.as_bytes(), 0o600)
}

/// Writes `key` to `path`, unless the file is there already; returns whether it was not.
///
/// # Errors
/// Unwritable folders.
pub fn store_new_public(path: &Path, key: &PublicKey) -> Result<bool, KeyFileError> {
    let pem = key.to_pem().map_err(|source| KeyFileError::Key {
        origin: path.display().to_string(),
        source,
    })?;
    publish(path, pem.as_bytes(), 0o644)
}

/// Returns where the public counterpart of the private key in `path` is kept:
/// `gate.pem` has `gate.pub.pem`.
pub fn public_path(path: &Path) -> PathBuf {
    path.with_extension("pub.pem")
}

fn read(path: &Path, secret: bool) -> Result<Zeroizing<String>, KeyFileError> {
    let io = |source| KeyFileError::Io {
        action: "read",
        path: path.to_owned(),
        source,
    };
    if !fs::metadata(path).map_err(io)?.is_file() {
        return Err(io(io::Error::other("is not a regular file")));
    }
    let file = File::open(path).map_err(io)?;
    if secret {
        refuse_shared(path, &file)?;
    }
    // One allocation, so that no copy of a key is left behind by growing.
    let mut pem = Zeroizing::new(String::with_capacity(SIZE_MAX + 1));
    file.take(SIZE_MAX as u64 + 1)
        .read_to_string(&mut pem)
        .map_err(io)?;
    if pem.len() > SIZE_MAX {
        return Err(KeyFileError::Size {
            path: path.to_owned(),
        });
    }
    Ok(pem)
}

#[cfg(unix)]
fn refuse_shared(path: &Path, file: &File) -> Result<(), KeyFileError> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = file.metadata().map_err(|source| KeyFileError::Io {
        action: "read",
        path: path.to_owned(),
        source,
    })?;
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(KeyFileError::Mode {
            path: path.to_owned(),
            mode,
        });
    }
    Ok(())
}

#[cfg(not(unix))]
fn refuse_shared(_path: &Path, _file: &File) -> Result<(), KeyFileError> {
    Ok(())
}

/// Creates `path` with `bytes` at once and whole; returns false if it exists already.
fn publish(path: &Path, bytes: &[u8], mode: u32) -> Result<bool, KeyFileError> {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let io = |source| KeyFileError::Io {
        action: "write",
        path: path.to_owned(),
        source,
    };
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder).map_err(io)?;
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    let draft = folder.join(format!(".key-{}-{number}.tmp", std::process::id()));
    let published = write_draft(&draft, bytes, mode)
        // ORDER: linked only when whole and durable; a link, unlike a rename, never
        // replaces the key of someone who was faster.
        .and_then(|()| fs::hard_link(&draft, path))
        .and_then(|()| sync_folder(folder));
    let removed = fs::remove_file(&draft);
    match published {
        Ok(()) => removed.map_err(io).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.exists() => Ok(false),
        Err(error) => Err(io(error)),
    }
}

fn write_draft(draft: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    // A draft left by a process that died under our number.
    if let Err(error) = fs::remove_file(draft)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(mode);
    }
    #[cfg(not(unix))]
    let _ = mode;
    let mut file = options.open(draft)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nobody(_: &str) -> Result<Zeroizing<String>, PassphraseError> {
        Err(PassphraseError::Missing)
    }

    fn load(path: &Path) -> Result<SecretKey, KeyFileError> {
        super::load(path, &nobody)
    }

    fn store_new(path: &Path, key: &SecretKey) -> bool {
        super::store_new(path, key, None).unwrap()
    }

    fn key(seed: u8) -> SecretKey {
        SecretKey::from_seed(&[seed; 32])
    }

    #[test]
    fn stores_loads_and_names_the_counterpart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys/gate.pem");
        assert!(store_new(&path, &key(1)));
        assert_eq!(load(&path).unwrap().public(), key(1).public());
        let public = public_path(&path);
        assert_eq!(public, folder.path().join("keys/gate.pub.pem"));
        assert!(store_new_public(&public, &key(1).public()).unwrap());
        assert!(!store_new_public(&public, &key(2).public()).unwrap());
        assert_eq!(load_public(&public).unwrap(), key(1).public());
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 2);
    }

    #[test]
    fn never_replaces_a_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gate.pem");
        assert!(store_new(&path, &key(1)));
        assert!(!store_new(&path, &key(2)));
        assert_eq!(load(&path).unwrap().public(), key(1).public());
    }

    #[test]
    fn of_racing_creators_one_wins_and_all_read_its_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gate.pem");
        let ids: Vec<_> = std::thread::scope(|scope| {
            let racers: Vec<_> = (0..16)
                .map(|seed| {
                    let path = &path;
                    scope.spawn(move || {
                        let won = store_new(path, &key(seed));
                        (won, load(path).unwrap().public().id())
                    })
                })
                .collect();
            racers.into_iter().map(|r| r.join().unwrap()).collect()
        });
        assert_eq!(ids.iter().filter(|(won, _)| *won).count(), 1);
        assert!(ids.iter().all(|(_, id)| *id == ids[0].1));
    }

    #[cfg(unix)]
    #[test]
    fn refuses_a_key_that_others_can_read() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gate.pem");
        store_new(&path, &key(1));
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        for mode in [0o640, 0o604, 0o610, 0o666] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let error = load(&path).unwrap_err().to_string();
            assert!(error.contains(&format!("mode {mode:04o}")), "{error}");
            assert!(
                error.contains(&format!("chmod 600 {}", path.display())),
                "{error}"
            );
        }
    }

    #[test]
    fn names_what_cannot_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gate.pem");
        assert!(load(&path).unwrap_err().to_string().contains("gate.pem"));
        assert!(load(folder.path()).is_err());
        store_new_public(&path, &key(1).public()).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
        let error = load(&path).unwrap_err().to_string();
        assert!(
            error.contains("gate.pem` is not an Ed25519 private key"),
            "{error}"
        );
        fs::write(&path, vec![b'x'; 20_000]).unwrap();
        assert!(matches!(load(&path), Err(KeyFileError::Size { .. })));
    }

    #[test]
    fn reads_references() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gate.pem");
        store_new(&path, &key(1));
        let found = load_reference(path.to_str().unwrap(), &nobody).unwrap();
        assert_eq!(*found.public(), key(1).public());
        let error = load_reference("env://ASSIZE_NO_SUCH_VARIABLE", &nobody).unwrap_err();
        assert_eq!(
            error.to_string(),
            "environment variable `ASSIZE_NO_SUCH_VARIABLE` is not set"
        );
        // Set by cargo for every test, and no key.
        let error = load_reference("env://CARGO_PKG_NAME", &nobody).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("`env://CARGO_PKG_NAME` is not")
        );
        assert!(matches!(
            load_reference("awskms://alias/gate", &nobody),
            Err(KeyFileError::Scheme { .. })
        ));
    }

    #[test]
    fn asks_for_the_passphrase_of_an_encrypted_key_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gate.pem");
        assert!(super::store_new(&path, &key(1), Some("correct")).unwrap());
        let error = load(&path).unwrap_err().to_string();
        assert!(error.ends_with("file that holds the passphrase"), "{error}");
        let asked = |given: &'static str| {
            super::load(&path, &move |origin: &str| {
                assert!(origin.ends_with("gate.pem"));
                Ok(Zeroizing::new(given.to_owned()))
            })
        };
        assert_eq!(asked("correct").unwrap().public(), key(1).public());
        let error = asked("wrong").unwrap_err().to_string();
        assert!(error.ends_with("gate.pem` cannot be decrypted: the passphrase is wrong"));
        let pem = fs::read_to_string(&path).unwrap();
        assert!(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
    }
}
