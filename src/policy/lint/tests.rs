use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::policy::{LoadOptions, PolicySet};

const DOCUMENTATION: &str = include_str!("../../../docs/policy-lint.md");

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/lint")
}

/// Writes the files of one vector; returns the findings that it expects.
fn unpack(vector: &str, root: &Path) -> BTreeSet<(String, usize, String)> {
    let (mut expected, mut path, mut line, mut text) =
        (BTreeSet::new(), None::<PathBuf>, 0, String::new());
    for row in vector.lines().chain(["#--- "]) {
        if let Some(next) = row.strip_prefix("#--- ") {
            if let Some(path) = path.replace(root.join(next)) {
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(&path, &text).unwrap();
            }
            (line, text) = (0, String::new());
            continue;
        }
        line += 1;
        text += row;
        text += "\n";
        if let Some((_, code)) = row.split_once("#--> ") {
            let path = path.as_ref().unwrap().to_string_lossy().into_owned();
            expected.insert((path, line, code.to_owned()));
        }
    }
    expected
}

fn findings(vector: &Path) -> (Vec<LintFinding>, BTreeSet<(String, usize, String)>) {
    let root = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(vector).unwrap();
    let mut expected = unpack(&text, root.path());
    if vector.ends_with("policies-empty/bad.rego") {
        let shown = root.path().to_string_lossy().into_owned();
        expected.insert((shown, 1, "policies-empty".to_owned()));
    }
    let set = PolicySet::load(&LoadOptions {
        roots: vec![root.path().to_owned()],
        ..LoadOptions::default()
    });
    let set = set.unwrap();
    let is_remark =
        |code: &LintCode| code.is_remark() && vector.parent().unwrap().ends_with(code.name());
    let found = if LintCode::ALL.iter().any(is_remark) {
        remarks(&set)
    } else {
        lint(&set)
    };
    (found, expected)
}

fn places(findings: &[LintFinding]) -> BTreeSet<(String, usize, String)> {
    findings
        .iter()
        .map(|f| (f.path.clone(), f.line, f.code.to_string()))
        .collect()
}

#[test]
fn every_code_finds_what_it_should_and_nothing_else() {
    for code in LintCode::ALL {
        let folder = vectors().join(code.name());
        let (found, expected) = findings(&folder.join("bad.rego"));
        assert_eq!(places(&found), expected, "{code}: {found:#?}");
        let is_found = expected.iter().any(|(_, _, name)| name == code.name());
        assert!(is_found, "{code}: its vector does not expect it");
        let (found, _) = findings(&folder.join("ok.rego"));
        assert_eq!(found, [], "{code}");
    }
}

#[test]
fn remarks_never_refuse_and_a_gate_does_not_hear_them() {
    for code in LintCode::ALL.iter().filter(|code| code.is_remark()) {
        assert_eq!(code.severity_in(false), LintSeverity::Warning, "{code}");
        assert_eq!(code.severity_in(true), LintSeverity::Warning, "{code}");
    }
}

#[test]
fn every_vector_belongs_to_a_code() {
    for entry in fs::read_dir(vectors()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let is_code = LintCode::ALL.iter().any(|code| code.name() == name);
        assert!(is_code || name == "README.md", "{name}");
    }
}

#[test]
fn codes_and_documentation_agree() {
    let headings: Vec<_> = DOCUMENTATION
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .collect();
    let names: Vec<_> = LintCode::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(headings, names);
    for code in LintCode::ALL {
        let (_, section) = DOCUMENTATION.split_once(&format!("\n## {code}\n")).unwrap();
        let section = section.split("\n## ").next().unwrap();
        assert!(section.contains(code.description()), "{code}: description");
        let severity = match (code.severity_in(false), code.severity_in(true)) {
            (strict, plain) if strict == plain => format!("*{strict}*"),
            (strict, plain) => format!("*{strict}, {plain} in plain policies*"),
        };
        assert!(section.contains(&severity), "{code}: expected {severity}");
    }
    let unique: BTreeSet<_> = names.iter().collect();
    assert_eq!(unique.len(), names.len());
}

#[test]
fn conftests_own_forms_are_warnings_in_plain_policies_only() {
    let (found, _) = findings(&vectors().join("head-not-a-set/bad.rego"));
    let severity = |path: &str, line: usize| {
        let mut findings = found.iter();
        let finding = findings.find(|f| f.path.ends_with(path) && f.line == line);
        finding.unwrap().severity
    };
    assert_eq!(severity("policy/p.rego", 3), LintSeverity::Warning);
    assert_eq!(severity("policy/p.rego", 5), LintSeverity::Error);
    assert_eq!(severity("gates/deploy/x.rego", 10), LintSeverity::Error);
}

#[test]
fn a_finding_reads_as_a_compiler_would_print_it() {
    let (found, _) = findings(&vectors().join("gate-unnamed/bad.rego"));
    let text = found[0].to_string();
    assert!(
        text.ends_with("gates.rego:1: error[gate-unnamed]: package `gates` belongs to no gate; name the gate and the rule, as `package gates.deploy.approval`"),
        "{text}"
    );
}

#[test]
fn what_is_acknowledged_stays_a_note() {
    let folder = tempfile::tempdir().unwrap();
    let vector = fs::read_to_string(vectors().join("target-unwatched/bad.rego")).unwrap();
    for (reason, severity) in [
        ("both as written", LintSeverity::Note),
        (" ", LintSeverity::Warning),
    ] {
        let text = vector.replace(
            "trigger: 0.885}",
            &format!("trigger: 0.885, acknowledged: \"{reason}\"}}"),
        );
        assert_ne!(text, vector);
        unpack(&text, folder.path());
        let set = PolicySet::load(&LoadOptions {
            roots: vec![folder.path().to_owned()],
            ..LoadOptions::default()
        });
        let found = lint(&set.unwrap());
        assert_eq!(found.len(), 2, "{found:#?}");
        let hits = found.iter().find(|f| f.message.contains("`hits`")).unwrap();
        assert_eq!(hits.severity, severity);
        assert_eq!(
            hits.hint.contains("acknowledged: both"),
            severity == LintSeverity::Note
        );
        // The other contradiction is not acknowledged by it.
        assert!(found.iter().any(|f| f.severity == LintSeverity::Warning));
    }
}
