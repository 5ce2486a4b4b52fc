//! Statements.

use super::FormatError;
use super::parser::Parser;
use super::token::Kind;
use super::tree::Inner;

impl Parser<'_> {
    /// Reads a statement.
    pub(super) fn statement(&mut self) -> Result<(), FormatError> {
        self.nested(Self::one_statement)
    }

    fn one_statement(&mut self) -> Result<(), FormatError> {
        match self.kind() {
            Kind::LBrace if self.starts_closure_with_parameters() => self.expression_statement(),
            Kind::LBrace => self.block(),
            Kind::KwIf => self.node(Inner::IfStmt, Self::conditional),
            Kind::KwWhile => self.node(Inner::WhileStmt, |parser| {
                parser.take()?;
                parser.condition()?;
                parser.skip_semicolons()?;
                parser.body()
            }),
            Kind::KwDo => self.node(Inner::DoWhileStmt, |parser| {
                parser.take()?;
                parser.body()?;
                parser.expect(Kind::KwWhile, "`while`")?;
                parser.condition()
            }),
            Kind::KwFor => self.for_loop(),
            Kind::KwSwitch => self.switch(),
            Kind::KwTry => self.node(Inner::TryStmt, Self::attempt),
            Kind::KwThrow => self.node(Inner::ThrowStmt, |parser| {
                parser.take()?;
                parser.expression()
            }),
            Kind::KwReturn => self.node(Inner::ReturnStmt, |parser| {
                parser.take()?;
                if parser.kind().may_start_expression() {
                    parser.expression()?;
                }
                Ok(())
            }),
            Kind::KwBreak => self.node(Inner::BreakStmt, Self::jump),
            Kind::KwContinue => self.node(Inner::ContinueStmt, Self::jump),
            Kind::KwAssert => self.node(Inner::AssertStmt, |parser| {
                parser.take()?;
                parser.expression()?;
                if matches!(parser.kind(), Kind::Colon | Kind::Comma) {
                    parser.take()?;
                    parser.expression()?;
                }
                Ok(())
            }),
            Kind::KwSynchronized => self.node(Inner::SynchronizedStmt, |parser| {
                parser.take()?;
                parser.condition()?;
                parser.block()
            }),
            _ => self.declaration_or_expression(),
        }
    }

    fn declaration_or_expression(&mut self) -> Result<(), FormatError> {
        let next = self.ahead(1);
        match self.kind() {
            Kind::KwDef | Kind::KwFinal => self.variables(),
            Kind::KwPackage => self.node(Inner::PackageDecl, |parser| {
                parser.take()?;
                parser.dotted_name()
            }),
            Kind::KwImport => self.import(),
            Kind::KwClass | Kind::KwInterface | Kind::KwEnum | Kind::KwTrait => {
                Err(self.type_declaration())
            }
            kind if kind.is_modifier() => self.modified(),
            Kind::At => self.modified(),
            kind if kind.is_primitive() && (next.is_name() || next == Kind::LBrack) => {
                self.variables()
            }
            _ if self.has_typed_declaration()? => self.variables(),
            Kind::Identifier if next == Kind::Colon => self.node(Inner::LabeledStmt, |parser| {
                parser.take()?;
                parser.take()?;
                parser.statement()
            }),
            Kind::LParen if self.has_names_to_assign() => {
                self.node(Inner::ExpressionStmt, Self::names_assigned)
            }
            _ => self.expression_statement(),
        }
    }

    fn expression_statement(&mut self) -> Result<(), FormatError> {
        self.node(Inner::ExpressionStmt, Self::expression)
    }

    pub(super) fn block(&mut self) -> Result<(), FormatError> {
        self.node(Inner::BlockStmt, |parser| {
            parser.expect(Kind::LBrace, "`{`")?;
            parser.statements_up_to_brace()
        })
    }

    /// Reads a block, or one statement.
    fn body(&mut self) -> Result<(), FormatError> {
        if self.at(Kind::LBrace) {
            self.block()
        } else {
            self.statement()
        }
    }

    /// Reads an expression in parentheses.
    fn condition(&mut self) -> Result<(), FormatError> {
        self.expect(Kind::LParen, "`(`")?;
        self.expression()?;
        self.expect(Kind::RParen, "`)`")
    }

    fn conditional(&mut self) -> Result<(), FormatError> {
        self.take()?;
        self.condition()?;
        self.skip_semicolons()?;
        self.body()?;
        self.skip_semicolons()?;
        if self.take_if(Kind::KwElse)? {
            self.skip_semicolons()?;
            self.body()?;
        }
        Ok(())
    }

    /// Reads `break` or `continue`, perhaps with a label.
    fn jump(&mut self) -> Result<(), FormatError> {
        self.take()?;
        if self.kind().is_name() {
            self.take()?;
        }
        Ok(())
    }

    fn for_loop(&mut self) -> Result<(), FormatError> {
        let place = self.tree.place();
        self.take()?;
        self.expect(Kind::LParen, "`(`")?;
        let is_for_in = self.is_for_in();
        let node = if is_for_in {
            Inner::ForInStmt
        } else {
            Inner::ForStmt
        };
        self.node_at(place, node, |parser| {
            if is_for_in {
                parser.for_in_head()?;
            } else {
                parser.for_head()?;
            }
            parser.expect(Kind::RParen, "`)`")?;
            parser.skip_semicolons()?;
            parser.body()
        })
    }

    /// Reads `x in …`.
    fn for_in_head(&mut self) -> Result<(), FormatError> {
        loop {
            self.take_if(Kind::KwFinal)?;
            let kind = self.kind();
            let is_type = matches!(kind, Kind::KwDef | Kind::CapitalizedIdentifier);
            if is_type || kind.is_primitive() {
                self.take()?;
                if self.at(Kind::LBrack) && self.ahead(1) == Kind::RBrack {
                    self.take()?;
                    self.take()?;
                }
            }
            self.name("a variable")?;
            if !self.take_if(Kind::Comma)? {
                break;
            }
        }
        if !self.take_if(Kind::Colon)? {
            self.expect(Kind::KwIn, "`in`")?;
        }
        self.expression()
    }

    /// Reads `…; …; …`.
    fn for_head(&mut self) -> Result<(), FormatError> {
        if !self.kind().is_semicolon() {
            self.for_start()?;
            while self.take_if(Kind::Comma)? {
                if self.kind().is_semicolon() {
                    break;
                }
                self.for_start()?;
            }
        }
        self.expect(Kind::Semi, "`;`")?;
        if !self.kind().is_semicolon() {
            self.expression()?;
        }
        self.expect(Kind::Semi, "`;`")?;
        if !self.at(Kind::RParen) {
            self.expression()?;
            while self.take_if(Kind::Comma)? {
                self.expression()?;
            }
        }
        Ok(())
    }

    fn for_start(&mut self) -> Result<(), FormatError> {
        let (kind, next) = (self.kind(), self.ahead(1));
        let is_typed =
            kind == Kind::CapitalizedIdentifier && next.is_name() && self.ahead(2) == Kind::Assign
                || kind.is_primitive() && next.is_name();
        if kind != Kind::KwDef && !is_typed {
            return self.expression();
        }
        self.take()?;
        if self.at(Kind::LParen) {
            return Err(self.error("several variables in parentheses: write them one by one"));
        }
        if self.kind().is_name() {
            self.take()?;
        }
        if self.take_if(Kind::Assign)? {
            self.expression()?;
        }
        Ok(())
    }

    pub(super) fn switch(&mut self) -> Result<(), FormatError> {
        self.node(Inner::SwitchStmt, |parser| {
            parser.take()?;
            parser.condition()?;
            parser.expect(Kind::LBrace, "`{`")?;
            while !matches!(parser.kind(), Kind::RBrace | Kind::Eof) {
                match parser.kind() {
                    Kind::KwCase => parser.node(Inner::CaseClause, |parser| {
                        parser.take()?;
                        let from = parser.taken();
                        parser.expression()?;
                        parser.refuse_outer_arrow(from)?;
                        parser.clause()
                    })?,
                    Kind::KwDefault => parser.node(Inner::DefaultClause, |parser| {
                        parser.take()?;
                        parser.clause()
                    })?,
                    _ => return Err(parser.unexpected("`case` or `default`")),
                }
            }
            parser.expect(Kind::RBrace, "`}`")
        })
    }

    /// Refuses an arrow that is within no bracket: conftest takes it for that of a clause.
    fn refuse_outer_arrow(&self, from: usize) -> Result<(), FormatError> {
        let mut open = 0_usize;
        for kind in self.since(from) {
            match kind {
                Kind::LParen | Kind::LBrack | Kind::LBrace => open += 1,
                Kind::RParen | Kind::RBrack | Kind::RBrace => open = open.saturating_sub(1),
                Kind::Arrow if open == 0 => return Err(self.error("`->` after `case`")),
                _ => {}
            }
        }
        Ok(())
    }

    /// Reads a colon and statements up to the next clause.
    fn clause(&mut self) -> Result<(), FormatError> {
        if self.at(Kind::Arrow) {
            return Err(self.error("`->` in a `switch`: write `:`"));
        }
        self.expect(Kind::Colon, "`:`")?;
        while !matches!(
            self.kind(),
            Kind::KwCase | Kind::KwDefault | Kind::RBrace | Kind::Eof
        ) {
            self.statement()?;
            self.skip_semicolons()?;
        }
        Ok(())
    }

    /// Reads `try` and all that belongs to it.
    fn attempt(&mut self) -> Result<(), FormatError> {
        self.take()?;
        if self.at(Kind::LParen) {
            return Err(self.error("`try (…)`, which Jenkins does not know"));
        }
        self.block()?;
        self.skip_semicolons()?;
        while self.at(Kind::KwCatch) {
            self.node(Inner::CatchClause, Self::catch)?;
            self.skip_semicolons()?;
        }
        if self.at(Kind::KwFinally) {
            self.node(Inner::FinallyClause, |parser| {
                parser.take()?;
                parser.block()
            })?;
        }
        Ok(())
    }

    fn catch(&mut self) -> Result<(), FormatError> {
        self.take()?;
        self.expect(Kind::LParen, "`(`")?;
        self.take_if(Kind::KwFinal)?;
        if self.take_if(Kind::KwDef)? {
            if self.kind().is_name() {
                self.take()?;
            }
        } else if !self.at(Kind::RParen) {
            self.dotted_name()?;
            while self.take_if(Kind::BitwiseOr)? {
                self.dotted_name()?;
            }
            if self.kind().is_name() {
                self.take()?;
            }
        }
        self.expect(Kind::RParen, "`)`")?;
        self.block()
    }
}
