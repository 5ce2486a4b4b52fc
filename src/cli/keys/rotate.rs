//! `assize keys rotate`: the old key announces the new one, then the trust policy says so.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::{key_name, pair_path, store, trust};
use crate::cli::args::KeyRotate;
use crate::cli::config::Config;
use crate::cli::error::CliError;
use crate::cli::location::Location;
use crate::cli::{actor, evaluation, passphrase, settings, signer};
use crate::clock::{Clock as _, System};
use crate::governance::rotation::{Named, Rotation, announced};
use crate::ledger::{self, Appender, LedgerError};
use crate::record::act::{ActDraft, KEY_ROTATION, People};
use crate::signing::trust::edit::{self, NewKey};
use crate::signing::{KeyId, PublicKey, Role, SecretKey, Signer, TrustPolicy, keyfile};

/// How often the ledger may grow between our look at it and our record.
const TRIES: usize = 5;

/// What a rotation is about.
struct Plan<'a> {
    args: &'a KeyRotate,
    ledger: Location,
    old: KeyId,
    new: Signer,
    trust: TrustPolicy,
}

/// Runs `assize keys rotate`. Done again after it broke off, it goes on where it was.
///
/// # Errors
/// Keys that cannot be used or are not trusted, and files that cannot be written.
pub fn run(
    args: &KeyRotate,
    config: &Config,
    out: &mut impl Write,
    err: &mut impl Write,
) -> Result<(), CliError> {
    let (path, text) = trust::read(args.trust.as_ref(), config)?;
    let policy = TrustPolicy::parse(text.as_bytes(), &path)?;
    let location = settings::ledger(args.place.ledger.as_ref(), config)?;
    location.present()?;
    let new = new_key(args, config)?;
    let (ledger, old) = evaluation::open_ledger(&args.place, config, Some(&policy), err)?;
    let plan = Plan {
        args,
        ledger: location,
        old: old.key_id.parse()?,
        new,
        trust: policy,
    };
    if plan.old == plan.new.public().id() {
        return Err(argument("NAME", "is the key that signs already"));
    }
    let (index, from_index) = match plan.found()? {
        Some(found) => found,
        // ORDER: announced before it is trusted. Broken off in between, the old key still
        // signs, and the next run finds its announcement, or makes one anew.
        None => plan.announce(ledger.as_ref())?,
    };
    let public = plan.write_trust(&path, &text, from_index)?;
    plan.tell((index, from_index), &path, &public, out)
        .map_err(CliError::Output)
}

/// Returns the new key: the one that is named, the pair of that name, or one just made.
fn new_key(args: &KeyRotate, config: &Config) -> Result<Signer, CliError> {
    let name = key_name(&args.name)?;
    if let Some(reference) = &args.new_key {
        return signer::named(reference, config);
    }
    let path = pair_path(config, &name);
    if !path.exists() {
        let passphrase = args
            .encrypt
            .then(|| passphrase::choose(&path.display().to_string()))
            .transpose()?;
        let key = SecretKey::generate()?;
        let passphrase = passphrase.as_deref().map(String::as_str);
        if store(&path, &key, passphrase)? {
            return Ok(key.into());
        }
    }
    Ok(keyfile::load(&path, &passphrase::ask)?.into())
}

impl Plan<'_> {
    /// The announcement that is there from a run that broke off: its index and the new
    /// key's first.
    fn found(&self) -> Result<Option<(u64, u64)>, CliError> {
        let reader = self.ledger.present()?;
        let new = self.new.public().id();
        let Some((index, digest)) = announced(&reader, &self.old, &new)? else {
            return Ok(None);
        };
        let Some(document) = reader.blob(&digest)? else {
            return Ok(None);
        };
        let rotation = Rotation::parse(&document)?;
        let is_ours = rotation.from.key_id == self.old.to_string()
            && rotation.to.name == self.args.name
            && rotation.from_index == index + 1;
        Ok(is_ours.then_some((index, rotation.from_index)))
    }

    /// Names of the entries that end where the new key begins, and what they let it sign.
    fn entries(&self, from_index: u64) -> (Vec<&str>, Vec<Role>) {
        let mut names = Vec::new();
        let mut roles = Vec::new();
        for role in [Role::Record, Role::Checkpoint] {
            for key in self.trust.keys(role) {
                let indexes = key.indexes();
                let ends_later = indexes.start < from_index && from_index <= indexes.end;
                if key.key().id() == self.old && ends_later {
                    names.push(key.name());
                    roles.push(role);
                }
            }
        }
        names.sort_unstable();
        names.dedup();
        roles.dedup();
        (names, roles)
    }

    /// Appends the announcement; returns its index and the new key's first.
    fn announce(&self, ledger: &dyn Appender) -> Result<(u64, u64), CliError> {
        let mut tries = 0;
        loop {
            tries += 1;
            let reader = self.ledger.present()?;
            let index = reader.checkpoint().size;
            // TRUST: what a key signs that may not would have to be refused by every reader.
            self.trust.key(&self.old, Role::Record, Some(index))?;
            let draft = self.draft(reader.checkpoint().origin.as_str(), index + 1)?;
            let recorded_at = System.now();
            let entry = ledger::Draft::new(|position| {
                if position.index != index {
                    return Err(format!("the ledger has grown beyond index {index}").into());
                }
                Ok(draft.payload(position, recorded_at)?)
            });
            match ledger.append(&[entry.with_blob(draft.document.as_slice())]) {
                Ok(_) => return Ok((index, index + 1)),
                Err(LedgerError::Draft { .. }) if tries < TRIES => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn draft(&self, origin: &str, from_index: u64) -> Result<ActDraft, CliError> {
        let key = self
            .trust
            .key(&self.old, Role::Record, Some(from_index - 1))?;
        let (names, roles) = self.entries(from_index);
        let old = names.first().copied().unwrap_or_default();
        let new = self.new.public();
        let rotation = Rotation::new(
            origin,
            (Named::new(old, key), Named::new(&self.args.name, new)),
            new,
            roles.iter().map(ToString::to_string).collect(),
            from_index,
            self.args.reason.clone(),
        )?;
        Ok(ActDraft {
            kind: KEY_ROTATION.to_owned(),
            name: new.id().to_string(),
            outcome: "announced".to_owned(),
            people: People {
                requested_by: None,
                approved_by: self.args.approved_by.clone(),
                attended: None,
            },
            actor: actor::from_environment(),
            document: rotation.document(&self.new)?,
            materials: std::collections::BTreeMap::default(),
        })
    }

    /// Ends the old key's entries and adds the new key's; returns where its PEM is.
    fn write_trust(&self, path: &Path, text: &str, from_index: u64) -> Result<PathBuf, CliError> {
        let relative = PathBuf::from("trust").join(format!("{}.pub.pem", self.args.name));
        let public = trust::beside(path, &relative);
        write_public(&public, self.new.public())?;
        let (names, roles) = self.entries(from_index);
        let mut changed = edit::close(text, path, &names, from_index)?;
        let new = self.new.public().id();
        let is_there = self
            .trust
            .keys(Role::Record)
            .any(|key| key.key().id() == new && key.name() == self.args.name);
        if !is_there {
            let entry = NewKey {
                name: &self.args.name,
                public_key: &relative,
                roles: &roles,
                from_index,
            };
            changed = edit::add(&changed, path, &entry)?;
        }
        if changed != text {
            trust::write(path, changed.as_bytes())?;
        }
        Ok(public)
    }

    fn tell(
        &self,
        (index, from_index): (u64, u64),
        trust: &Path,
        public: &Path,
        out: &mut impl Write,
    ) -> std::io::Result<()> {
        let name = &self.args.name;
        let reference = self.args.new_key.clone();
        let reference = reference.unwrap_or_else(|| format!(".assize/keys/{name}.pem"));
        writeln!(out, "old key    {} until index {from_index}", self.old)?;
        writeln!(
            out,
            "new key    {} from index {from_index}  {name}",
            self.new.public().id()
        )?;
        writeln!(out, "announced  by record {index}, signed by the old key")?;
        writeln!(out, "trust      {}", trust.display())?;
        writeln!(
            out,
            "\nNext: sign with the new key (`--key {reference}`, or `key` in assize.toml); a record \
             that the old key signs\nfrom index {from_index} on is refused by `assize verify`. Give \
             {} and {} to those who verify,\nby a way that they trust: record {index} tells them who \
             named the key, not whether to trust it.",
            trust.display(),
            public.display(),
        )
    }
}

fn write_public(path: &Path, key: &PublicKey) -> Result<(), CliError> {
    if keyfile::store_new_public(path, key)? || keyfile::load_public(path)? == *key {
        return Ok(());
    }
    let path = path.to_owned();
    Err(CliError::KeyExists { path })
}

fn argument(name: &str, reason: &str) -> CliError {
    CliError::Argument {
        argument: name.to_owned(),
        reason: reason.to_owned(),
    }
}
