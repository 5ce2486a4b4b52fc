//! Arguments, hints, exit codes, and all printing.
//!
//! One file per command. A command writes to the writers it is given and returns an
//! [`Exit`]; only [`main`] touches the process.

use std::io::{self, BufWriter, Write};

use clap::Parser;

use crate::report::visible;

#[cfg(feature = "engine")]
mod actor;
mod anchors;
mod args;
#[cfg(feature = "engine")]
mod baseline;
#[cfg(feature = "engine")]
mod collect;
mod config;
#[cfg(feature = "engine")]
mod conftest;
#[cfg(feature = "engine")]
mod declare;
mod error;
#[cfg(feature = "engine")]
mod evaluation;
#[cfg(feature = "engine")]
mod evidence;
mod exit;
mod files;
#[cfg(feature = "engine")]
mod gate;
mod init;
mod keys;
mod location;
mod log;
mod passphrase;
#[cfg(feature = "engine")]
mod policy;
#[cfg(feature = "engine")]
mod readiness;
#[cfg(feature = "engine")]
mod receipt;
#[cfg(feature = "engine")]
mod review;
#[cfg(feature = "engine")]
mod seal;
mod settings;
mod signer;
mod terminal;
#[cfg(feature = "engine")]
mod triggers;
mod verify;

use args::{Cli, Command};
use config::Config;
use error::CliError;
pub use exit::Exit;

/// Runs the command line of this process.
pub fn main() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // clap's own code for a usage error is ours too; help and version are no error.
            let _ = error.print();
            return if error.use_stderr() {
                Exit::Broken
            } else {
                Exit::Yes
            };
        }
    };
    #[cfg(feature = "engine")]
    if matches!(cli.command, Command::EngineWorker) {
        // Before anything else: the worker limits itself first.
        return match crate::engine::worker::serve(io::stdin(), io::stdout()) {
            Ok(()) => Exit::Yes,
            Err(error) => {
                let _ = writeln!(io::stderr(), "{error}");
                Exit::Broken
            }
        };
    }
    let mut out = BufWriter::new(io::stdout().lock());
    let ended =
        run(&cli, &mut out).and_then(|exit| out.flush().map(|()| exit).map_err(CliError::Output));
    match ended {
        Ok(exit) => exit,
        Err(error) if error.is_broken_pipe() => Exit::Broken,
        Err(error) => {
            complain(&error);
            Exit::Broken
        }
    }
}

fn run(cli: &Cli, out: &mut impl Write) -> Result<Exit, CliError> {
    let config = Config::load(cli.config.as_deref())?;
    match &cli.command {
        Command::Init(args) => init::init(&args.folder, out)
            .map(|()| Exit::Yes)
            .map_err(Into::into),
        #[cfg(feature = "engine")]
        Command::Seal(args) => seal::run(args, &config, out).map(|()| Exit::Yes),
        #[cfg(feature = "engine")]
        Command::Evidence(args) => evidence::run(args, &config, out),
        #[cfg(feature = "engine")]
        Command::Collect(args) => collect::run(args, cli, &config, out),
        #[cfg(feature = "engine")]
        Command::Declare(args) => declare::run(args, &config, out).map(|()| Exit::Yes),
        #[cfg(feature = "engine")]
        Command::Gate(args) => gate::run(args, cli, &config, out, &mut io::stderr()),
        #[cfg(feature = "engine")]
        Command::Triggers(args) => triggers::run(args, cli, &config, out, &mut io::stderr()),
        #[cfg(feature = "engine")]
        Command::Readiness(args) => readiness::run(args, cli, &config, out, &mut io::stderr()),
        #[cfg(feature = "engine")]
        Command::Review(args) => review::run(args, &config, out, &mut io::stderr()),
        #[cfg(feature = "engine")]
        Command::Baseline(args) => baseline::run(args, &config, out, &mut io::stderr()),
        #[cfg(feature = "engine")]
        Command::Policy(args) => policy::run(args, cli, &config, out),
        Command::Log(args) => log::run(args, cli, &config, out, &mut io::stderr()),
        Command::Verify(args) => verify::run(args, cli, &config, out),
        Command::Keys(args) => keys::run(args, &config, out).map(|()| Exit::Yes),
        #[cfg(feature = "engine")]
        Command::EngineWorker => Ok(Exit::Broken),
    }
}

/// Writes the error, what caused it, and what to do next.
fn complain(error: &CliError) {
    let mut text = format!("error: {error}\n");
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        let said = source.to_string();
        // Transparent wrappers would say the same twice.
        if !text.contains(&said) {
            text = format!("{text}  caused by: {said}\n");
        }
        cause = source.source();
    }
    if let Some(hint) = error.hint() {
        text = format!("{text}hint: {hint}\n");
    }
    // Messages quote what files and policies say.
    let lines = text.lines().map(|line| visible(line) + "\n");
    let _ = io::stderr().write_all(lines.collect::<String>().as_bytes());
}
