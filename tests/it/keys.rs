//! `assize keys`, and the keys that sign.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use crate::repo::{Ran, Repo};

mod command;
mod encrypted;
#[cfg(feature = "pkcs11")]
mod pkcs11;
mod roles;
mod rotate;

/// Runs with variables in the environment.
fn with(repo: &Repo, variables: &[(&str, &str)], args: &[&str]) -> Ran {
    let mut command = repo.command(args);
    command.envs(variables.iter().copied());
    Ran::of(&command.output().unwrap())
}

/// Writes a file that only its owner can read.
fn secret(repo: &Repo, path: &str, text: &str) {
    repo.write(path, text);
    fs::set_permissions(repo.path(path), fs::Permissions::from_mode(0o600)).unwrap();
}

/// Runs openssl in the folder.
fn openssl(repo: &Repo, args: &[&str]) -> Ran {
    let mut command = Command::new("openssl");
    Ran::of(
        &command
            .args(args)
            .current_dir(repo.path(""))
            .output()
            .unwrap(),
    )
}

fn key_id(repo: &Repo, name: &str) -> String {
    let shown = repo.run(&["keys", "show", name]).exits(0).stdout;
    let line = shown.lines().find(|line| line.starts_with("key id"));
    line.unwrap().rsplit(' ').next().unwrap().to_owned()
}
