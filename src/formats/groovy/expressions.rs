//! Expressions: operands, what joins them, and calls without parentheses.

use super::FormatError;
use super::operators::{self, CALL, Operator, TERNARY, UNARY};
use super::parser::Parser;
use super::token::Kind;
use super::tree::Inner;

impl Parser<'_> {
    /// Reads an expression.
    pub(super) fn expression(&mut self) -> Result<(), FormatError> {
        self.bound_expression(0)
    }

    /// Reads an expression up to what binds no more tightly than `power`.
    fn bound_expression(&mut self, power: u8) -> Result<(), FormatError> {
        self.nested(|parser| {
            let place = parser.tree.place();
            parser.operand()?;
            loop {
                if parser.goes_on_after_semicolons() {
                    parser.skip_semicolons()?;
                }
                match operators::of(parser.kind()) {
                    Some((own, operator)) if own > power => parser.operation(place, &operator)?,
                    _ if power < CALL && parser.kind().may_start_argument() => {
                        parser.node_at(place, Inner::CallExpr, Self::arguments)?;
                    }
                    _ => return Ok(()),
                }
            }
        })
    }

    fn operation(&mut self, place: usize, operator: &Operator) -> Result<(), FormatError> {
        match operator {
            Operator::Ternary => self.node_at(place, Inner::TernaryExpr, |parser| {
                parser.take()?;
                parser.expression()?;
                if parser.kind().is_semicolon() && parser.after_semicolons() == Kind::Colon {
                    parser.skip_semicolons()?;
                }
                parser.expect(Kind::Colon, "`:`")?;
                parser.bound_expression(TERNARY - 1)
            }),
            Operator::Postfix => self.node_at(place, Inner::PostfixExpr, Self::take),
            Operator::Member(node) => self.node_at(place, *node, Self::member),
            Operator::MethodRef => self.node_at(place, Inner::MethodRefExpr, |parser| {
                parser.take()?;
                match parser.kind() {
                    Kind::KwNew | Kind::StringLiteral => parser.take(),
                    _ => parser.name("a name after `::`"),
                }
            }),
            Operator::Call => self.node_at(place, Inner::CallExpr, |parser| {
                if parser.at(Kind::LParen) {
                    parser.argument_list()?;
                }
                if parser.at(Kind::LBrace) {
                    parser.closure()?;
                }
                Ok(())
            }),
            Operator::Index => self.node_at(place, Inner::IndexExpr, |parser| {
                parser.take()?;
                parser.elements(Kind::RBrack, Self::expression)?;
                parser.expect(Kind::RBrack, "`]`")
            }),
            Operator::Typed(node) => self.node_at(place, *node, |parser| {
                parser.take()?;
                parser.type_name()
            }),
            Operator::Binary(node, power) => self.node_at(place, *node, |parser| {
                parser.take()?;
                parser.bound_expression(*power)
            }),
        }
    }

    /// Reads a dot or one of its relatives, and what it leads to.
    fn member(&mut self) -> Result<(), FormatError> {
        self.take()?;
        match self.kind() {
            Kind::BoolLiteral
            | Kind::NullLiteral
            | Kind::StringLiteral
            | Kind::GStringFull
            | Kind::SlashyStringLit
            | Kind::DollarSlashyStringLit => self.take(),
            kind if kind.is_name() || kind.is_keyword() => self.take(),
            Kind::GStringBegin => self.text_with_insertions(),
            Kind::LParen => {
                self.take()?;
                self.expression()?;
                self.expect(Kind::RParen, "`)`")
            }
            Kind::At => {
                self.take()?;
                self.name("a name after `@`")
            }
            _ => Err(self.unexpected("a name after a dot")),
        }
    }

    fn operand(&mut self) -> Result<(), FormatError> {
        match self.kind() {
            Kind::IntLiteral
            | Kind::FloatLiteral
            | Kind::StringLiteral
            | Kind::GStringFull
            | Kind::SlashyStringLit
            | Kind::DollarSlashyStringLit => self.node(Inner::LiteralExpr, Self::take),
            Kind::GStringBegin => self.text_with_insertions(),
            Kind::BoolLiteral => self.node(Inner::BoolExpr, Self::take),
            Kind::NullLiteral => self.node(Inner::NullExpr, Self::take),
            Kind::Identifier | Kind::CapitalizedIdentifier => {
                // In the default of a parameter the arrow is that of the closure.
                if self.ahead(1) == Kind::Arrow && self.defaults == 0 {
                    return Err(self.lambda());
                }
                self.node(Inner::IdentExpr, Self::take)
            }
            Kind::KwThis | Kind::KwSuper => self.node(Inner::IdentExpr, Self::take),
            kind if kind.is_primitive() => self.node(Inner::IdentExpr, Self::take),
            Kind::LParen => self.parentheses(),
            Kind::LBrace => self.closure(),
            Kind::LBrack => self.list_or_map(),
            Kind::Star => self.node(Inner::SpreadExpr, |parser| {
                parser.take()?;
                parser.take_if(Kind::Colon)?;
                parser.bound_expression(UNARY)
            }),
            Kind::At => self.annotation(),
            Kind::Plus | Kind::Minus | Kind::Not | Kind::BitwiseNot | Kind::Inc | Kind::Dec => self
                .node(Inner::UnaryExpr, |parser| {
                    parser.take()?;
                    parser.bound_expression(UNARY)
                }),
            Kind::KwNew => self.node(Inner::NewExpr, Self::new_object),
            Kind::KwSwitch => self.switch(),
            _ => Err(self.unexpected("an expression")),
        }
    }

    fn lambda(&self) -> FormatError {
        self.error("a lambda: write a closure, `{ … -> … }`")
    }

    fn parentheses(&mut self) -> Result<(), FormatError> {
        if self.has_lambda() {
            return Err(self.lambda());
        }
        if self.has_cast()? {
            return self.node(Inner::CastExpr, |parser| {
                parser.take()?;
                parser.type_name()?;
                parser.expect(Kind::RParen, "`)`")?;
                parser.bound_expression(UNARY)
            });
        }
        if self.has_names_to_assign() {
            return self.node(Inner::AssignExpr, Self::names_assigned);
        }
        self.node(Inner::ParenExpr, |parser| {
            parser.take()?;
            parser.expression()?;
            parser.expect(Kind::RParen, "`)`")
        })
    }

    /// Reads `(a, b) = …`.
    pub(super) fn names_assigned(&mut self) -> Result<(), FormatError> {
        self.take()?;
        self.name("a name")?;
        while self.take_if(Kind::Comma)? {
            self.name("a name")?;
        }
        self.expect(Kind::RParen, "`)`")?;
        self.expect(Kind::Assign, "`=`")?;
        self.expression()
    }

    /// Reads `one` several times up to `end`, which is not taken, with commas between and
    /// perhaps one at the end.
    pub(super) fn elements(
        &mut self,
        end: Kind,
        one: fn(&mut Self) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        if self.at(end) {
            return Ok(());
        }
        one(self)?;
        while self.take_if(Kind::Comma)? {
            if self.at(end) {
                break;
            }
            one(self)?;
        }
        Ok(())
    }

    /// Reads what comes after `new`, which is next.
    fn new_object(&mut self) -> Result<(), FormatError> {
        self.take()?;
        self.type_name()?;
        match self.kind() {
            Kind::LParen => {
                self.argument_list()?;
                // The body of a class without a name is read as a closure.
                if self.at(Kind::LBrace) {
                    self.closure()?;
                }
            }
            Kind::LBrack => {
                while self.take_if(Kind::LBrack)? {
                    if !self.at(Kind::RBrack) {
                        self.expression()?;
                    }
                    self.expect(Kind::RBrack, "`]`")?;
                }
            }
            _ => {}
        }
        if self.at(Kind::LBrace) {
            return Err(self.error("an array with `{`: write a list, `[…]`"));
        }
        Ok(())
    }

    /// Reads arguments without parentheses.
    fn arguments(&mut self) -> Result<(), FormatError> {
        self.argument()?;
        while self.take_if(Kind::Comma)? {
            self.argument()?;
        }
        Ok(())
    }

    /// Reads arguments in parentheses.
    pub(super) fn argument_list(&mut self) -> Result<(), FormatError> {
        self.expect(Kind::LParen, "`(`")?;
        self.elements(Kind::RParen, Self::argument)?;
        self.expect(Kind::RParen, "`)`")
    }

    fn argument(&mut self) -> Result<(), FormatError> {
        let is_named = self.has_key()
            || self.ahead(1) == Kind::Colon
                && matches!(
                    self.kind(),
                    Kind::StringLiteral
                        | Kind::GStringFull
                        | Kind::SlashyStringLit
                        | Kind::DollarSlashyStringLit
                        | Kind::BoolLiteral
                        | Kind::NullLiteral
                );
        if is_named {
            self.entry()
        } else {
            self.expression()
        }
    }

    /// Whether a word comes next that is a key, whatever else it may mean.
    fn has_key(&self) -> bool {
        let kind = self.kind();
        (kind.is_name() || kind.is_keyword()) && self.ahead(1) == Kind::Colon
    }

    /// Reads a key and its value.
    fn entry(&mut self) -> Result<(), FormatError> {
        self.node(Inner::MapEntry, |parser| {
            if parser.has_key() {
                parser.node(Inner::IdentExpr, Self::take)?;
            } else {
                parser.expression()?;
            }
            parser.expect(Kind::Colon, "`:`")?;
            parser.expression()
        })
    }

    fn has_spread_map(&self) -> bool {
        self.at(Kind::Star) && self.ahead(1) == Kind::Colon
    }

    fn entry_or_spread_map(&mut self) -> Result<(), FormatError> {
        if self.has_spread_map() {
            self.expression()
        } else {
            self.entry()
        }
    }

    fn list_or_map(&mut self) -> Result<(), FormatError> {
        let place = self.tree.place();
        self.take()?;
        if self.at(Kind::Colon) {
            return self.node_at(place, Inner::MapExpr, |parser| {
                parser.take()?;
                parser.expect(Kind::RBrack, "`]`")
            });
        }
        if self.has_key() || self.has_spread_map() {
            return self.node_at(place, Inner::MapExpr, |parser| {
                parser.elements(Kind::RBrack, Self::entry_or_spread_map)?;
                parser.expect(Kind::RBrack, "`]`")
            });
        }
        if self.at(Kind::RBrack) {
            return self.node_at(place, Inner::ListExpr, Self::take);
        }
        let first = self.tree.place();
        self.expression()?;
        let is_map = self.at(Kind::Colon);
        if is_map {
            self.node_at(first, Inner::MapEntry, |parser| {
                parser.take()?;
                parser.expression()
            })?;
        }
        let (node, one): (_, fn(&mut Self) -> _) = if is_map {
            (Inner::MapExpr, Self::entry_or_spread_map)
        } else {
            (Inner::ListExpr, Self::expression)
        };
        if self.take_if(Kind::Comma)? {
            self.elements(Kind::RBrack, one)?;
        }
        self.node_at(place, node, |parser| parser.expect(Kind::RBrack, "`]`"))
    }

    /// Reads a string with `$`.
    fn text_with_insertions(&mut self) -> Result<(), FormatError> {
        self.node(Inner::GStringExpr, |parser| {
            parser.take()?;
            loop {
                match parser.kind() {
                    Kind::GStringEnd => return parser.take(),
                    Kind::GStringPart => parser.take()?,
                    Kind::LBrace => parser.insertion()?,
                    kind if kind.is_name() => parser.node(Inner::GStringPath, |parser| {
                        parser.take()?;
                        while parser.take_if(Kind::Dot)? {
                            parser.name("a name")?;
                        }
                        Ok(())
                    })?,
                    _ => return Err(parser.unexpected("the end of a string")),
                }
            }
        })
    }

    /// Reads `{…}` in a string.
    fn insertion(&mut self) -> Result<(), FormatError> {
        self.take()?;
        if self.at(Kind::Arrow) {
            self.take()?;
        } else if self.has_closure_parameters()? {
            self.closure_parameters()?;
        } else {
            self.skip_semicolons()?;
        }
        self.statements_up_to_brace()
    }

    /// Reads statements and a `}`.
    pub(super) fn statements_up_to_brace(&mut self) -> Result<(), FormatError> {
        while !matches!(self.kind(), Kind::RBrace | Kind::Eof) {
            self.statement()?;
            self.skip_semicolons()?;
        }
        self.expect(Kind::RBrace, "`}`")
    }

    pub(super) fn closure(&mut self) -> Result<(), FormatError> {
        self.node(Inner::ClosureExpr, |parser| {
            parser.take()?;
            if parser.at(Kind::Arrow) {
                parser.take()?;
            } else if parser.has_closure_parameters()? {
                parser.closure_parameters()?;
            }
            parser.statements_up_to_brace()
        })
    }

    /// Reads parameters and an arrow.
    fn closure_parameters(&mut self) -> Result<(), FormatError> {
        self.closure_parameter()?;
        while self.take_if(Kind::Comma)? {
            self.closure_parameter()?;
        }
        self.expect(Kind::Arrow, "`->`")
    }

    fn closure_parameter(&mut self) -> Result<(), FormatError> {
        let (kind, next) = (self.kind(), self.ahead(1));
        if matches!(kind, Kind::KwDef | Kind::KwFinal) && next.is_name() {
            self.take()?;
        } else if kind.is_primitive() && (next.is_name() || next == Kind::LBrack)
            || self.has_parameter_type()?
        {
            self.type_name()?;
        }
        self.take_if(Kind::Ellipsis)?;
        self.name("a parameter")?;
        if self.take_if(Kind::Assign)? {
            self.defaults += 1;
            self.expression()?;
            self.defaults -= 1;
        }
        Ok(())
    }
}
