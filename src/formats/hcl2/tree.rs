//! What expressions and templates are read into.
//!
//! Only as much as a value needs: whatever is shown as its source is no more than a span.

use std::ops::Range;

/// An expression and the text it was read from.
#[derive(Debug)]
pub(super) struct Expression {
    pub(super) span: Range<usize>,
    pub(super) node: Node,
}

/// What an expression is.
#[derive(Debug)]
pub(super) enum Node {
    /// `null`, a truth value or a number.
    Literal(Literal),
    /// One `-` or `!` before a literal, and where the literal is.
    Signed(char, Literal, Range<usize>),
    /// A string or heredoc.
    Template(Vec<Part>),
    /// A string that is one interpolation, and so is its value.
    Wrap(Box<Expression>),
    /// `[…]`.
    Tuple(Vec<Expression>),
    /// `{…}`: keys with values.
    Object(Vec<(Expression, Expression)>),
    /// `condition ? yes : no`.
    Choice {
        condition: Range<usize>,
        yes: Box<Expression>,
        no: Box<Expression>,
    },
    /// A name, with attributes and fixed indices.
    Traversal,
    /// Anything else.
    Other,
}

/// A value that stands for itself; a number's digits are in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Literal {
    Null,
    Bool(bool),
    Number,
}

/// A piece of a template.
#[derive(Debug)]
pub(super) enum Part {
    /// Text, without its escapes.
    Text(String),
    /// `${…}`.
    Expression(Expression),
    /// `%{if …}…%{else}…%{endif}`.
    If {
        condition: Range<usize>,
        yes: Vec<Part>,
        no: Vec<Part>,
    },
    /// `%{for …}…%{endfor}`.
    For {
        key: Option<Range<usize>>,
        element: Range<usize>,
        collection: Range<usize>,
        body: Vec<Part>,
    },
}
