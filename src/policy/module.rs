//! The outline of one Rego file: package, imports and rule heads.
//!
//! Works on tokens. It does not know expressions, only where statements begin:
//! outside brackets, an identifier that directly follows the end of an expression
//! begins a statement, on the same line or another, because Rego has no operator
//! that is a word other than its keywords.

use std::ops::Range;

use super::lexer::{Token, TokenKind};

/// What the head of a rule defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HeadForm {
    /// `deny contains x`: a set that every rule of that name adds to.
    Set,
    /// `deny[x] := y`, `deny[x] if …`, `deny.x := y`: an object.
    Object,
    /// `deny := x`: one value.
    Value,
    /// `deny if …`: `true`.
    Boolean,
    /// `deny(x) := y`.
    Function,
    /// `default deny := x`.
    Default,
}

/// The head of one rule and where its text lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RuleHead {
    /// The first name, then what follows it in `a.b["c"]`.
    pub(super) name: Vec<String>,
    pub(super) form: HeadForm,
    /// Written in the syntax before Rego v1: a body without `if`.
    pub(super) is_v0: bool,
    pub(super) line: usize,
    pub(super) column: usize,
    /// The head and body, as a range of token numbers.
    pub(super) extent: Range<usize>,
}

/// One `import`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Import {
    pub(super) path: Vec<String>,
    /// The name it has in this file.
    pub(super) alias: String,
    pub(super) line: usize,
}

/// What one file declares.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Outline {
    /// Empty where the file has no package statement.
    pub(super) package: Vec<String>,
    pub(super) package_line: usize,
    pub(super) imports: Vec<Import>,
    pub(super) rules: Vec<RuleHead>,
}

impl RuleHead {
    /// The name that a reference to the rule begins with.
    pub(super) fn first_name(&self) -> &str {
        self.name.first().map_or("", String::as_str)
    }
}

/// Reads the outline out of `tokens`, whose brackets match.
pub(super) fn outline(tokens: &[Token<'_>]) -> Outline {
    let mut outline = Outline::default();
    for extent in statements(tokens) {
        let statement = tokens.get(extent.clone()).unwrap_or_default();
        let Some(first) = statement.first() else {
            continue;
        };
        let rest = statement.get(1..).unwrap_or_default();
        if first.is("package") {
            outline.package = reference(rest).0;
            outline.package_line = first.line;
        } else if first.is("import") {
            outline.imports.push(import(rest, first.line));
        } else {
            outline.rules.extend(head(statement, extent));
        }
    }
    outline
}

/// Splits `tokens` where statements begin.
fn statements(tokens: &[Token<'_>]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let (mut depth, mut start) = (0_usize, 0_usize);
    let mut previous: Option<&Token<'_>> = None;
    for (index, token) in tokens.iter().enumerate() {
        match token.text {
            "(" | "[" | "{" if token.kind == TokenKind::Symbol => depth += 1,
            ")" | "]" | "}" if token.kind == TokenKind::Symbol => depth = depth.saturating_sub(1),
            _ if depth == 0 && token.kind == TokenKind::Ident && begins(previous, token) => {
                found.push(start..index);
                start = index;
            }
            _ => {}
        }
        previous = Some(token);
    }
    found.push(start..tokens.len());
    found.retain(|extent| !extent.is_empty());
    found
}

fn begins(previous: Option<&Token<'_>>, token: &Token<'_>) -> bool {
    let Some(previous) = previous else {
        return false;
    };
    if ["package", "import", "default"]
        .iter()
        .any(|word| token.is(word))
    {
        return true;
    }
    previous.ends_operand() && !token.is_keyword()
}

/// Reads `a.b["c"][x]`: its steps, `None` where one is not a constant, and the tokens used.
pub(super) fn steps(tokens: &[Token<'_>]) -> (Vec<Option<String>>, usize) {
    let mut path = Vec::new();
    let Some(first) = tokens.first().filter(|t| t.kind == TokenKind::Ident) else {
        return (path, 0);
    };
    path.push(Some(first.text.to_owned()));
    let mut at = 1;
    while let Some(token) = tokens.get(at).filter(|token| token.joined) {
        if token.is(".") {
            let Some(field) = tokens.get(at + 1).filter(|t| t.kind == TokenKind::Ident) else {
                break;
            };
            path.push(Some(field.text.to_owned()));
            at += 2;
        } else if token.is("[") {
            let close = at + closing(tokens.get(at..).unwrap_or_default());
            let key = tokens.get(at + 1).filter(|_| close == at + 2);
            path.push(key.and_then(Token::string));
            at = close + 1;
        } else {
            break;
        }
    }
    (path, at)
}

/// As [`steps`]: the constant steps, whether there are others, and the tokens used.
fn reference(tokens: &[Token<'_>]) -> (Vec<String>, bool, usize) {
    let (steps, used) = steps(tokens);
    let is_dynamic = steps.iter().any(Option::is_none);
    (steps.into_iter().flatten().collect(), is_dynamic, used)
}

/// The position of the bracket that closes the one at position 0.
pub(super) fn closing(tokens: &[Token<'_>]) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate() {
        if token.kind != TokenKind::Symbol {
            continue;
        }
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return index;
                }
            }
            _ => {}
        }
    }
    tokens.len()
}

fn import(tokens: &[Token<'_>], line: usize) -> Import {
    let (path, _, used) = reference(tokens);
    let renamed = match tokens.get(used..) {
        Some([word, name, ..]) if word.is("as") => Some(name.text.to_owned()),
        _ => None,
    };
    Import {
        alias: renamed.or_else(|| path.last().cloned()).unwrap_or_default(),
        path,
        line,
    }
}

fn head(statement: &[Token<'_>], extent: Range<usize>) -> Option<RuleHead> {
    let is_default = statement.first()?.is("default");
    let named = statement.get(usize::from(is_default)..)?;
    let first = named.first()?;
    let (name, is_dynamic, mut at) = reference(named);
    if name.is_empty() {
        return None;
    }
    let mut is_function = false;
    if let Some(token) = named.get(at)
        && token.is("(")
    {
        is_function = true;
        at += closing(named.get(at..).unwrap_or_default()) + 1;
    }
    let next = named.get(at);
    let form = match next {
        _ if is_default => HeadForm::Default,
        _ if is_function => HeadForm::Function,
        Some(token) if token.is("contains") => HeadForm::Set,
        _ if is_dynamic || name.len() > 1 => HeadForm::Object,
        Some(token) if token.is(":=") || token.is("=") => HeadForm::Value,
        _ => HeadForm::Boolean,
    };
    let is_v0 = has_bare_body(statement);
    Some(RuleHead {
        form: if is_v0 && form == HeadForm::Object && next.is_some_and(|t| t.is("{")) {
            HeadForm::Set
        } else {
            form
        },
        name,
        is_v0,
        line: first.line,
        column: first.column,
        extent,
    })
}

/// Whether a body follows an expression directly, as before Rego v1.
fn has_bare_body(statement: &[Token<'_>]) -> bool {
    let (mut depth, mut in_every) = (0_usize, false);
    let mut previous: Option<&Token<'_>> = None;
    for token in statement {
        match token.text {
            _ if depth == 0 && token.is("every") => in_every = true,
            _ if token.kind != TokenKind::Symbol => {}
            "{" => {
                if depth == 0 && previous.is_some_and(Token::ends_operand) {
                    if !in_every {
                        return true;
                    }
                    in_every = false;
                }
                depth += 1;
            }
            "(" | "[" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        previous = Some(token);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::lexer::lex;
    use proptest::prelude::*;

    fn read(text: &str) -> Outline {
        outline(&lex(text).unwrap().tokens)
    }

    fn one(text: &str) -> (String, HeadForm, bool) {
        let outline = read(&format!("package p\n{text}\nlast := 1\n"));
        assert_eq!(outline.rules.len(), 2, "{text}: {:?}", outline.rules);
        let rule = &outline.rules[0];
        (rule.name.join("."), rule.form, rule.is_v0)
    }

    #[test]
    fn every_form_of_head_is_told() {
        use HeadForm::{Boolean, Default, Function, Object, Set, Value};
        for (text, name, form, is_v0) in [
            ("deny contains msg if { msg := \"x\" }", "deny", Set, false),
            ("deny contains \"x\"", "deny", Set, false),
            (
                "deny contains {\"msg\": m} if some m in ms",
                "deny",
                Set,
                false,
            ),
            (
                "deny_root contains msg if {\n msg := 1\n}",
                "deny_root",
                Set,
                false,
            ),
            ("deny := {\"a\"}", "deny", Value, false),
            ("deny = [msg] if { true }", "deny", Value, false),
            ("deny if { true }", "deny", Boolean, false),
            ("deny if every x in xs { x > 1 }", "deny", Boolean, false),
            ("deny if not x", "deny", Boolean, false),
            ("deny", "deny", Boolean, false),
            ("deny[msg] if { msg := 1 }", "deny", Object, false),
            ("deny[\"x\"] := 1", "deny.x", Object, false),
            ("deny.x contains y if y := 1", "deny.x", Set, false),
            ("deny.x := 1", "deny.x", Object, false),
            ("deny[msg] { msg := 1 }", "deny", Set, true),
            ("deny { true }", "deny", Boolean, true),
            ("deny = x { x := 1 }", "deny", Value, true),
            ("f(x) { x }", "f", Function, true),
            (
                "f(x) := y if { y := x } else := 1 if { x } else := 2",
                "f",
                Function,
                false,
            ),
            ("f([x, y], {\"a\": b})", "f", Function, false),
            ("default deny := false", "deny", Default, false),
            (
                "x := 1 +\n 2 if a\n with input as {\"b\": 1}",
                "x",
                Value,
                false,
            ),
            ("x := {k: v | some k, v in y}", "x", Value, false),
        ] {
            assert_eq!(one(text), (name.to_owned(), form, is_v0), "{text}");
        }
    }

    #[test]
    fn a_rule_behind_another_on_one_line_is_not_lost() {
        let outline = read("package p x := 1 deny contains \"a\" if true default y := 2");
        let names: Vec<_> = outline.rules.iter().map(RuleHead::first_name).collect();
        assert_eq!(names, ["x", "deny", "y"]);
        assert_eq!(outline.package, ["p"]);
    }

    #[test]
    fn packages_and_imports_are_read() {
        let outline = read(
            "# x\npackage gates.deploy[\"no-open\"]\nimport future.keywords.if\nimport rego.v1\nimport data.lib.windows as w\nimport input.evidence\n",
        );
        assert_eq!(outline.package, ["gates", "deploy", "no-open"]);
        assert_eq!(outline.package_line, 2);
        let imports: Vec<_> = outline
            .imports
            .iter()
            .map(|i| (i.path.join("."), i.alias.as_str(), i.line))
            .collect();
        assert_eq!(
            imports,
            [
                ("future.keywords.if".to_owned(), "if", 3),
                ("rego.v1".to_owned(), "v1", 4),
                ("data.lib.windows".to_owned(), "w", 5),
                ("input.evidence".to_owned(), "evidence", 6)
            ]
        );
    }

    #[test]
    fn a_rule_behind_a_name_that_is_a_keyword_is_not_lost() {
        for text in [
            "package p.as\ndeny contains 1",
            "package p\nimport future.keywords.if\ndeny contains 1",
            "package p\nx := input.not\ndeny contains 1",
            "package p\nx := input.default deny contains input.package.import",
            "package p\nx if every y in input.every { y.if } deny contains 1",
        ] {
            let outline = read(text);
            let last = outline.rules.last().map(RuleHead::first_name);
            assert_eq!(last, Some("deny"), "{text}");
        }
    }

    #[test]
    fn text_in_strings_and_bodies_is_no_rule() {
        let outline =
            read("package p\nx := `\ndeny contains 1\n` # deny := 1\ny if {\n deny := 1\n z\n}\n");
        let names: Vec<_> = outline.rules.iter().map(RuleHead::first_name).collect();
        assert_eq!(names, ["x", "y"]);
    }

    fn body() -> impl Strategy<Value = String> {
        prop_oneof![
            Just("if { true }".to_owned()),
            Just("if {\n\tsome x in input.xs\n\tx.deny == \"deny contains y\"\n}".to_owned()),
            Just("if every x in input.xs { x > 1 }".to_owned()),
            Just("if count([d | some d in input.a; d == {\"deny\": 1}]) > 0".to_owned()),
            Just("if not input.deny with input as {\"deny\": `x {`}".to_owned()),
        ]
    }

    fn rule() -> impl Strategy<Value = (String, HeadForm, String)> {
        let name = "[a-z]{3,8}_x";
        prop_oneof![
            (name, body()).prop_map(|(n, b)| (
                n.clone(),
                HeadForm::Set,
                format!("{n} contains \"m\" {b}")
            )),
            (name, body()).prop_map(|(n, b)| (n.clone(), HeadForm::Boolean, format!("{n} {b}"))),
            (name, body()).prop_map(|(n, b)| (
                n.clone(),
                HeadForm::Value,
                format!("{n} := {{\"a\": [1]}} {b}")
            )),
            (name, body()).prop_map(|(n, b)| (
                n.clone(),
                HeadForm::Function,
                format!("{n}(a, _) := a + 1 {b}")
            )),
            (name, body()).prop_map(|(n, b)| (
                n.clone(),
                HeadForm::Object,
                format!("{n}[k] := v {b} else := 2")
            )),
            name.prop_map(|n| (n.clone(), HeadForm::Default, format!("default {n} := []"))),
        ]
    }

    proptest! {
        #[test]
        fn generated_modules_have_exactly_the_generated_heads(
            rules in prop::collection::vec(rule(), 0..12),
            separator in prop::sample::select(vec!["\n", "\n\n# deny contains 1\n", " "]),
        ) {
            let texts: Vec<_> = rules.iter().map(|(_, _, text)| text.clone()).collect();
            let outline = read(&format!("package p\n{}", texts.join(separator)));
            let expected: Vec<_> = rules.into_iter().map(|(name, form, _)| (name, form, false)).collect();
            let found: Vec<_> = outline.rules.into_iter().map(|r| (r.name.join("."), r.form, r.is_v0)).collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn any_text_ends_in_an_outline(text in "[a-z \n.\\[\\](){}:=\"|-]{0,300}") {
            if let Ok(lexed) = lex(&text) {
                outline(&lexed.tokens);
            }
        }
    }
}
