//! Expressions of HCL 2.

use std::ops::Range;

use super::number::is_number;
use super::scan::{Kind, Scanner, Token};
use super::tree::{Expression, Literal, Node, Part};
use crate::formats::fault::{Read, fault};

/// Reads the grammar, one token ahead.
pub(super) struct Parser<'a> {
    text: &'a str,
    scanner: Scanner<'a>,
    ahead: Option<Token>,
    /// Whether line ends mean something, which they do not within most brackets.
    newlines: bool,
    depth: usize,
    depth_max: usize,
    /// Where the last token ended.
    end: usize,
}

impl<'a> Parser<'a> {
    /// Starts at the byte offset `at` of `text`.
    pub(super) fn new(text: &'a str, at: usize, depth_max: usize) -> Self {
        Self {
            text,
            scanner: Scanner::new(text, at),
            ahead: None,
            newlines: true,
            depth: 0,
            depth_max,
            end: at,
        }
    }

    /// Returns the text at `span`.
    pub(super) fn source(&self, span: Range<usize>) -> &'a str {
        self.text.get(span).unwrap_or_default()
    }

    /// Returns the next token and leaves it there.
    pub(super) fn peek(&mut self) -> Read<Token> {
        loop {
            let token = match self.ahead {
                Some(token) => token,
                None => self.scanner.token()?,
            };
            if token.kind == Kind::Newline && !self.newlines {
                self.ahead = None;
                continue;
            }
            self.ahead = Some(token);
            return Ok(token);
        }
    }

    /// Takes the next token.
    pub(super) fn take(&mut self) -> Read<Token> {
        let token = self.peek()?;
        self.ahead = None;
        self.end = token.end;
        Ok(token)
    }

    pub(super) fn is_next(&mut self, symbol: &'static str) -> Read<bool> {
        Ok(self.peek()?.kind == Kind::Symbol(symbol))
    }

    /// Takes the next token if it is `symbol`.
    pub(super) fn takes(&mut self, symbol: &'static str) -> Read<bool> {
        let found = self.is_next(symbol)?;
        if found {
            self.take()?;
        }
        Ok(found)
    }

    pub(super) fn expect(&mut self, symbol: &'static str) -> Read<()> {
        if self.takes(symbol)? {
            return Ok(());
        }
        self.unexpected(&format!("`{symbol}`"))
    }

    /// Fails at the next token, where `wanted` should be.
    pub(super) fn unexpected<T>(&mut self, wanted: &str) -> Read<T> {
        let token = self.peek()?;
        let found = match token.kind {
            Kind::End => "the end of the file".to_owned(),
            Kind::Newline => "the end of the line".to_owned(),
            _ => {
                let source = self.source(token.start..token.end);
                format!("`{}`", source.chars().take(40).collect::<String>())
            }
        };
        fault(token.start, format!("expected {wanted}, found {found}"))
    }

    pub(super) fn name(&mut self, wanted: &str) -> Read<Range<usize>> {
        match self.peek()?.kind {
            Kind::Name => {
                let token = self.take()?;
                Ok(token.start..token.end)
            }
            _ => self.unexpected(wanted),
        }
    }

    /// Takes the next token if it is the name `word`.
    pub(super) fn takes_word(&mut self, word: &str) -> Read<bool> {
        let token = self.peek()?;
        let found = token.kind == Kind::Name && self.source(token.start..token.end) == word;
        if found {
            self.take()?;
        }
        Ok(found)
    }

    /// Runs `read` with line ends as they are within brackets that do or do not heed them.
    /// `read` takes the closing bracket, too.
    pub(super) fn within<T>(
        &mut self,
        newlines: bool,
        read: impl FnOnce(&mut Self) -> Read<T>,
    ) -> Read<T> {
        let outer = std::mem::replace(&mut self.newlines, newlines);
        let result = read(self);
        self.newlines = outer;
        result
    }

    /// Runs `read` this many levels deeper.
    pub(super) fn deeper<T>(
        &mut self,
        levels: usize,
        read: impl FnOnce(&mut Self) -> Read<T>,
    ) -> Read<T> {
        self.descend(levels)?;
        let result = read(self);
        self.ascend(levels);
        result
    }

    /// Counts `levels` that what follows is deeper.
    pub(super) fn descend(&mut self, levels: usize) -> Read<()> {
        self.depth += levels;
        if self.depth > self.depth_max {
            let what = format!("nests deeper than {} levels", self.depth_max);
            return fault(self.end, what);
        }
        Ok(())
    }

    /// Counts back what [`descend`](Self::descend) counted.
    pub(super) fn ascend(&mut self, levels: usize) {
        self.depth = self.depth.saturating_sub(levels);
    }

    /// Returns where the last token ended.
    pub(super) fn end(&self) -> usize {
        self.end
    }

    pub(super) fn expression(&mut self) -> Read<Expression> {
        self.deeper(1, Self::choice)
    }

    fn choice(&mut self) -> Read<Expression> {
        let condition = self.operations()?;
        if !self.takes("?")? {
            return Ok(condition);
        }
        let yes = Box::new(self.expression()?);
        self.expect(":")?;
        let no = Box::new(self.expression()?);
        let span = condition.span.start..self.end;
        let condition = condition.span;
        let node = Node::Choice { condition, yes, no };
        Ok(Expression { span, node })
    }

    /// Reads terms between operators: which of them binds tighter shows nowhere.
    fn operations(&mut self) -> Read<Expression> {
        let first = self.term()?;
        let start = first.span.start;
        let mut only = Some(first);
        while let Kind::Symbol(
            "||" | "&&" | "==" | "!=" | ">" | ">=" | "<" | "<=" | "+" | "-" | "*" | "/" | "%",
        ) = self.peek()?.kind
        {
            self.take()?;
            self.term()?;
            only = None;
        }
        Ok(only.unwrap_or(Expression {
            span: start..self.end,
            node: Node::Other,
        }))
    }

    fn term(&mut self) -> Read<Expression> {
        let start = self.peek()?.start;
        let mut signs = 0_usize;
        let mut sign = ' ';
        while let Kind::Symbol(symbol @ ("-" | "!")) = self.peek()?.kind {
            self.take()?;
            signs += 1;
            sign = if symbol == "-" { '-' } else { '!' };
        }
        let operand = self.primary()?;
        let operand = self.traversals(operand)?;
        let node = match (signs, operand.node) {
            (0, node) => node,
            (1, Node::Literal(literal)) => Node::Signed(sign, literal, operand.span),
            _ => Node::Other,
        };
        let span = start..self.end;
        Ok(Expression { span, node })
    }

    fn primary(&mut self) -> Read<Expression> {
        let token = self.peek()?;
        let node = match token.kind {
            Kind::Number => {
                self.take()?;
                if !is_number(self.source(token.start..token.end)) {
                    return fault(token.start, "this is no number");
                }
                Node::Literal(Literal::Number)
            }
            Kind::Name => self.named()?,
            Kind::Quote => {
                self.take()?;
                self.template(Kind::QuoteEnd, false)?
            }
            Kind::Heredoc { outdented } => {
                self.take()?;
                self.template(Kind::HeredocEnd, outdented)?
            }
            Kind::Symbol("(") => {
                self.take()?;
                self.within(false, |parser| {
                    parser.expression()?;
                    parser.expect(")")
                })?;
                Node::Other
            }
            Kind::Symbol("[") => {
                self.take()?;
                self.within(false, Self::tuple)?
            }
            Kind::Symbol("{") => {
                self.take()?;
                if self.within(false, |parser| parser.takes_word("for"))? {
                    self.within(false, |parser| parser.comprehension(true))?
                } else {
                    self.within(true, Self::object)?
                }
            }
            _ => return self.unexpected("an expression"),
        };
        let span = token.start..self.end;
        Ok(Expression { span, node })
    }

    fn named(&mut self) -> Read<Node> {
        let token = self.take()?;
        if matches!(self.peek()?.kind, Kind::Symbol("(" | "::")) {
            while self.takes("::")? {
                self.name("a function's name")?;
            }
            self.expect("(")?;
            self.within(false, Self::arguments)?;
            return Ok(Node::Other);
        }
        Ok(match self.source(token.start..token.end) {
            "true" => Node::Literal(Literal::Bool(true)),
            "false" => Node::Literal(Literal::Bool(false)),
            "null" => Node::Literal(Literal::Null),
            _ => Node::Traversal,
        })
    }

    fn arguments(&mut self) -> Read<()> {
        while !self.takes(")")? {
            self.expression()?;
            if self.takes("...")? {
                return self.expect(")");
            }
            if !self.takes(",")? {
                return self.expect(")");
            }
        }
        Ok(())
    }

    fn tuple(&mut self) -> Read<Node> {
        if self.takes_word("for")? {
            return self.comprehension(false);
        }
        let mut elements = Vec::new();
        while !self.takes("]")? {
            elements.push(self.expression()?);
            if !self.takes(",")? {
                self.expect("]")?;
                break;
            }
        }
        Ok(Node::Tuple(elements))
    }

    fn object(&mut self) -> Read<Node> {
        let mut items = Vec::new();
        loop {
            while self.peek()?.kind == Kind::Newline {
                self.take()?;
            }
            if self.takes("}")? {
                break;
            }
            let key = self.expression()?;
            if !self.takes("=")? && !self.takes(":")? {
                return self.unexpected("`=` or `:` after the key");
            }
            items.push((key, self.expression()?));
            if self.takes("}")? {
                break;
            }
            if self.peek()?.kind != Kind::Newline && !self.is_next(",")? {
                return self.unexpected("`,` or the end of the line after the value");
            }
            self.take()?;
        }
        Ok(Node::Object(items))
    }

    /// Reads the rest of a `for` expression, up to its bracket.
    fn comprehension(&mut self, object: bool) -> Read<Node> {
        self.for_names()?;
        self.expression()?;
        self.expect(":")?;
        self.expression()?;
        if object {
            self.expect("=>")?;
            self.expression()?;
            self.takes("...")?;
        }
        if self.takes_word("if")? {
            self.expression()?;
        }
        self.expect(if object { "}" } else { "]" })?;
        Ok(Node::Other)
    }

    /// Reads what is between `for` and the collection: a key, if there is one, and an element.
    pub(super) fn for_names(&mut self) -> Read<(Option<Range<usize>>, Range<usize>)> {
        let first = self.name("a name after `for`")?;
        let (key, element) = if self.takes(",")? {
            (Some(first), self.name("a name after the comma")?)
        } else {
            (None, first)
        };
        if !self.takes_word("in")? {
            return self.unexpected("`in`");
        }
        Ok((key, element))
    }

    /// Reads the attributes, indices and splats after `from`.
    fn traversals(&mut self, from: Expression) -> Read<Expression> {
        let mut from = from;
        loop {
            let fixed = match self.peek()?.kind {
                Kind::Symbol(".") => {
                    self.take()?;
                    self.attribute()?
                }
                Kind::Symbol("[") => {
                    self.take()?;
                    self.index()?
                }
                _ => return Ok(from),
            };
            from.span.end = self.end;
            from.node = match from.node {
                Node::Traversal if fixed => Node::Traversal,
                _ => Node::Other,
            };
        }
    }

    /// Reads what is after a dot, and returns whether it is no splat.
    fn attribute(&mut self) -> Read<bool> {
        if !self.takes("*")? {
            return self.step().map(|()| true);
        }
        while self.takes(".")? {
            self.step()?;
        }
        Ok(false)
    }

    fn step(&mut self) -> Read<()> {
        let token = self.peek()?;
        let source = self.source(token.start..token.end);
        match token.kind {
            Kind::Number if source.contains('.') || !is_number(source) => {
                let what = format!("write the index `{source}` with a bracket for each number");
                return fault(token.start, what);
            }
            Kind::Name | Kind::Number => {}
            _ => return self.unexpected("an attribute's name after the dot"),
        }
        self.take()?;
        Ok(())
    }

    /// Reads what is after a bracket, and returns whether it is fixed.
    fn index(&mut self) -> Read<bool> {
        if self.takes("*")? {
            self.expect("]")?;
            return Ok(false);
        }
        let key = self.within(false, |parser| {
            let key = parser.expression()?;
            parser.expect("]")?;
            Ok(key)
        })?;
        Ok(match key.node {
            Node::Literal(_) => true,
            Node::Template(parts) => matches!(
                parts.as_slice(),
                [] | [Part::Text(_)
                    | Part::Expression(Expression {
                        node: Node::Literal(_),
                        ..
                    })]
            ),
            _ => false,
        })
    }
}
