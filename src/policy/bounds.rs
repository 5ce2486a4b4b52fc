//! What a Rego file may hold before any parser sees it.
//!
//! The engine's parser reads an array, set or object literal twice to find out
//! whether it is a comprehension, so a literal inside `n` others is read 2^n times
//! (measured: 12 levels of one-element objects 6.7 ms, 2.0x a level; parentheses,
//! calls and indexes are read once). It recurses without a bound into calls,
//! indexes and unary minus. The bounds here keep both small.

use thiserror::Error;

use super::lexer::{Token, TokenKind};

/// Most bytes in one Rego file. 256 KiB.
pub const FILE_SIZE_MAX: u64 = 256 << 10;
/// Most lines in one Rego file: the engine's own limit.
pub const LINES_MAX: usize = 20_000;
/// Most columns in one line, a tab counting four. The engine's limit is 1,024 and
/// counts the position behind the last character.
pub const LINE_WIDTH_MAX: usize = 1_023;
/// Most levels of array, set and object literals and comprehensions, rule bodies not counted.
pub const LITERAL_DEPTH_MAX: usize = 12;
/// Most tokens that the engine's parser may read, a token inside `n` literals counting 2^n.
pub const PARSE_WORK_MAX: usize = 1_000_000;
/// Most levels of brackets of any kind.
pub const BRACKET_DEPTH_MAX: usize = 48;
/// Most operators and reference steps in one expression (`a.b[c] + d` has three).
pub const CHAIN_MAX: usize = 500;

/// A file beyond one of the limits.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BoundError {
    /// More than [`LINES_MAX`] lines.
    #[error("has {lines} lines, more than the limit of {LINES_MAX}")]
    Lines {
        /// Lines in the file.
        lines: usize,
    },
    /// A line wider than [`LINE_WIDTH_MAX`].
    #[error("line {line}: is {width} columns wide, more than the limit of {LINE_WIDTH_MAX}")]
    Width {
        /// 1-based.
        line: usize,
        /// Columns, a tab counting four.
        width: usize,
    },
    /// Literals nested deeper than [`LITERAL_DEPTH_MAX`].
    #[error(
        "line {line}: literals nest deeper than {LITERAL_DEPTH_MAX} levels; name the inner ones with rules of their own"
    )]
    LiteralDepth {
        /// 1-based.
        line: usize,
    },
    /// Brackets nested deeper than [`BRACKET_DEPTH_MAX`].
    #[error("line {line}: brackets nest deeper than {BRACKET_DEPTH_MAX} levels")]
    BracketDepth {
        /// 1-based.
        line: usize,
    },
    /// Nested literals that together cost more than [`PARSE_WORK_MAX`].
    #[error(
        "line {line}: nested literals cost the parser more than {PARSE_WORK_MAX} steps; move the data to a `data.yaml`"
    )]
    Work {
        /// 1-based line at which the limit was passed.
        line: usize,
    },
    /// An expression longer than [`CHAIN_MAX`].
    #[error("line {line}: expression has more than {CHAIN_MAX} operators and reference steps")]
    Chain {
        /// 1-based.
        line: usize,
    },
    /// A bracket without its partner.
    #[error("line {line}, column {column}: bracket `{bracket}` has no partner")]
    Unbalanced {
        /// 1-based.
        line: usize,
        /// 1-based, in bytes.
        column: usize,
        /// The bracket.
        bracket: String,
    },
}

/// Refuses too many or too wide lines.
///
/// # Errors
/// [`BoundError::Lines`], [`BoundError::Width`].
pub(super) fn text(text: &str) -> Result<(), BoundError> {
    let lines = text.split('\n').count();
    if lines > LINES_MAX {
        return Err(BoundError::Lines { lines });
    }
    for (index, line) in text.split('\n').enumerate() {
        let tabs = line.bytes().filter(|byte| *byte == b'\t').count();
        let width = line.len() + 3 * tabs;
        if width > LINE_WIDTH_MAX {
            let line = index + 1;
            return Err(BoundError::Width { line, width });
        }
    }
    Ok(())
}

/// One open bracket.
struct Open<'a> {
    token: Token<'a>,
    is_literal: bool,
    /// Steps in the expression around it, resumed when it closes.
    chain: usize,
}

/// Refuses brackets that nest too deep or do not match, and expressions that are too long.
///
/// # Errors
/// The first bound that is passed.
pub(super) fn tokens(tokens: &[Token<'_>]) -> Result<(), BoundError> {
    let mut open: Vec<Open<'_>> = Vec::new();
    let (mut literals, mut work, mut chain) = (0_usize, 0_usize, 0_usize);
    let mut in_every = false;
    let mut previous: Option<&Token<'_>> = None;
    for token in tokens {
        let line = token.line;
        in_every |= token.is("every");
        work = work.saturating_add(1 << literals);
        if work > PARSE_WORK_MAX {
            return Err(BoundError::Work { line });
        }
        chain = chained(chain, previous, token);
        if chain > CHAIN_MAX {
            return Err(BoundError::Chain { line });
        }
        match token.text {
            "(" | "[" | "{" if token.kind == TokenKind::Symbol => {
                let is_literal = is_literal(previous, token, in_every || open.is_empty());
                in_every &= is_literal || token.text != "{";
                literals += usize::from(is_literal);
                open.push(Open {
                    token: *token,
                    is_literal,
                    chain,
                });
                chain = 0;
                if literals > LITERAL_DEPTH_MAX {
                    return Err(BoundError::LiteralDepth { line });
                }
                if open.len() > BRACKET_DEPTH_MAX {
                    return Err(BoundError::BracketDepth { line });
                }
            }
            ")" | "]" | "}" if token.kind == TokenKind::Symbol => {
                let partner = open
                    .pop()
                    .filter(|open| matches(open.token.text, token.text))
                    .ok_or_else(|| unbalanced(token))?;
                literals -= usize::from(partner.is_literal);
                chain = partner.chain;
            }
            _ => {}
        }
        previous = Some(token);
    }
    open.last()
        .map_or(Ok(()), |open| Err(unbalanced(&open.token)))
}

fn matches(open: &str, close: &str) -> bool {
    matches!((open, close), ("(", ")") | ("[", "]") | ("{", "}"))
}

fn unbalanced(token: &Token<'_>) -> BoundError {
    BoundError::Unbalanced {
        line: token.line,
        column: token.column,
        bracket: token.text.to_owned(),
    }
}

/// Whether an opening bracket begins a literal or comprehension, and not a call,
/// an index or a body.
fn is_literal(previous: Option<&Token<'_>>, token: &Token<'_>, may_be_body: bool) -> bool {
    let after_operand = previous.is_some_and(Token::ends_operand);
    match token.text {
        "[" => !(token.joined && after_operand),
        "{" => {
            let after_word = previous.is_some_and(|p| p.is("if") || p.is("else"));
            !(after_word || after_operand && may_be_body)
        }
        _ => false,
    }
}

/// Steps of the expression that `token` continues, or zero where one begins.
fn chained(chain: usize, previous: Option<&Token<'_>>, token: &Token<'_>) -> usize {
    let is_index = token.is("[") && token.joined && previous.is_some_and(Token::ends_operand);
    match (token.kind, token.text) {
        (TokenKind::Symbol, "," | ";" | ":=" | "=" | ":") => 0,
        (TokenKind::Symbol, ")" | "]" | "}" | "(" | "{") => chain,
        (TokenKind::Symbol, "[") if !is_index => chain,
        (TokenKind::Symbol, _) => chain + 1,
        // A value directly behind a value begins the next statement.
        _ if previous.is_some_and(Token::ends_operand) || token.is_keyword() => match token.text {
            "else" | "with" | "in" => chain + 1,
            "not" if previous.is_some_and(|token| token.is("not")) => chain + 1,
            _ => 0,
        },
        _ => chain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::lexer::lex;

    fn refuse(source: &str) -> String {
        let lexed = lex(source).unwrap();
        text(source)
            .and_then(|()| tokens(&lexed.tokens))
            .expect_err(source)
            .to_string()
    }

    fn accept(source: &str) {
        text(source).unwrap();
        tokens(&lex(source).unwrap().tokens).unwrap();
    }

    fn nested(open: &str, close: &str, levels: usize) -> String {
        format!(
            "package p\nx := {}1{}",
            open.repeat(levels),
            close.repeat(levels)
        )
    }

    #[test]
    fn literals_nest_to_the_limit_and_no_further() {
        for (open, close) in [
            ("[", "]"),
            ("{", "}"),
            ("{\"a\":", "}"),
            ("f([", "])"),
            ("{x | a\n", "}"),
        ] {
            accept(&nested(open, close, LITERAL_DEPTH_MAX));
            let error = refuse(&nested(open, close, LITERAL_DEPTH_MAX + 1));
            assert!(error.contains(": literals nest deeper"), "{error}");
        }
    }

    #[test]
    fn calls_indexes_and_parentheses_have_the_wider_bound() {
        for (open, close) in [("(", ")"), ("f(", ")"), ("a[", "]")] {
            accept(&nested(open, close, BRACKET_DEPTH_MAX));
            let error = refuse(&nested(open, close, BRACKET_DEPTH_MAX + 1));
            assert!(error.contains("brackets nest deeper"), "{error}");
        }
    }

    #[test]
    fn bodies_are_no_literals() {
        for every in [
            "every x in [1] {\n",
            "every x in {1} {\n",
            "every x in xs {\n",
        ] {
            let body = format!("p if {{\n{}a{}}}", every.repeat(40), "}\n".repeat(40));
            accept(&body);
        }
        accept("p if { a } else := 1 if { b }");
    }

    #[test]
    fn large_literals_deep_down_cost_too_much() {
        let wide = format!(
            "x := {}{}{}",
            "[".repeat(11),
            "1,\n".repeat(600),
            "]".repeat(11)
        );
        assert!(refuse(&wide).contains("1000000 steps"));
        accept(&format!("x := [[{}]]", "1,\n".repeat(15_000)));
    }

    #[test]
    fn long_expressions_are_refused_and_many_short_ones_are_not() {
        assert!(refuse(&format!("x := 1{}", "\n+ 1".repeat(600))).contains("operators"));
        assert!(refuse(&format!("x := a{}", "[0\n].b".repeat(300))).contains("operators"));
        assert!(refuse(&format!("x := {}1", "-\n".repeat(600))).contains("operators"));
        accept(&"p if { a.b == c.d }\n".repeat(2_000));
        accept(&format!("p if {{\n{}}}", "a.b == c.d\n".repeat(2_000)));
        accept(&format!("p if {{\n{}}}", "not a.b\n".repeat(2_000)));
        assert!(refuse(&format!("p if {}a", "not\n".repeat(600))).contains("operators"));
    }

    #[test]
    fn brackets_match() {
        assert_eq!(
            refuse("package p\nx := [1"),
            "line 2, column 6: bracket `[` has no partner"
        );
        assert!(refuse("x := [1}").contains("`}` has no partner"));
        assert!(refuse("x := 1)").contains("`)` has no partner"));
    }

    #[test]
    fn lines_are_bounded() {
        accept(&format!("x := \"{}\"", "a".repeat(1_016)));
        let error = refuse(&format!("\nx := \"{}\"", "a".repeat(1_017)));
        assert_eq!(
            error,
            "line 2: is 1024 columns wide, more than the limit of 1023"
        );
        assert!(refuse(&"\t".repeat(256)).contains("1024 columns"));
        assert!(refuse(&"\n".repeat(20_000)).contains("20001 lines"));
    }
}
