//! `# METADATA` comment blocks, as OPA has them.
//!
//! A block is a comment whose text begins with `METADATA` and the comments on the
//! lines directly below it, in the same column; their text is YAML. The engine
//! ignores comments, so this is the only reader.
//! Format: <https://www.openpolicyagent.org/docs/policy-language#metadata>.

use super::lexer::Comment;
use super::module::Outline;
use crate::json::{self, Limits, Value};

/// What a block describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// The package, over all its files.
    Package,
    /// The package and those below it.
    Subpackages,
    /// The rule below the block.
    Rule,
    /// Every rule of the name below the block.
    Document,
}

/// One well-formed block.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Annotation {
    pub(super) scope: Scope,
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    pub(super) related_resources: Vec<RelatedResource>,
    /// `null` where the block has none.
    pub(super) custom: Value,
    /// Keys of the block that OPA does not know.
    pub(super) unknown: Vec<String>,
    /// 1-based line of `# METADATA`.
    pub(super) line: usize,
    /// The rule below, as a position in the outline.
    pub(super) rule: Option<usize>,
}

/// A document that explains a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RelatedResource {
    /// Its address.
    pub reference: String,
    /// What it says.
    pub description: Option<String>,
}

/// A block that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) line: usize,
    pub(super) message: String,
}

/// Keys of a block that OPA defines.
pub(super) const KEYS: [&str; 10] = [
    "scope",
    "title",
    "description",
    "related_resources",
    "custom",
    "authors",
    "organizations",
    "schemas",
    "entrypoint",
    "compile",
];

/// Reads every block of a file.
pub(super) fn read(comments: &[Comment<'_>], outline: &Outline) -> (Vec<Annotation>, Vec<Problem>) {
    let (mut annotations, mut problems) = (Vec::new(), Vec::new());
    for (line, end, text) in blocks(comments) {
        let read = json::yaml::parse(text.as_bytes(), Limits::AUTHORED)
            .map_err(|error| error.to_string())
            .and_then(|value| annotation(value, line, end, outline));
        match read {
            Ok(annotation) => annotations.push(annotation),
            Err(message) => problems.push(placed(line, &message)),
        }
    }
    (annotations, problems)
}

/// The first line, last line and YAML of each block.
fn blocks(comments: &[Comment<'_>]) -> Vec<(usize, usize, String)> {
    let mut found = Vec::new();
    let mut rest = comments;
    while let Some((first, below)) = rest.split_first() {
        rest = below;
        if !first.text.trim().starts_with("METADATA") {
            continue;
        }
        let mut text = String::new();
        let mut end = first.line;
        while let Some((next, below)) = rest.split_first()
            && next.line == end + 1
            && next.column == first.column
        {
            // One space behind `#` is style, not indentation.
            text.push_str(next.text.strip_prefix(' ').unwrap_or(next.text));
            text.push('\n');
            end = next.line;
            rest = below;
        }
        found.push((first.line, end, text));
    }
    found
}

fn annotation(
    value: Value,
    line: usize,
    end: usize,
    outline: &Outline,
) -> Result<Annotation, String> {
    let Value::Object(mut object) = value else {
        return Err("METADATA block is not a YAML mapping".to_owned());
    };
    let rule = outline
        .rules
        .iter()
        .enumerate()
        .filter(|(_, rule)| rule.line > end)
        .min_by_key(|(_, rule)| rule.line);
    let is_above_package = outline.package_line > end;
    let scope = match object.remove("scope") {
        None if is_above_package => Scope::Package,
        None => Scope::Rule,
        Some(Value::String(name)) => scope(&name)?,
        Some(_) => return Err("`scope` is not a string".to_owned()),
    };
    let is_package = matches!(scope, Scope::Package | Scope::Subpackages);
    if is_package != is_above_package {
        return Err(if is_package {
            "METADATA of scope `package` must stand above the `package` statement".to_owned()
        } else {
            "METADATA above the `package` statement must have scope `package`".to_owned()
        });
    }
    if !is_package && rule.is_none() {
        return Err("METADATA block has no rule below it".to_owned());
    }
    let annotation = Annotation {
        scope,
        title: text(object.remove("title"), "title")?,
        description: text(object.remove("description"), "description")?,
        related_resources: resources(object.remove("related_resources"))?,
        custom: object.remove("custom").unwrap_or(Value::Null),
        unknown: object
            .keys()
            .filter(|key| !KEYS.contains(&key.as_str()))
            .cloned()
            .collect(),
        line,
        rule: rule.map(|(index, _)| index).filter(|_| !is_package),
    };
    if matches!(annotation.custom, Value::Null | Value::Object(_)) {
        Ok(annotation)
    } else {
        Err("`custom` is not a mapping".to_owned())
    }
}

fn scope(name: &str) -> Result<Scope, String> {
    match name {
        "package" => Ok(Scope::Package),
        "subpackages" => Ok(Scope::Subpackages),
        "rule" => Ok(Scope::Rule),
        "document" => Ok(Scope::Document),
        _ => Err(format!(
            "`scope` is `{name}`: expected `package`, `subpackages`, `document` or `rule`"
        )),
    }
}

pub(super) fn text(value: Option<Value>, key: &str) -> Result<Option<String>, String> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!("`{key}` is not a string")),
    }
}

fn resources(value: Option<Value>) -> Result<Vec<RelatedResource>, String> {
    let refused = || {
        "`related_resources` is not a list of addresses or `{ref, description}` mappings".to_owned()
    };
    let values = match value {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(values)) => values,
        Some(_) => return Err(refused()),
    };
    values
        .into_iter()
        .map(|value| match value {
            Value::String(reference) => Ok(RelatedResource {
                reference,
                description: None,
            }),
            Value::Object(mut object) => Ok(RelatedResource {
                reference: text(object.remove("ref"), "ref")?.ok_or_else(refused)?,
                description: text(object.remove("description"), "description")?,
            }),
            _ => Err(refused()),
        })
        .collect()
}

/// Makes the line that a message of the YAML reader begins with a line of the file,
/// whose block begins at `first`.
fn placed(first: usize, message: &str) -> Problem {
    let position = message.strip_prefix("line ").and_then(|rest| {
        let (position, what) = rest.split_once(": ")?;
        let line: usize = position.split(',').next()?.parse().ok()?;
        Some((line, what))
    });
    match position {
        Some((line, what)) => Problem {
            line: first + line,
            message: format!("METADATA block: {what}"),
        },
        None => Problem {
            line: first,
            message: message.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{lexer::lex, module::outline};

    fn read_all(text: &str) -> (Vec<Annotation>, Vec<Problem>) {
        let lexed = lex(text).unwrap();
        read(&lexed.comments, &outline(&lexed.tokens))
    }

    fn refuse(text: &str) -> Problem {
        let (_, problems) = read_all(text);
        assert_eq!(problems.len(), 1, "{text}: {problems:?}");
        problems.into_iter().next().unwrap()
    }

    #[test]
    fn blocks_attach_to_what_stands_below() {
        let (found, problems) = read_all(
            "# Licence text\n\n# METADATA\n# title: Package\n# related_resources:\n# - https://a\n# - ref: https://b\n#   description: B\n# custom:\n#   id: x\npackage p\n\n# METADATA\n# scope: document\n# title: Rule\n\ndeny contains 1\n\n# METADATA\n# title: Second\nx := 1\n",
        );
        assert_eq!(problems, []);
        let titles: Vec<_> = found
            .iter()
            .map(|a| (a.title.as_deref().unwrap(), a.scope, a.rule, a.line))
            .collect();
        assert_eq!(
            titles,
            [
                ("Package", Scope::Package, None, 3),
                ("Rule", Scope::Document, Some(0), 13),
                ("Second", Scope::Rule, Some(1), 19)
            ]
        );
        assert_eq!(found[0].related_resources[1].reference, "https://b");
        assert_eq!(found[0].custom["id"], "x");
    }

    #[test]
    fn blocks_in_strings_and_after_a_gap_are_not_read() {
        let (found, _) = read_all("package p\nx := `\n# METADATA\n# title: no\n`\n");
        assert_eq!(found, []);
        let (found, _) = read_all("# METADATA\n# title: a\n\n# description: b\npackage p\n");
        assert_eq!(found[0].description, None);
    }

    #[test]
    fn mistakes_name_their_line() {
        assert_eq!(
            refuse("\n# METADATA\n# title: a\n# title: b\npackage p").line,
            4
        );
        assert_eq!(refuse("# METADATA\n# title: [\npackage p").line, 2);
        for (text, message) in [
            ("# METADATA\n# - a\npackage p", "not a YAML mapping"),
            (
                "# METADATA\n# title: [a]\npackage p",
                "`title` is not a string",
            ),
            (
                "# METADATA\n# custom: x\npackage p",
                "`custom` is not a mapping",
            ),
            (
                "# METADATA\n# scope: module\npackage p",
                "`scope` is `module`",
            ),
            (
                "# METADATA\n# scope: rule\npackage p\nx := 1",
                "must have scope `package`",
            ),
            (
                "package p\n# METADATA\n# scope: package\nx := 1",
                "must stand above",
            ),
            ("package p\n# METADATA\n# title: x\n", "no rule below"),
            (
                "# METADATA\n# related_resources: [1]\npackage p",
                "related_resources",
            ),
        ] {
            let problem = refuse(text);
            assert!(problem.message.contains(message), "{text}: {problem:?}");
        }
    }
}
