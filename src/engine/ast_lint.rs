//! What in a policy would pass silently, or not mean what it says to OPA.
//!
//! Reads the engine's own syntax tree, so that text in comments and strings is never
//! taken for code, and sees what evaluation would not reach. Reading text before it
//! is parsed is the business of `policy`.
//!
//! | code | level | what |
//! |---|---|---|
//! | `unknown-function` | refuse | called, but defined nowhere |
//! | `unsupported-function` | refuse | OPA has it, the engine has not |
//! | `non-deterministic-function` | refuse | its value changes between runs |
//! | `arity` | refuse | wrong number of arguments |
//! | `output-argument` | refuse | `f(x, y)` for `y := f(x)` of an extension |
//! | `walk-assignment` | refuse | `[p, v] := walk(x)` yields nothing |
//! | `sprintf-verb` | refuse | formats to nothing, or not as in OPA |
//! | `regex-refused` | refuse | the engine does not compile it |
//! | `regex-unicode` | warn | `\d`, `\w`, `\s`, `\b` match more than in OPA |
//! | `integer-range` | refuse | rounded: does not fit 64 bits |
//! | `recursion` | refuse | OPA refuses it |
//! | `own-package-import` | refuse | undefined, silently |
//! | `whole-package` | warn | evaluates every rule of a package; all its errors count |
//! | `with-function` | refuse | `with` replaces a function outside of tests |
//! | `with-extension` | refuse | `with` cannot replace an extension |
//! | `unsafe-variable` | refuse | nothing gives it a value |
//! | `declared-name-taken` | refuse | `some x` where `x` is a rule: finds nothing, silently |
//! | `bound-in-head` | refuse | `some x` whose values come from the head: none, silently |
//! | `data-shadows-rule` | refuse | base data would replace the rule |

use regorus::unstable::{Module, Ref, Span};

use crate::engine::wire::{Finding, Level};

mod bodies;
mod calls;
mod declarations;
mod elses;
mod formats;
mod heads;
pub(super) mod names;
mod numbers;
mod recursion;
mod references;
mod shadows;
mod some;
mod together;
mod variables;
pub(super) mod visit;

pub(super) use heads::{heads, overlaps};
pub(super) use names::Names;
pub(super) use together::{Together, together};

/// Returns what is wrong with `modules`, in order of path and line, each thing once.
pub(super) fn lint(modules: &[Ref<Module>], names: &Names) -> Vec<Finding> {
    let mut findings = Vec::new();
    for module in modules {
        let scope = names::Scope::of(module);
        calls::lint(module, &scope, names, &mut findings);
        numbers::lint(module, &mut findings);
        references::lint(module, &scope, names, &mut findings);
        some::lint(module, &scope, names, &mut findings);
        variables::lint(module, &scope, names, &mut findings);
    }
    recursion::lint(modules, names, &mut findings);
    findings.sort();
    findings.dedup();
    findings
}

/// Returns the text of each of `sources`, whose syntax trees are `modules`, in words that
/// mean the same and that the engine takes. One difference at a time: nothing for a text
/// that has none of them, or no longer.
pub(super) fn rewritten<'s>(
    modules: &[Ref<Module>],
    names: &Names,
    sources: impl IntoIterator<Item = &'s str>,
) -> Vec<Option<String>> {
    let texts = modules.iter().zip(sources).map(|(module, source)| {
        declarations::removed(module, names, source)
            .or_else(|| shadows::renamed(module, names, source))
            .or_else(|| elses::valued(module, source))
    });
    texts.collect()
}

fn finding(
    level: Level,
    code: &str,
    span: &Span,
    message: impl Into<String>,
    hint: impl Into<String>,
) -> Finding {
    Finding {
        path: span.source.get_path().clone(),
        line: span.line,
        code: code.to_owned(),
        level,
        message: message.into(),
        hint: hint.into(),
    }
}

#[cfg(test)]
mod tests;
