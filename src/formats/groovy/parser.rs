//! The parser's state: which token is next, and the tree so far.
//!
//! Nesting is counted where the parser calls itself: in [`Parser::nested`].

use super::FormatError;
use super::lexer::{self, Token};
use super::token::Kind;
use super::tree::{Inner, Tree};
use crate::json::Value;

/// Reads `text` into a tree of at most `height_max` levels.
pub(super) fn parse(text: &str, height_max: usize) -> Result<Value, FormatError> {
    let mut parser = Parser {
        text,
        tokens: lexer::tokens(text)?,
        next: 0,
        tree: Tree::of(text, height_max),
        depth: 0,
        depth_max: height_max * 2,
        defaults: 0,
    };
    while !parser.at(Kind::Eof) {
        parser.statement()?;
        parser.skip_semicolons()?;
    }
    parser.tree.root()
}

pub(super) struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Token<'t>>,
    next: usize,
    pub(super) tree: Tree<'t>,
    depth: usize,
    depth_max: usize,
    /// How many defaults of closure parameters are being read, one within another.
    pub(super) defaults: usize,
}

impl Parser<'_> {
    /// Returns what the token is that comes `ahead` after the next.
    pub(super) fn ahead(&self, ahead: usize) -> Kind {
        let token = self.tokens.get(self.next + ahead);
        token.map_or(Kind::Eof, |token| token.kind)
    }

    pub(super) fn kind(&self) -> Kind {
        self.ahead(0)
    }

    pub(super) fn at(&self, kind: Kind) -> bool {
        self.kind() == kind
    }

    /// Returns how many tokens were taken.
    pub(super) fn taken(&self) -> usize {
        self.next
    }

    /// Returns the kinds of the tokens taken since `from` of them were.
    pub(super) fn since(&self, from: usize) -> impl Iterator<Item = Kind> {
        let tokens = self.tokens.get(from..self.next).unwrap_or_default();
        tokens.iter().map(|token| token.kind)
    }

    /// Takes the next token into the tree.
    pub(super) fn take(&mut self) -> Result<(), FormatError> {
        if let Some(token) = self.tokens.get(self.next) {
            self.tree.token(*token)?;
            self.next += 1;
        }
        Ok(())
    }

    /// Takes the next token if it is a `kind`.
    pub(super) fn take_if(&mut self, kind: Kind) -> Result<bool, FormatError> {
        let found = self.at(kind);
        if found {
            self.take()?;
        }
        Ok(found)
    }

    pub(super) fn expect(&mut self, kind: Kind, what: &str) -> Result<(), FormatError> {
        if self.take_if(kind)? {
            Ok(())
        } else {
            Err(self.unexpected(what))
        }
    }

    /// Takes a name.
    pub(super) fn name(&mut self, what: &str) -> Result<(), FormatError> {
        if self.kind().is_name() {
            self.take()
        } else {
            Err(self.unexpected(what))
        }
    }

    pub(super) fn skip_semicolons(&mut self) -> Result<(), FormatError> {
        while self.kind().is_semicolon() {
            self.take()?;
        }
        Ok(())
    }

    /// Reads a node whose children `inner` reads.
    pub(super) fn node(
        &mut self,
        node: Inner,
        inner: impl FnOnce(&mut Self) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        self.tree.start(node);
        inner(self)?;
        self.tree.finish()
    }

    /// Reads the rest of a node that began at `place`.
    pub(super) fn node_at(
        &mut self,
        place: usize,
        node: Inner,
        inner: impl FnOnce(&mut Self) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        self.tree.start_at(place, node);
        inner(self)?;
        self.tree.finish()
    }

    /// Reads something that may hold others of its kind.
    pub(super) fn nested(
        &mut self,
        inner: impl FnOnce(&mut Self) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        if self.depth >= self.depth_max {
            let what = format!("nests deeper than {} levels", self.depth_max);
            return Err(self.error(what));
        }
        self.depth += 1;
        inner(self)?;
        self.depth -= 1;
        Ok(())
    }

    /// An error at the next token.
    pub(super) fn error(&self, what: impl Into<String>) -> FormatError {
        let line = match self.tokens.get(self.next) {
            Some(token) if token.kind != Kind::Semicolon => lexer::line(self.text, token.start),
            _ => self.tree.line(),
        };
        FormatError::at(line, what)
    }

    pub(super) fn unexpected(&self, expected: &str) -> FormatError {
        let found = match self.tokens.get(self.next) {
            None => "the end".to_owned(),
            Some(token) if token.kind == Kind::Semicolon => "the end of the line".to_owned(),
            Some(token) => {
                let first: String = token.text.chars().take(40).collect();
                format!("`{}`", first.escape_debug())
            }
        };
        self.error(format!("expected {expected}, found {found}"))
    }
}
