//! The syntax tree, built from its leaves upwards, and its JSON form.

use super::FormatError;
use super::lexer::Token;
use crate::json::{Map, Value, json};

/// What an inner node is. The names are those in the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Inner {
    FileNode,
    PackageDecl,
    ImportDecl,
    MethodDecl,
    FieldDecl,
    VariableDecl,
    AnnotationNode,
    BlockStmt,
    ExpressionStmt,
    ReturnStmt,
    IfStmt,
    WhileStmt,
    DoWhileStmt,
    ForStmt,
    ForInStmt,
    SwitchStmt,
    CaseClause,
    DefaultClause,
    TryStmt,
    CatchClause,
    FinallyClause,
    ThrowStmt,
    AssertStmt,
    BreakStmt,
    ContinueStmt,
    SynchronizedStmt,
    LabeledStmt,
    IdentExpr,
    LiteralExpr,
    NullExpr,
    BoolExpr,
    GStringExpr,
    GStringPath,
    ClosureExpr,
    ListExpr,
    MapExpr,
    MapEntry,
    BinaryExpr,
    UnaryExpr,
    PostfixExpr,
    TernaryExpr,
    ElvisExpr,
    AssignExpr,
    CallExpr,
    IndexExpr,
    PropertyExpr,
    SafeNavExpr,
    SpreadExpr,
    SpreadPropertyExpr,
    RangeExpr,
    CastExpr,
    InstanceofExpr,
    NewExpr,
    ParenExpr,
    MethodRefExpr,
    FieldAccessExpr,
    MethodPointerExpr,
}

/// A finished part of the tree.
struct Part {
    value: Value,
    /// Levels of nodes, this one included.
    height: usize,
}

/// The tree so far: open nodes with the children they have.
pub(super) struct Tree<'t> {
    text: &'t str,
    open: Vec<(Inner, Vec<Part>)>,
    nodes: usize,
    height_max: usize,
    /// The line and column of `at`, the start of the token that came last.
    line: usize,
    column: usize,
    at: usize,
}

impl<'t> Tree<'t> {
    /// Starts a tree of `text` with its root open.
    pub(super) fn of(text: &'t str, height_max: usize) -> Self {
        Self {
            text,
            open: vec![(Inner::FileNode, Vec::new())],
            nodes: 1,
            height_max,
            line: 1,
            column: 1,
            at: 0,
        }
    }

    /// The line of the token that came last.
    pub(super) fn line(&self) -> usize {
        self.line
    }

    fn count(&mut self) -> Result<(), FormatError> {
        self.nodes += 1;
        if self.nodes > super::NODES_MAX {
            let what = format!("a tree of more than {} nodes", super::NODES_MAX);
            return Err(FormatError::at(self.line, what));
        }
        Ok(())
    }

    /// Adds a token. Tokens come in their order in the text.
    pub(super) fn token(&mut self, token: Token<'_>) -> Result<(), FormatError> {
        self.count()?;
        if token.text.is_empty() {
            return Ok(());
        }
        let between = self.text.as_bytes().get(self.at..token.start);
        for byte in between.unwrap_or_default() {
            self.column += 1;
            if *byte == b'\n' {
                self.line += 1;
                self.column = 1;
            }
        }
        self.at = token.start;
        let value = json!({
            "kind": format!("{:?}", token.kind),
            "text": token.text,
            "line": self.line,
            "column": self.column,
        });
        if let Some((_, children)) = self.open.last_mut() {
            children.push(Part { value, height: 1 });
        }
        Ok(())
    }

    pub(super) fn start(&mut self, node: Inner) {
        self.open.push((node, Vec::new()));
    }

    /// Returns the place that the next child of the innermost open node has.
    pub(super) fn place(&self) -> usize {
        self.open.last().map_or(0, |(_, children)| children.len())
    }

    /// Opens a node around everything that came since [`place`](Self::place) was `place`.
    pub(super) fn start_at(&mut self, place: usize, node: Inner) {
        let children = self.open.last_mut().map(|(_, children)| {
            let place = place.min(children.len());
            children.split_off(place)
        });
        self.open.push((node, children.unwrap_or_default()));
    }

    /// Closes the innermost open node.
    pub(super) fn finish(&mut self) -> Result<(), FormatError> {
        self.count()?;
        let Some((node, children)) = self.open.pop() else {
            return Ok(());
        };
        let part = self.bounded(node, children)?;
        if let Some((_, children)) = self.open.last_mut() {
            children.push(part);
        }
        Ok(())
    }

    /// Returns the whole tree.
    pub(super) fn root(mut self) -> Result<Value, FormatError> {
        match self.open.pop() {
            Some((root, children)) => Ok(self.bounded(root, children)?.value),
            None => Ok(Value::Null),
        }
    }

    fn bounded(&self, node: Inner, children: Vec<Part>) -> Result<Part, FormatError> {
        let part = part(node, children);
        if part.height > self.height_max {
            let what = format!("nests deeper than {} nodes", self.height_max);
            return Err(FormatError::at(self.line, what));
        }
        Ok(part)
    }
}

fn part(node: Inner, children: Vec<Part>) -> Part {
    let height = children.iter().map(|part| part.height).max().unwrap_or(0) + 1;
    let of_first = |key: &str| {
        let first = children.first().and_then(|first| first.value.get(key));
        first.cloned().unwrap_or(json!(1))
    };
    let mut object = Map::new();
    object.insert("kind".to_owned(), json!(format!("{node:?}")));
    object.insert("line".to_owned(), of_first("line"));
    object.insert("column".to_owned(), of_first("column"));
    if !children.is_empty() {
        let children = children.into_iter().map(|part| part.value).collect();
        object.insert("children".to_owned(), Value::Array(children));
    }
    Part {
        value: Value::Object(object),
        height,
    }
}
