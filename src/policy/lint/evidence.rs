//! `input.evidence` and what `requires` says of it.

use super::super::lexer::Token;
use super::super::module::steps;
use super::super::{Family, PolicySet, Rule};
use super::{LintCode, Module, Report};

pub(super) fn lint(module: &Module<'_>, set: &PolicySet, report: &mut Report) {
    let package = module.file.package();
    let rule = set.rules().iter().find(|rule| rule.package == package);
    // `lib` is called with what its callers declared; conftest has no evidence.
    let Some(rule) = rule.filter(|rule| rule.family != Family::Plain) else {
        return;
    };
    for import in &module.file.outline.imports {
        let path: Vec<&str> = import.path.iter().map(String::as_str).collect();
        match path.as_slice() {
            ["input", "evidence"] => dynamic(module, import.line, report),
            ["input", "evidence", id, ..] => declared(module, rule, id, import.line, report),
            _ => {}
        }
    }
    let is_import = |line| module.file.outline.imports.iter().any(|i| i.line == line);
    for (index, token) in module.references() {
        if token.is("input") && !is_import(token.line) {
            match read(module.from(index)) {
                Read::Item(id) => declared(module, rule, &id, token.line, report),
                Read::Dynamic => dynamic(module, token.line, report),
                Read::Nothing => {}
            }
        }
        if token.is("not") && negates_evidence(module.from(index + 1)) {
            report.add(
                LintCode::EvidenceNegated,
                module.file,
                token.line,
                "`not` over a fact is true as well when the fact is missing",
                "compare it with a value (`== false`), or read it with `object.get` and name the default",
            );
        }
    }
}

/// What a reference that begins with `input` reads of the evidence.
#[derive(PartialEq)]
enum Read {
    Nothing,
    Item(String),
    /// All of it, or an item whose id is not a constant.
    Dynamic,
}

fn read(tokens: &[Token<'_>]) -> Read {
    let (path, _) = steps(tokens);
    let mut path = path.into_iter().skip(1);
    match path.next() {
        Some(Some(name)) if name == "evidence" => {
            path.next().flatten().map_or(Read::Dynamic, Read::Item)
        }
        Some(None) => Read::Dynamic,
        _ => Read::Nothing,
    }
}

fn declared(module: &Module<'_>, rule: &Rule, id: &str, line: usize, report: &mut Report) {
    if rule.requires.iter().any(|required| required.evidence == id) {
        return;
    }
    let mut hint = format!("add `{{evidence: {id}}}` to `custom.requires`");
    let mut near = rule.requires.iter().map(|required| &required.evidence);
    let begins = format!("{id}.");
    if let Some(whole) = near.find(|evidence| evidence.starts_with(&begins)) {
        hint = format!("an id with a dot is read as `input.evidence[\"{whole}\"]`");
    }
    report.add(
        LintCode::EvidenceUndeclared,
        module.file,
        line,
        format!("evidence `{id}` is read but not required"),
        hint,
    );
}

fn dynamic(module: &Module<'_>, line: usize, report: &mut Report) {
    report.add(
        LintCode::EvidenceDynamic,
        module.file,
        line,
        "which evidence is read is decided while the rule runs",
        "name the item, as `input.evidence[\"slo.latency\"]`, and require it",
    );
}

/// Whether the expression behind `not` reads `input.evidence`. It ends with its line,
/// with `;`, or with the bracket around it.
fn negates_evidence(tokens: &[Token<'_>]) -> bool {
    let mut depth = 0_usize;
    let mut line = tokens.first().map_or(0, |token| token.line);
    for (index, token) in tokens.iter().enumerate() {
        if depth == 0 && (token.line > line || token.is(";")) {
            return false;
        }
        line = token.line;
        if token.is("(") || token.is("[") || token.is("{") {
            depth += 1;
        } else if token.is(")") || token.is("]") || token.is("}") {
            let Some(outer) = depth.checked_sub(1) else {
                return false;
            };
            depth = outer;
        } else if token.is("input")
            && read(tokens.get(index..).unwrap_or_default()) != Read::Nothing
        {
            return true;
        }
    }
    false
}
