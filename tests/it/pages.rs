//! The rules on the pages of `docs/evidence`: each loads, passes the lint, can be evaluated
//! over every sample of its kind, comes to a verdict over one, and to none over nothing.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::thread;

use assize::signing::SecretKey;

use crate::repo::{Ran, Repo, copy};

mod table;

use table::{ELSEWHERE, FITTED, PAGES, Page};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// What is judged, where a rule wants to know.
const SUBJECT: &str =
    "registry@sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd";
const TRUST: &str =
    "[[key]]\nname = 'builder'\npublic_key = 'builder.pub.pem'\nroles = ['evidence']\n";

/// The Rego of a page.
fn blocks(kind: &str) -> Vec<String> {
    let page = fs::read_to_string(format!("{ROOT}/docs/evidence/{kind}.md")).unwrap();
    let parts = page.split("```rego\n").skip(1);
    let blocks = parts.map(|part| part.split_once("```").unwrap().0);
    blocks.map(str::to_owned).collect()
}

/// The samples of a kind that are no errors.
fn samples(kind: &str) -> Vec<String> {
    let folder = format!("{ROOT}/tests/vectors/evidence/{kind}");
    let names = fs::read_dir(folder).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names
        .filter(|name| name.starts_with("ok-") && !name.ends_with(".facts.json"))
        .map(|name| format!("{kind}/{name}"))
        .collect();
    names.sort();
    names
}

/// The rule of a page as a whole policy: its gate, where it lies, and its text.
fn policy(page: &Page) -> (String, String, String) {
    let mut rule = blocks(page.kind)[page.nth].clone();
    // The pages of the two systems have what differs from the rule over tickets.
    if matches!(page.kind, "jira-issues" | "servicenow-changes") {
        let tickets = blocks("change-tickets")[0].clone();
        let (denials, _) = tickets.split_once("known if {").unwrap();
        rule.insert_str(0, denials);
    }
    for (from, to) in page.edits {
        assert!(rule.contains(from), "{}: {from}", page.kind);
        rule = rule.replace(from, to);
    }
    let package = rule.lines().find_map(|line| line.strip_prefix("package "));
    let package = package.unwrap_or("gates.deploy.page").to_owned();
    if !rule.contains("# title:") {
        let mut requires = String::new();
        for (id, _) in page.items {
            writeln!(requires, "#     - {{evidence: {id}, optional: true}}").unwrap();
        }
        rule = format!(
            "# METADATA\n# scope: package\n# title: The rule of the page\n# custom:\n\
             #   id: page.rule\n#   severity: high\n#   requires:\n{requires}package {package}\n\n{}",
            rule.replace(&format!("package {package}\n"), ""),
        );
    }
    let gate = package.split('.').nth(1).unwrap().to_owned();
    (
        gate,
        format!("policies/{}.rego", package.replace('.', "/")),
        rule,
    )
}

/// A repository with what the rule of a page uses.
fn repo(page: &Page) -> Repo {
    let repo = Repo::empty();
    for folder in ["policies/lib", "policies/baselines"] {
        copy(&Path::new(ROOT).join(folder), &repo.path(folder));
    }
    for name in fs::read_dir(repo.path("policies/lib")).unwrap() {
        let path = name.unwrap().path();
        if path.to_str().unwrap().ends_with("_test.rego") {
            fs::remove_file(path).unwrap();
        }
    }
    if page.kind == "in-toto" {
        // Who signed the samples.
        let key = SecretKey::from_seed(&[21; 32]).public();
        repo.write("builder.pub.pem", &key.to_pem().unwrap());
        repo.write("trust.toml", TRUST);
    }
    repo
}

/// Writes a sample as the item `id`.
fn give(repo: &Repo, id: &str, sample: &str) {
    let fitted = FITTED.iter().find(|(name, ..)| *name == sample);
    let source = fitted.map_or(sample, |(_, source, ..)| source);
    let source = Path::new(ROOT).join("tests/vectors/evidence").join(source);
    let extension = source.extension().unwrap().to_str().unwrap();
    let target = format!("evidence/{}.{extension}", id.replace('.', "/"));
    fs::create_dir_all(repo.path(&target).parent().unwrap()).unwrap();
    fs::copy(&source, repo.path(&target)).unwrap();
    if let Some((.., from, to)) = fitted {
        repo.edit(&target, from, to);
    }
}

/// Seals what was given, collected at the instant of the page, and asks the gate.
fn sealed(page: &Page, repo: &Repo, gate: &str) -> Ran {
    fs::create_dir_all(repo.path("evidence")).unwrap();
    repo.run(&["seal", "evidence", "--subject", SUBJECT])
        .exits(0);
    let manifest = repo.read("evidence/bundle.json");
    let collected = format!(r#""collected_at":"{}""#, page.as_of);
    let manifest = manifest.replace(r#""collected_at":null"#, &collected);
    repo.write("evidence/bundle.json", &manifest);
    repo.run(&["gate", gate, "--as-of", page.as_of])
}

/// Evaluates the rule of a page over `items`.
fn judge(page: &Page, items: &[(&str, &str)]) -> Ran {
    let (gate, path, text) = policy(page);
    let repo = repo(page);
    repo.write(&path, &text);
    for (id, sample) in items {
        give(&repo, id, sample);
    }
    sealed(page, &repo, &gate)
}

/// Evaluates the rule of a page over every sample of its kind at once, by a copy of it for
/// each, which reads that sample as the first of its items.
fn judge_all(page: &Page) -> Ran {
    let (gate, path, text) = policy(page);
    let repo = repo(page);
    let ((id, _), others) = page.items.split_first().unwrap();
    let package = path
        .trim_start_matches("policies/")
        .trim_end_matches(".rego");
    let package = package.replace('/', ".");
    for (n, sample) in samples(page.kind).iter().enumerate() {
        let own = format!("sample-{n}");
        give(&repo, &own, sample);
        let (quoted, named) = (format!(r#""{own}""#), format!("{{evidence: {id},"));
        let copy = text
            .replace(
                &format!("input.evidence.{id}"),
                &format!("input.evidence[{quoted}]"),
            )
            .replace(&format!(r#""{id}""#), &quoted)
            .replace(&named, &format!("{{evidence: {own},"))
            .replace(
                &format!("package {package}\n"),
                &format!("package {package}_{n}\n"),
            );
        let own_id = |line: &str| match line.strip_prefix("#   id: ") {
            Some(id) => format!("#   id: {id}-{n}"),
            None => line.to_owned(),
        };
        let copy: Vec<_> = copy.lines().map(own_id).collect();
        assert!(copy.join("\n").contains(&quoted), "{}", page.kind);
        let path = path.replace(".rego", &format!("_{n}.rego"));
        repo.write(&path, &copy.join("\n"));
    }
    for (id, sample) in others {
        give(&repo, id, sample);
    }
    sealed(page, &repo, &gate)
}

/// Runs `test` over all pages, and panics with what it finds.
fn over_pages(test: fn(&Page) -> Vec<String>) {
    let many = thread::available_parallelism().map_or(1, usize::from);
    let size = PAGES.len().div_ceil(many);
    let faults: Vec<String> = thread::scope(|scope| {
        let run =
            |pages: &'static [Page]| scope.spawn(move || pages.iter().flat_map(test).collect());
        let threads: Vec<_> = PAGES.chunks(size).map(run).collect();
        let found = threads.into_iter().map(|thread| thread.join().unwrap());
        found.flat_map(|faults: Vec<String>| faults).collect()
    });
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn fault(page: &Page, what: &str, ran: &Ran) -> String {
    let Ran {
        code,
        stdout,
        stderr,
    } = ran;
    format!(
        "{} ({}), {what}: {code}\n{stdout}{stderr}",
        page.kind, page.nth
    )
}

#[test]
fn every_rule_of_a_page_is_tested() {
    for entry in fs::read_dir(format!("{ROOT}/docs/evidence")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let kind = path.file_stem().unwrap().to_str().unwrap();
        if ELSEWHERE.contains(&kind) {
            continue;
        }
        let tested = PAGES.iter().filter(|page| page.kind == kind);
        let tested: Vec<_> = tested.map(|page| page.nth).collect();
        let expected: Vec<_> = (0..blocks(kind).len()).collect();
        assert_eq!(tested, expected, "{kind}");
    }
}

#[test]
fn every_rule_passes_the_lint() {
    over_pages(|page| {
        let (_, path, text) = policy(page);
        let repo = repo(page);
        repo.write(&path, &text);
        let ran = repo.run(&["policy", "lint"]);
        let is_fine = ran.code == 0;
        (!is_fine)
            .then(|| fault(page, "lint", &ran))
            .into_iter()
            .collect()
    });
}

#[test]
fn every_rule_is_evaluated_over_every_sample_of_its_kind() {
    over_pages(|page| {
        let ran = judge_all(page);
        let is_evaluated = matches!(ran.code, 0 | 1 | 3);
        (!is_evaluated)
            .then(|| fault(page, "all samples", &ran))
            .into_iter()
            .collect()
    });
}

#[test]
fn every_rule_comes_to_a_verdict_over_a_sample() {
    over_pages(|page| {
        let ran = judge(page, page.items);
        let is_expected = ran.code == page.exits && matches!(ran.code, 0 | 1);
        (!is_expected)
            .then(|| fault(page, "sample", &ran))
            .into_iter()
            .collect()
    });
}

#[test]
fn no_rule_passes_over_what_is_missing() {
    over_pages(|page| {
        let mut faults = Vec::new();
        let nothing = judge(page, &[]);
        if nothing.code != 3 {
            faults.push(fault(page, "nothing", &nothing));
        }
        for missing in page.items {
            let items = page.items.iter().filter(|item| *item != missing);
            let items: Vec<_> = items.copied().collect();
            let ran = judge(page, &items);
            if !matches!(ran.code, 1 | 3) {
                faults.push(fault(page, missing.0, &ran));
            }
        }
        faults
    });
}
