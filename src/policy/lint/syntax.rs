//! Syntax that the engine reads otherwise than OPA, or not at all.

use super::super::lexer::{Token, TokenKind};
use super::super::module::steps;
use super::{LintCode, Module, Report};

pub(super) fn lint(module: &Module<'_>, report: &mut Report) {
    lint_test(module, report);
    lint_with(module, report);
}

/// What keeps a file from being read, in tests too.
pub(super) fn lint_test(module: &Module<'_>, report: &mut Report) {
    for rule in module.file.outline.rules.iter().filter(|rule| rule.is_v0) {
        report.add(
            LintCode::RegoV0,
            module.file,
            rule.line,
            format!("rule `{}` has a body without `if`", rule.first_name()),
            "write `deny contains msg if { … }`; `opa fmt --write --v0-v1` converts a file",
        );
    }
    lint_names(module, report);
    for (index, token) in module.tokens().iter().enumerate() {
        if token.kind == TokenKind::Template {
            report.add(
                LintCode::TemplateString,
                module.file,
                token.line,
                "the engine has no template strings",
                "use `sprintf`",
            );
        }
        let before = index.checked_sub(1).and_then(|i| module.tokens().get(i));
        if !fits(token, before.is_some_and(|t| t.is("-"))) {
            report.add(
                LintCode::IntegerTooLarge,
                module.file,
                token.line,
                format!("integer `{}` would be rounded", token.text),
                "write it as a string",
            );
        }
    }
}

fn fits(token: &Token<'_>, is_negative: bool) -> bool {
    if token.kind != TokenKind::Number || token.text.contains(['.', 'e', 'E']) {
        return true;
    }
    match token.text.parse::<u64>() {
        Ok(magnitude) => !is_negative || magnitude <= i64::MIN.unsigned_abs(),
        Err(_) => false,
    }
}

fn lint_names(module: &Module<'_>, report: &mut Report) {
    let mut found = Vec::new();
    for (index, token) in module.references() {
        let follows = module.from(index + 1).first();
        if token.is_keyword() && follows.is_some_and(|next| next.joined && next.is(".")) {
            found.push((token.line, token.text.to_owned()));
        }
    }
    let outline = &module.file.outline;
    let heads = outline.rules.iter().map(|rule| (rule.line, &rule.name));
    let package = std::iter::once((outline.package_line, &outline.package));
    for (line, path) in heads.chain(package) {
        let is_keyword = |name: &&String| super::super::lexer::KEYWORDS.contains(&name.as_str());
        found.extend(
            path.iter()
                .find(is_keyword)
                .map(|name| (line, name.clone())),
        );
    }
    for (line, name) in found {
        report.add(
            LintCode::KeywordInReference,
            module.file,
            line,
            format!("keyword `{name}` is used as a name"),
            "choose another name",
        );
    }
}

fn lint_with(module: &Module<'_>, report: &mut Report) {
    let outline = &module.file.outline;
    for (index, token) in module.references().filter(|(_, token)| token.is("with")) {
        let (path, _) = steps(module.from(index + 1));
        let Some(Some(root)) = path.first() else {
            continue;
        };
        let is_own = outline.rules.iter().any(|rule| rule.first_name() == root)
            || outline.imports.iter().any(|import| import.alias == *root);
        if !is_own && !matches!(root.as_str(), "input" | "data") {
            let name: Vec<_> = path.iter().flatten().map(String::as_str).collect();
            report.add(
                LintCode::WithBuiltin,
                module.file,
                token.line,
                format!("`with` replaces the built-in function `{}`", name.join(".")),
                "pass what varies as an argument",
            );
        }
    }
}
