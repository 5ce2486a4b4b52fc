//! What a file reads of `input` and `data`, with its imports resolved.
//!
//! Works on tokens. A local variable that has the name of an import is taken for the
//! import, as the engine takes it too.

use super::PolicyFile;
use super::lexer::{Token, TokenKind};
use super::module::steps;

/// A reference into a document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Read {
    /// Its steps, the document first; `None` where one is not a constant.
    pub(super) path: Vec<Option<String>>,
    /// 1-based line.
    pub(super) line: usize,
    /// Whether it only gives a name to what may be read.
    pub(super) is_import: bool,
}

impl Read {
    /// The steps up to the first that is not a constant.
    pub(super) fn constant(&self) -> Vec<&str> {
        let steps = self.path.iter();
        steps.map_while(|step| step.as_deref()).collect()
    }

    /// Whether it reads `path`, or something in it.
    pub(super) fn is_in(&self, path: &[&str]) -> bool {
        self.constant().starts_with(path)
    }
}

/// Returns every reference of `file` in the order of the text; what an import names is
/// one too.
pub(super) fn of(file: &PolicyFile, tokens: &[Token<'_>]) -> Vec<Read> {
    let imports = &file.outline.imports;
    let mut reads: Vec<Read> = imports
        .iter()
        .map(|import| Read {
            path: import.path.iter().cloned().map(Some).collect(),
            line: import.line,
            is_import: true,
        })
        .collect();
    for (index, token) in tokens.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|before| tokens.get(before));
        let begins = token.kind == TokenKind::Ident && !before.is_some_and(|before| before.is("."));
        let is_import = imports.iter().any(|import| import.line == token.line);
        if !begins || is_import {
            continue;
        }
        let imported = imports.iter().find(|import| import.alias == token.text);
        let mut path: Vec<Option<String>> = match imported {
            _ if token.is("input") || token.is("data") => vec![Some(token.text.to_owned())],
            Some(import) => import.path.iter().cloned().map(Some).collect(),
            None => continue,
        };
        let (follow, _) = steps(tokens.get(index..).unwrap_or_default());
        path.extend(follow.into_iter().skip(1));
        reads.push(Read {
            path,
            line: token.line,
            is_import: false,
        });
    }
    reads
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_resolved_and_text_is_not_code() {
        let text = "package p\nimport data.lib.time as clock\nimport input.evidence.ci\n\
                    # data.comment\nx := clock.now(data.limits[\"a.b\"].c, input.evidence[y].facts)\n\
                    z := ci.facts.n + o.data.n + \"data.string\"\n";
        let files = vec![("p.rego".to_owned(), text.as_bytes().to_vec())];
        let set = crate::policy::PolicySet::from_parts(files, b"{}").unwrap();
        let file = set.files().first().unwrap();
        let reads: Vec<_> = of(file, &file.lexed().tokens)
            .into_iter()
            .map(|read| {
                let steps = read.path.iter();
                let steps: Vec<_> = steps.map(|s| s.as_deref().unwrap_or("?")).collect();
                (steps.join("/"), read.line)
            })
            .collect();
        let expected = [
            ("data/lib/time", 2),
            ("input/evidence/ci", 3),
            ("data/lib/time/now", 5),
            ("data/limits/a.b/c", 5),
            ("input/evidence/?/facts", 5),
            ("input/evidence/ci/facts/n", 6),
        ];
        let expected: Vec<_> = expected
            .iter()
            .map(|(p, l)| ((*p).to_owned(), *l))
            .collect();
        assert_eq!(reads, expected);
    }
}
