//! `assize collect --plan`: what runs need of evidence, what of it is there, and what
//! collects it. Nothing is asked and nothing written.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::assess::{self, Input, Needed, Needs, Selection};
use crate::cli::args::CollectSources;
use crate::cli::config::Config;
use crate::cli::error::CliError;
use crate::cli::evaluation::{self, Flags};
use crate::cli::exit::Exit;
use crate::cli::policy;
use crate::cli::settings;
use crate::clock::System;
use crate::collect::Plan;
use crate::contract::By;
use crate::evidence::id_of_path;
use crate::json::{self, Value, json};
use crate::policy::Family;
use crate::report;

/// What a run needs, and where the parts of it come from.
struct Run {
    /// As `--for` takes it.
    name: String,
    /// The evidence folder.
    folder: PathBuf,
    needs: Needs,
    /// Names of sources, by the ids of the items that they give to the folder.
    sources: BTreeMap<String, String>,
    /// The same for what a source gives only if it finds it.
    perhaps: BTreeMap<String, String>,
}

/// Runs `assize collect --plan`; [`Exit::Unknown`] where a required item is not usable.
///
/// # Errors
/// Policies, contracts and bundles that cannot be loaded, and a name that is none of a run.
pub fn run(
    args: &CollectSources,
    plan: &Plan,
    config: &Config,
    out: &mut impl Write,
) -> Result<Exit, CliError> {
    let runs = runs(args, plan, config)?;
    let idle = if args.plan_for.is_empty() {
        idle(plan, &runs)
    } else {
        Vec::new()
    };
    match args.output.as_str() {
        "text" => text(&runs, &idle, out).map_err(CliError::Output)?,
        "json" => {
            let document = json!({
                "schema": "assize/collect-plan/v1",
                "runs": runs.iter().map(Run::value).collect::<Vec<_>>(),
                "idle_sources": idle,
            });
            writeln!(out, "{}", json::pretty(&document)).map_err(CliError::Output)?;
        }
        other => {
            return Err(CliError::Argument {
                argument: format!("--output `{other}`"),
                reason: "expected text or json".into(),
            });
        }
    }
    let is_whole = runs.iter().all(Run::is_whole);
    Ok(if is_whole { Exit::Yes } else { Exit::Unknown })
}

fn runs(args: &CollectSources, plan: &Plan, config: &Config) -> Result<Vec<Run>, CliError> {
    let trust = settings::trust(None, config)?;
    let flags = Flags {
        sources: &args.policies,
        evidence: args.evidence.as_ref(),
        as_of: args.as_of.as_deref(),
        trust: None,
        contract: None,
    };
    let mut runs = Vec::new();
    for (name, selection) in selections(args, config)? {
        let request = evaluation::request(selection, &flags, config, trust.as_ref())?;
        let folder = match &request.input {
            Input::Folder(folder) => folder.clone(),
            Input::Files(_) => PathBuf::new(),
        };
        let needs = assess::needs(&request, &System)?;
        let sources = sources(plan, &folder, &needs);
        let perhaps = perhaps(plan, &folder, &needs);
        runs.push(Run {
            name,
            folder,
            needs,
            sources,
            perhaps,
        });
    }
    Ok(runs)
}

/// Returns the runs that were asked for; all that have rules where none was.
fn selections(
    args: &CollectSources,
    config: &Config,
) -> Result<Vec<(String, Selection)>, CliError> {
    let policies = policy::load(&args.policies, config)?;
    let gates = policies.gates().into_iter();
    let mut all: Vec<_> = gates
        .map(|name| (name.to_owned(), Selection::Gate(name.to_owned())))
        .collect();
    for (name, family) in [
        ("triggers", Family::Trigger),
        ("readiness", Family::Readiness),
    ] {
        if !policies.select_family(&family).is_empty() {
            all.push((name.to_owned(), Selection::Family(family)));
        }
    }
    let names: Vec<_> = all.iter().map(|(name, _)| name.clone()).collect();
    if names.is_empty() {
        return Err(CliError::Argument {
            argument: "--plan".into(),
            reason: "the policies have rules for no gate, for no triggers and no readiness".into(),
        });
    }
    if let Some(name) = args.plan_for.iter().find(|name| !names.contains(name)) {
        return Err(CliError::Argument {
            argument: format!("--for `{name}`"),
            reason: format!("the policies have rules for {}", names.join(", ")),
        });
    }
    if !args.plan_for.is_empty() {
        all.retain(|(name, _)| args.plan_for.contains(name));
    }
    Ok(all)
}

/// Returns the sources that give items to `folder`, by the ids of these.
fn sources(plan: &Plan, folder: &Path, needs: &Needs) -> BTreeMap<String, String> {
    // A file that is there may have been given another id.
    let known: BTreeMap<&str, &str> = needs
        .items
        .iter()
        .filter_map(|item| Some((item.path.as_deref()?, item.requirement.evidence.as_str())))
        .collect();
    let files = plan.files();
    let here = files.filter(|file| is_same(file.folder, folder));
    here.map(|file| {
        let known = known.get(file.path.as_str()).map(|id| (*id).to_owned());
        let id = known.unwrap_or_else(|| id_of_path(&file.path));
        (id, file.source.to_owned())
    })
    .collect()
}

/// Returns the sources that may give what is needed, since it lies in a folder of theirs.
fn perhaps(plan: &Plan, folder: &Path, needs: &Needs) -> BTreeMap<String, String> {
    let mut perhaps = BTreeMap::new();
    for whole in plan.folders().filter(|whole| is_same(whole.folder, folder)) {
        let below = format!("{}/", whole.path);
        let prefix = below.replace('/', ".");
        for item in &needs.items {
            let id = &item.requirement.evidence;
            let is_below = match &item.path {
                Some(path) => path.starts_with(&below),
                None => id.starts_with(&prefix),
            };
            if is_below {
                perhaps.insert(id.clone(), whole.source.to_owned());
            }
        }
    }
    perhaps
}

fn is_same(one: &Path, other: &Path) -> bool {
    match (std::path::absolute(one), std::path::absolute(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

/// Sources that give nothing that any of `runs` needs.
fn idle<'p>(plan: &'p Plan, runs: &[Run]) -> Vec<&'p str> {
    let of_run = |run: &Run| {
        let items = run.needs.items.iter();
        let found = items.filter_map(|item| run.source(item));
        found.map(|(name, _)| name.to_owned()).collect::<Vec<_>>()
    };
    let busy: BTreeSet<_> = runs.iter().flat_map(of_run).collect();
    plan.names().filter(|name| !busy.contains(*name)).collect()
}

impl Run {
    fn count(&self, counts: fn(&Needed) -> bool) -> usize {
        let items = self.needs.items.iter();
        items
            .filter(|item| item.is_required() && counts(item))
            .count()
    }

    fn is_whole(&self) -> bool {
        let items = &self.needs.items;
        // One that may be missing has to do where it is there.
        items.iter().all(|item| item.unmet.is_empty()) && self.needs.disagreements.is_empty()
    }

    /// The source that gives an item, and whether it does so in any case.
    fn source(&self, item: &Needed) -> Option<(&str, bool)> {
        let id = &item.requirement.evidence;
        let named = self.sources.get(id).map(|name| (name.as_str(), true));
        named.or_else(|| Some((self.perhaps.get(id)?.as_str(), false)))
    }

    fn value(&self) -> Value {
        let item = |item: &Needed| {
            let by = item.by.iter().map(|by| match by {
                By::Rule(id) => json!({"rule": id}),
                By::Contract => json!("contract"),
            });
            json!({
                "requires": policy::requirement_value(&item.requirement),
                "by": by.collect::<Vec<_>>(),
                "state": state(item),
                "unmet": item.unmet,
                "path": item.path,
                "sha256": item.seen.sha256,
                "method": item.method,
                "source": self.source(item).map(|(name, _)| name),
                "source_is_sure": self.source(item).map(|(_, is_sure)| is_sure),
                "redacted": item.seen.redactions.count,
            })
        };
        json!({
            "name": self.name,
            "evidence": self.folder,
            "contract": self.needs.contract,
            "required": self.count(|_| true),
            "usable": self.count(Needed::is_usable),
            "items": self.needs.items.iter().map(item).collect::<Vec<_>>(),
            "disagreements": self.needs.disagreements,
        })
    }

    fn text(&self, out: &mut impl Write) -> io::Result<()> {
        let (usable, required) = (self.count(Needed::is_usable), self.count(|_| true));
        let folder = self.folder.display();
        let name = &self.name;
        writeln!(
            out,
            "{name}  {usable} of {required} required items usable in {folder}"
        )?;
        for item in &self.needs.items {
            let asked = policy::requirement_text(&item.requirement);
            writeln!(out, "  {:<8}  {asked}", state(item))?;
            for reason in &item.unmet {
                writeln!(out, "            {reason}")?;
            }
            let redactions = &item.seen.redactions;
            let pointers = redactions.pointers.iter().map(String::as_str);
            if let Some(redacted) = report::redacted(redactions.count, pointers) {
                writeln!(out, "            {redacted}")?;
            }
            let by: Vec<_> = item.by.iter().map(ToString::to_string).collect();
            writeln!(out, "            for {}", by.join(", "))?;
            match (self.source(item), item.method) {
                (Some((source, true)), _) => {
                    writeln!(out, "            from [collect.{source}]")?;
                }
                (Some((source, false)), _) => writeln!(
                    out,
                    "            from [collect.{source}], if it finds such a file"
                )?,
                (None, Some(method)) => writeln!(
                    out,
                    "            no source in the settings; it came by {}",
                    method.name()
                )?,
                (None, None) => writeln!(out, "            no source in the settings")?,
            }
        }
        for disagreement in &self.needs.disagreements {
            writeln!(out, "  {disagreement}")?;
        }
        writeln!(out)
    }
}

fn state(item: &Needed) -> &'static str {
    match (&item.path, item.unmet.is_empty()) {
        (Some(_), true) => "usable",
        (Some(_), false) => "unusable",
        (None, false) => "missing",
        (None, true) => "absent",
    }
}

fn text(runs: &[Run], idle: &[&str], out: &mut impl Write) -> io::Result<()> {
    for run in runs {
        run.text(out)?;
    }
    if !idle.is_empty() {
        writeln!(out, "nothing needs what these give: {}", idle.join(", "))?;
    }
    Ok(())
}
