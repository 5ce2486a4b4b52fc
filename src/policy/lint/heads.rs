//! Rule heads: syntax, form, spelling and family.

use std::collections::BTreeMap;

use super::super::lexer::TokenKind;
use super::super::module::{HeadForm, RuleHead};
use super::super::spelling::distance;
use super::super::{Family, HeadKind};
use super::{LintCode, Module, Report};

pub(super) fn lint(modules: &[Module<'_>], report: &mut Report) {
    let uses = uses(modules);
    for module in modules {
        for rule in &module.file.outline.rules {
            let is_used = uses.get(rule.first_name()).is_some_and(|uses| *uses > 0);
            lint_form(module, rule, report);
            lint_family(module, rule, report);
            if !is_used {
                lint_spelling(module, rule, report);
            }
        }
    }
}

/// Tests are not evaluated, so a rule called `load_test.rego` would pass without a word.
pub(super) fn lint_test(module: &Module<'_>, report: &mut Report) {
    for rule in &module.file.outline.rules {
        let name = rule.first_name();
        // Tests call helpers `deny_at(…)`, and no function is ever a verdict.
        let is_verdict = rule.form != HeadForm::Function && module.family.head_kind(name).is_some();
        if is_verdict {
            report.add(
                LintCode::HeadInTest,
                module.file,
                rule.line,
                format!("`{name}` is not evaluated: files named `*_test.rego` hold tests"),
                "rename the file, and the package with it, or the rule",
            );
        }
    }
}

/// How often each name occurs in the set, other than as the head of a rule.
fn uses<'a>(modules: &'a [Module<'_>]) -> BTreeMap<&'a str, usize> {
    let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
    for module in modules {
        for token in module.tokens() {
            if token.kind == TokenKind::Ident {
                *uses.entry(token.text).or_default() += 1;
            }
        }
        for rule in &module.file.outline.rules {
            if let Some(count) = uses.get_mut(rule.first_name()) {
                *count = count.saturating_sub(1);
            }
        }
    }
    uses
}

fn lint_form(module: &Module<'_>, rule: &RuleHead, report: &mut Report) {
    let name = rule.first_name();
    let Some(kind) = module.family.head_kind(name) else {
        return;
    };
    let is_ref = rule.name.len() > 1;
    let what = match rule.form {
        _ if rule.is_v0 => return,
        HeadForm::Set if !is_ref => return,
        HeadForm::Set | HeadForm::Object => "is an object",
        HeadForm::Value => "is one value",
        HeadForm::Boolean => "is `true` or undefined",
        HeadForm::Function => "is a function",
        HeadForm::Default => "has a default",
    };
    let message = format!("verdict head `{name}` {what}, not a set");
    let hint = format!("write `{name} contains \"…\" if {{ … }}`");
    // conftest reads a list or set that a complete rule gives.
    let is_conftest = module.family == Family::Plain && rule.form == HeadForm::Value;
    if is_conftest && kind != HeadKind::Exception {
        report.warn(LintCode::HeadNotASet, module.file, rule.line, message, hint);
    } else {
        report.add(LintCode::HeadNotASet, module.file, rule.line, message, hint);
    }
}

fn lint_family(module: &Module<'_>, rule: &RuleHead, report: &mut Report) {
    let name = rule.first_name();
    let is_verdict = matches!(rule.form, HeadForm::Set) && HeadKind::of(name).is_some();
    if !is_verdict || module.family.head_kind(name).is_some() || module.family == Family::Plain {
        return;
    }
    let counted = names(&module.family);
    let hint = if counted.is_empty() {
        "move the rule to a family, or rename it".to_owned()
    } else {
        format!("the heads that count there are `{}`", counted.join("`, `"))
    };
    report.add(
        LintCode::HeadWrongFamily,
        module.file,
        rule.line,
        format!("`{name}` does not count in the family `{}`", module.family),
        hint,
    );
}

fn lint_spelling(module: &Module<'_>, rule: &RuleHead, report: &mut Report) {
    let name = rule.first_name();
    if HeadKind::of(name).is_some() || rule.form == HeadForm::Function {
        return;
    }
    // A set that nobody reads is meant to be a verdict; a value may be read from outside.
    let distance_max = match rule.form {
        HeadForm::Set => 2,
        _ => 1,
    };
    let before_suffix = name.split_once('_').map(|(head, _)| head);
    let kinds = module.family.head_kinds().iter();
    let meant = kinds.copied().find(|kind| {
        // `held`, `bold` and `told` are words.
        let is_word = *kind == HeadKind::Hold && rule.form != HeadForm::Set;
        let near = |word: &str| distance(word, kind.name()) <= distance_max;
        !is_word && (near(name) || kind.takes_suffix() && before_suffix.is_some_and(near))
    });
    if let Some(kind) = meant {
        report.add(
            LintCode::HeadMisspelt,
            module.file,
            rule.line,
            format!("rule `{name}` is read nowhere and is not a verdict head"),
            format!(
                "write `{}`, or remove the rule if it is not used",
                kind.name()
            ),
        );
    }
}

fn names(family: &Family) -> Vec<&'static str> {
    family.head_kinds().iter().map(|kind| kind.name()).collect()
}
