//! The module graph and the homes of third-party crates, as tables.
//!
//! Textual on purpose: it reads what a reviewer reads. The feature wall
//! (`--no-default-features`) is the second, stronger check.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Module → modules it may name.
const GRAPH: &[(&str, &[&str])] = &[
    ("digest", &[]),
    ("clock", &[]),
    ("json", &["digest"]),
    ("tree", &["digest"]),
    ("xml", &[]),
    ("formats", &["json", "xml"]),
    ("waiver", &["json", "clock"]),
    ("process", &["digest"]),
    ("signing", &["digest", "json", "clock", "process"]),
    (
        "evidence",
        &[
            "digest", "formats", "json", "tree", "clock", "signing", "waiver", "xml",
        ],
    ),
    ("http", &["clock", "signing", "tree"]),
    (
        "collect",
        &[
            "clock", "digest", "evidence", "http", "json", "signing", "tree", "clock", "digest",
            "evidence", "json", "process", "signing", "tree",
        ],
    ),
    ("policy", &["digest", "json", "tree", "clock"]),
    ("contract", &["json", "policy", "tree"]),
    ("decision", &["digest", "clock", "waiver"]),
    (
        "engine",
        &[
            "evidence", "formats", "policy", "decision", "json", "clock", "digest",
        ],
    ),
    ("record", &["digest", "json", "clock", "decision"]),
    ("ledger", &["digest", "json", "clock", "signing", "record"]),
    ("anchor", &["clock", "digest", "http", "ledger", "signing"]),
    ("remote", &["digest", "ledger", "record", "signing"]),
    (
        "verify",
        &[
            "anchor", "digest", "json", "clock", "signing", "record", "ledger",
        ],
    ),
    (
        "interop",
        &["digest", "json", "ledger", "record", "signing"],
    ),
    (
        "triggers",
        &["clock", "json", "ledger", "record", "signing"],
    ),
    (
        "governance",
        &[
            "clock", "digest", "json", "ledger", "record", "signing", "triggers", "waiver",
        ],
    ),
    (
        "assess",
        &[
            "clock", "contract", "decision", "digest", "engine", "evidence", "formats", "json",
            "ledger", "policy", "record", "signing", "tree", "triggers", "waiver",
        ],
    ),
    (
        "report",
        &[
            "clock", "decision", "digest", "json", "record", "triggers", "verify",
        ],
    ),
    (
        "cli",
        &[
            "anchor",
            "assess",
            "clock",
            "collect",
            "contract",
            "decision",
            "digest",
            "engine",
            "evidence",
            "formats",
            "governance",
            "interop",
            "json",
            "ledger",
            "policy",
            "record",
            "remote",
            "report",
            "signing",
            "tree",
            "triggers",
            "verify",
            "waiver",
        ],
    ),
    ("main", &["cli"]),
    ("lib", &[]),
];

/// Third-party crate → the modules that may name it. `serde` and `thiserror` are everywhere.
const HOMES: &[(&str, &[&str])] = &[
    ("sha2", &["digest"]),
    ("chrono", &["clock"]),
    ("serde_json", &["json"]),
    ("serde_json_canonicalizer", &["json"]),
    ("serde_path_to_error", &["json"]),
    ("serde_saphyr", &["json"]),
    ("walkdir", &["tree"]),
    ("ed25519_dalek", &["signing"]),
    ("base64", &["formats", "signing"]),
    ("der", &["anchor"]),
    ("ring", &["anchor"]),
    ("rustls_pki_types", &["anchor"]),
    ("webpki", &["anchor"]),
    ("cryptoki", &["signing"]),
    ("async_trait", &["remote"]),
    ("futures_util", &["remote"]),
    ("http_body_util", &["remote"]),
    ("object_store", &["remote"]),
    ("tokio", &["remote"]),
    ("getrandom", &["remote", "signing"]),
    ("zeroize", &["signing"]),
    ("globset", &["collect"]),
    ("quick_xml", &["xml"]),
    ("regorus", &["engine"]),
    ("rsjsonnet_lang", &["formats"]),
    ("rustix", &["cli", "engine", "process"]),
    ("rustls", &["http", "remote"]),
    ("ureq", &["http", "remote"]),
    ("pkcs8", &["signing"]),
    ("unicode_normalization", &["formats"]),
    ("clap", &["cli"]),
];

#[test]
fn modules_name_only_what_the_table_allows() {
    let graph: BTreeMap<_, BTreeSet<_>> = GRAPH
        .iter()
        .map(|(module, may)| (*module, may.iter().copied().collect()))
        .collect();
    let mut wrong = Vec::new();
    for (path, module, text) in sources() {
        let Some(allowed) = graph.get(module.as_str()) else {
            wrong.push(format!(
                "{}: module `{module}` is not in the table",
                path.display()
            ));
            continue;
        };
        for (line, other) in named(&text) {
            if other != module
                && graph.contains_key(other.as_str())
                && !allowed.contains(other.as_str())
            {
                wrong.push(format!(
                    "{}:{line}: `{module}` may not name `{other}`",
                    path.display()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_has_no_back_edges() {
    // Kahn's algorithm: what cannot be removed lies on a cycle.
    let mut graph: BTreeMap<_, BTreeSet<_>> = GRAPH
        .iter()
        .map(|(module, may)| (*module, may.iter().copied().collect::<BTreeSet<_>>()))
        .collect();
    while let Some(leaf) = graph
        .iter()
        .find(|(_, may)| may.is_empty())
        .map(|(module, _)| *module)
    {
        graph.remove(leaf);
        for may in graph.values_mut() {
            may.remove(leaf);
        }
    }
    assert!(graph.is_empty(), "cycle among {:?}", graph.keys());
}

#[test]
fn third_party_crates_stay_at_home() {
    let mut wrong = Vec::new();
    for (path, module, text) in sources() {
        // A module of ours may have a crate's name, as `signing::base64` has.
        let ours = |name: &str| {
            text.lines()
                .any(|line| line.trim().starts_with("use crate::") && line.contains(name))
        };
        let foreign: Vec<_> = HOMES.iter().filter(|(name, _)| !ours(name)).collect();
        for (number, line) in code_lines(&text) {
            for (name, homes) in &foreign {
                let named = is_named(line, name);
                if named
                    && !homes.contains(&module.as_str())
                    && !line.contains(&format!("json::{name}"))
                {
                    wrong.push(format!(
                        "{}:{number}: `{name}` lives in {homes:?}",
                        path.display()
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn everything_has_one_row() {
    let graph = GRAPH.iter().map(|(name, _)| *name);
    let homes = HOMES.iter().map(|(name, _)| *name);
    for names in [graph.collect::<Vec<_>>(), homes.collect()] {
        let mut seen = BTreeSet::new();
        let twice: Vec<_> = names
            .into_iter()
            .filter(|name| !seen.insert(*name))
            .collect();
        assert!(twice.is_empty(), "two rows: {twice:?}");
    }
}

#[test]
fn no_test_file_is_forgotten() {
    let main = fs::read_to_string(root().join("tests/it/main.rs")).unwrap();
    for entry in fs::read_dir(root().join("tests/it")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if let Some(module) = name.strip_suffix(".rs").filter(|module| *module != "main") {
            assert!(
                main.contains(&format!("mod {module};")),
                "{name} is not in main.rs"
            );
        }
    }
}

#[test]
fn files_stay_small() {
    let mut sizes: Vec<_> = sources()
        .into_iter()
        .map(|(path, _, text)| {
            let code = text
                .find("#[cfg(test)]\nmod tests")
                .map_or(text.as_str(), |at| &text[..at]);
            (code.lines().count(), path)
        })
        .collect();
    sizes.sort();
    let median = sizes[sizes.len() / 2].0;
    assert!(median < 200, "median file has {median} lines");
    let (largest, path) = sizes.last().unwrap();
    assert!(*largest <= 500, "{} has {largest} lines", path.display());
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every source file with the top-level module it belongs to.
fn sources() -> Vec<(PathBuf, String, String)> {
    let src = root().join("src");
    let mut files = Vec::new();
    collect(&src, &mut files);
    assert!(files.len() > 10, "found {} source files", files.len());
    files
        .into_iter()
        // Tests may look at what comes after their module.
        .filter(|path| {
            let parts = path.iter().filter_map(|part| part.to_str());
            !parts
                .map(|part| part.trim_end_matches(".rs"))
                .any(|part| part == "tests" || part.ends_with("_tests"))
        })
        .map(|path| {
            let relative = path.strip_prefix(&src).unwrap().to_str().unwrap();
            let module = relative.split(['/', '.']).next().unwrap().to_owned();
            let text = fs::read_to_string(&path).unwrap();
            (PathBuf::from("src").join(relative), module, text)
        })
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Lines of code before the tests, without comments.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(number, line)| (number + 1, line))
        .take_while(|(_, line)| *line != "#[cfg(test)]")
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// Whether `line` names the crate `name`, and not a longer name that ends with it.
fn is_named(line: &str, name: &str) -> bool {
    let path = format!("{name}::");
    line.contains(&format!("use {name};"))
        || line.match_indices(&path).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
        })
}

/// Every `crate::module` that `text` names, with its line.
fn named(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in code_lines(text) {
        for prefix in ["crate::", "assize::"] {
            for (at, _) in line.match_indices(prefix) {
                let rest = &line[at + prefix.len()..];
                let names: Vec<&str> = match rest.strip_prefix('{') {
                    Some(group) => group.split(',').map(str::trim).collect(),
                    None => vec![rest],
                };
                for name in names {
                    let module: String = name
                        .chars()
                        .take_while(|c| c.is_alphanumeric() || *c == '_')
                        .collect();
                    found.push((number, module));
                }
            }
        }
    }
    found
}
