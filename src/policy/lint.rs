//! What is wrong with a policy set and would otherwise pass without a word.
//!
//! Works on tokens, so text in comments and strings never counts. Findings that need
//! the syntax tree (functions that do not exist, recursion) are the engine's.
//!
//! INVARIANT: findings are sorted by path, line and code, and are a function of the
//! set alone.

use std::collections::BTreeMap;
use std::fmt;

use super::lexer::{Lexed, Token};
use super::{Family, PolicyFile, PolicySet, Rule};

mod builtins;
mod code;
mod evidence;
mod governance;
mod heads;
mod imports;
mod metadata;
mod patterns;
mod remarks;
mod syntax;

pub use code::LintCode;
pub use remarks::remarks;

/// What a finding does to a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LintSeverity {
    /// The set is not evaluated.
    Error,
    /// Shown.
    Warning,
    /// Known, and acknowledged in the data: shown by `policy lint` only.
    Note,
}

impl fmt::Display for LintSeverity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        })
    }
}

/// One thing that is wrong, and how to put it right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LintFinding {
    /// The file, as the user would open it.
    pub path: String,
    /// 1-based line.
    pub line: usize,
    /// Which rule of `docs/policy-lint.md`.
    pub code: LintCode,
    /// Whether the set may be evaluated.
    pub severity: LintSeverity,
    /// What is wrong.
    pub message: String,
    /// How to put it right.
    pub hint: String,
}

impl fmt::Display for LintFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}: {}[{}]: {}; {}",
            self.path, self.line, self.severity, self.code, self.message, self.hint
        )
    }
}

/// Reads every module of `set` and returns what is wrong.
pub fn lint(set: &PolicySet) -> Vec<LintFinding> {
    let mut report = Report::default();
    if !set.rules().iter().any(Rule::has_verdict) {
        report.findings.push(LintFinding {
            path: set.shown.clone(),
            line: 1,
            code: LintCode::PoliciesEmpty,
            severity: LintCode::PoliciesEmpty.severity(),
            message: "no package has a verdict head such as `deny`".to_owned(),
            hint: "name a folder that holds policies".to_owned(),
        });
    }
    let modules: Vec<Module<'_>> = set.modules().map(Module::new).collect();
    heads::lint(&modules, &mut report);
    metadata::lint(set, &modules, &mut report);
    imports::lint(&modules, &mut report);
    governance::lint(set, &mut report);
    for module in &modules {
        syntax::lint(module, &mut report);
        let calls = module.calls();
        builtins::lint(module, &calls, &mut report);
        patterns::lint(module, &calls, &mut report);
        evidence::lint(module, set, &mut report);
    }
    for file in set.tests() {
        let module = Module::new(file);
        syntax::lint_test(&module, &mut report);
        heads::lint_test(&module, &mut report);
    }
    report.findings.sort();
    report.findings.dedup();
    report.findings
}

/// One file with its tokens.
struct Module<'a> {
    file: &'a PolicyFile,
    family: Family,
    lexed: Lexed<'a>,
}

impl<'a> Module<'a> {
    fn new(file: &'a PolicyFile) -> Self {
        Self {
            file,
            family: file.family(),
            lexed: file.lexed(),
        }
    }

    fn tokens(&self) -> &[Token<'a>] {
        &self.lexed.tokens
    }

    /// The tokens from `index` on.
    fn from(&self, index: usize) -> &[Token<'a>] {
        self.tokens().get(index..).unwrap_or_default()
    }

    /// Positions at which a reference begins.
    fn references(&self) -> impl Iterator<Item = (usize, &Token<'a>)> {
        let tokens = self.tokens();
        tokens.iter().enumerate().filter(|(index, token)| {
            let before = index.checked_sub(1).and_then(|i| tokens.get(i));
            token.kind == super::lexer::TokenKind::Ident && !before.is_some_and(|t| t.is("."))
        })
    }

    /// Calls of functions: position of the name, the name with dots, and its arguments.
    fn calls(&self) -> Vec<Call<'_, 'a>> {
        let mut calls = Vec::new();
        for (index, token) in self.references() {
            // Most names are variables: nothing to read behind them.
            let next = self.from(index + 1).first();
            if !next.is_some_and(|next| next.is(".") || next.is("[") || next.is("(")) {
                continue;
            }
            let (steps, used) = super::module::steps(self.from(index));
            let rest = self.from(index + used);
            if !rest.first().is_some_and(|token| token.is("(")) || token.is_keyword() {
                continue;
            }
            let name: Option<Vec<String>> = steps.into_iter().collect();
            let close = super::module::closing(rest);
            if let Some(name) = name {
                calls.push(Call {
                    name: name.join("."),
                    line: token.line,
                    arguments: arguments(rest.get(1..close).unwrap_or_default()),
                });
            }
        }
        calls
    }
}

/// One call.
struct Call<'m, 'a> {
    name: String,
    line: usize,
    arguments: Vec<&'m [Token<'a>]>,
}

impl Call<'_, '_> {
    /// The value of argument `index`, where it is a string literal.
    fn literal(&self, index: usize) -> Option<String> {
        match self.arguments.get(index) {
            Some([token]) => token.string(),
            _ => None,
        }
    }
}

/// Splits `tokens` at the commas outside brackets.
fn arguments<'m, 'a>(tokens: &'m [Token<'a>]) -> Vec<&'m [Token<'a>]> {
    let mut depth = 0_usize;
    let mut parts: Vec<_> = tokens
        .split(|token| {
            match token.text {
                "(" | "[" | "{" if token.string().is_none() => depth += 1,
                ")" | "]" | "}" if token.string().is_none() => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0 && token.is(",")
        })
        .collect();
    parts.retain(|part| !part.is_empty());
    parts
}

/// Findings as they are made.
#[derive(Default)]
struct Report {
    findings: Vec<LintFinding>,
}

impl Report {
    fn add(
        &mut self,
        code: LintCode,
        file: &PolicyFile,
        line: usize,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        let is_plain = file.family() == Family::Plain;
        self.findings.push(LintFinding {
            path: file.shown.clone(),
            line,
            code,
            severity: code.severity_in(is_plain),
            message: message.into(),
            hint: hint.into(),
        });
    }

    /// As [`Report::add`], for what conftest accepts.
    fn warn(
        &mut self,
        code: LintCode,
        file: &PolicyFile,
        line: usize,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.add(code, file, line, message, hint);
        if let Some(finding) = self.findings.last_mut() {
            finding.severity = LintSeverity::Warning;
        }
    }
}

/// Modules by package.
fn by_package<'m, 'a>(modules: &'m [Module<'a>]) -> BTreeMap<&'a [String], Vec<&'m Module<'a>>> {
    let mut packages: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for module in modules {
        let package = module.file.outline.package.as_slice();
        packages.entry(package).or_default().push(module);
    }
    packages
}

#[cfg(test)]
mod tests;
