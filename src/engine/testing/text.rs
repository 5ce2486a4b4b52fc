//! The text behind parts of the syntax tree, and modules made of it.

use std::ops::Range;

use regorus::unstable::{LiteralStmt, Module as Ast, Ref, Span};

use crate::engine::wire::Module;

/// Returns where the text of `span` lies in its module.
///
/// The engine's spans leave out the quotes of a string at either end.
pub(super) fn range(span: &Span) -> Range<usize> {
    let text = span.source.get_contents();
    let is_quote = |at: usize| matches!(text.as_bytes().get(at), Some(b'"' | b'`'));
    let mut start = usize::try_from(span.start).unwrap_or_default();
    let mut end = usize::try_from(span.end).unwrap_or_default();
    if start.checked_sub(1).is_some_and(is_quote) {
        start -= 1;
    }
    if is_quote(end) {
        end += 1;
    }
    // Nor is the bracket behind an empty set theirs.
    if text.get(start..end) == Some("set")
        && let Some(rest) = text.get(end..).filter(|rest| rest.starts_with('('))
    {
        end += rest.find(')').map_or(0, |at| at + 1);
    }
    start..end
}

/// Returns the text that `ast` was made of: of `module`, or of what the engine takes in
/// its place.
pub(super) fn source<'a>(module: &'a Module, ast: Option<&'a Ref<Ast>>) -> &'a str {
    ast.map_or(&module.source, |ast| ast.package.span.source.get_contents())
}

/// Returns the text of `span`.
pub(super) fn of(span: &Span) -> &str {
    let text = span.source.get_contents();
    text.get(range(span)).unwrap_or_default()
}

/// Returns the `with …` of a statement, or nothing.
pub(super) fn with(statement: &LiteralStmt) -> &str {
    let Some(first) = statement.with_mods.first() else {
        return "";
    };
    let all = range(&statement.span);
    let start = range(&first.span).start;
    let text = statement.span.source.get_contents();
    text.get(start..all.end).unwrap_or_default()
}

/// Returns `package` and `import` lines like those of `module`.
pub(super) fn header(module: &Ast) -> String {
    let mut text = format!("package {}\n", of(module.package.refr.span()));
    for import in &module.imports {
        text.push_str("import ");
        text.push_str(of(import.refr.span()));
        if let Some(name) = &import.r#as {
            text.push_str(" as ");
            text.push_str(name.text());
        }
        text.push('\n');
    }
    text
}

/// Applies insertions, each at a byte of `source`, none inside another's text.
pub(super) fn edited(source: &str, mut edits: Vec<(Range<usize>, String)>) -> String {
    // Stable: what is inserted at one place stays in the order in which it was found.
    edits.sort_by_key(|(range, _)| (range.start, range.end));
    let mut text = String::with_capacity(source.len());
    let mut at = 0;
    for (range, new) in edits {
        text.push_str(source.get(at..range.start).unwrap_or_default());
        text.push_str(&new);
        at = range.end;
    }
    text.push_str(source.get(at..).unwrap_or_default());
    text
}
