//! Declarations of variables and methods, imports, annotations, and types by their names.

use super::FormatError;
use super::parser::Parser;
use super::token::Kind;
use super::tree::Inner;

impl Parser<'_> {
    pub(super) fn type_declaration(&self) -> FormatError {
        self.error("classes and other types are not read: declare them in a shared library")
    }

    /// Reads names joined by dots.
    pub(super) fn dotted_name(&mut self) -> Result<(), FormatError> {
        self.name("a name")?;
        while self.at(Kind::Dot) && self.ahead(1).is_name() {
            self.take()?;
            self.take()?;
        }
        Ok(())
    }

    pub(super) fn type_name(&mut self) -> Result<(), FormatError> {
        if self.kind().is_primitive() {
            self.take()?;
        } else {
            self.dotted_name()?;
            if self.at(Kind::Lt) {
                self.generics()?;
            }
        }
        self.brackets()
    }

    /// Reads `[]`, as often as it is there.
    fn brackets(&mut self) -> Result<(), FormatError> {
        while self.at(Kind::LBrack) && self.ahead(1) == Kind::RBrack {
            self.take()?;
            self.take()?;
        }
        Ok(())
    }

    /// Reads `<…>`, which conftest leaves as a flat list of tokens.
    fn generics(&mut self) -> Result<(), FormatError> {
        self.take()?;
        let mut open = 1_i32;
        while open > 0 {
            match self.kind() {
                Kind::Lt => open += 1,
                Kind::Gt => open -= 1,
                Kind::RightShift => open -= 2,
                Kind::UnsignedRightShift => open -= 3,
                Kind::Dot
                | Kind::Comma
                | Kind::Question
                | Kind::LBrack
                | Kind::RBrack
                | Kind::BitwiseAnd
                | Kind::KwExtends
                | Kind::KwSuper => {}
                kind if kind.is_name() || kind.is_primitive() => {}
                _ => {
                    let what = "the name of a type in `<…>`; a comparison is in parentheses";
                    return Err(self.unexpected(what));
                }
            }
            self.take()?;
        }
        Ok(())
    }

    pub(super) fn annotation(&mut self) -> Result<(), FormatError> {
        self.node(Inner::AnnotationNode, |parser| {
            parser.take()?;
            parser.type_name()?;
            if parser.at(Kind::LParen) {
                parser.argument_list()?;
            }
            Ok(())
        })
    }

    pub(super) fn import(&mut self) -> Result<(), FormatError> {
        self.node(Inner::ImportDecl, |parser| {
            parser.take()?;
            parser.take_if(Kind::KwStatic)?;
            parser.dotted_name()?;
            if parser.at(Kind::Dot) && parser.ahead(1) == Kind::Star {
                parser.take()?;
                parser.take()?;
            }
            if parser.take_if(Kind::KwAs)? {
                parser.name("a name after `as`")?;
            }
            Ok(())
        })
    }

    /// Reads a declaration that starts with modifiers or annotations.
    pub(super) fn modified(&mut self) -> Result<(), FormatError> {
        let place = self.tree.place();
        loop {
            match self.kind() {
                kind if kind.is_modifier() || kind.is_semicolon() => self.take()?,
                Kind::At if self.ahead(1) != Kind::KwInterface => self.annotation()?,
                _ => break,
            }
        }
        match self.kind() {
            Kind::At | Kind::KwClass | Kind::KwInterface | Kind::KwEnum | Kind::KwTrait => {
                Err(self.type_declaration())
            }
            Kind::KwImport => self.node_at(place, Inner::ImportDecl, Self::import),
            _ => self.method_or_field(place),
        }
    }

    /// Reads the rest of a method or field whose modifiers are at `place`.
    fn method_or_field(&mut self, place: usize) -> Result<(), FormatError> {
        if self.at(Kind::Lt) {
            self.generics()?;
        }
        match self.kind() {
            Kind::KwDef => {
                self.take()?;
                if self.at(Kind::Lt) {
                    self.generics()?;
                    let is_primitive = self.kind().is_primitive() && self.ahead(1).is_name();
                    if is_primitive || self.has_type_before_name()? {
                        self.type_name()?;
                    }
                }
            }
            Kind::KwVoid => self.take()?,
            kind if kind.is_primitive() => self.type_name()?,
            _ if self.has_type_before_name()? => self.type_name()?,
            _ => {}
        }
        match self.kind() {
            Kind::StringLiteral | Kind::GStringFull => self.take()?,
            kind if kind.is_name() || kind.is_keyword() => self.take()?,
            _ => return Err(self.unexpected("a name after modifiers or annotations")),
        }
        if !self.at(Kind::LParen) {
            return self.node_at(place, Inner::FieldDecl, Self::values);
        }
        self.node_at(place, Inner::MethodDecl, |parser| {
            parser.parameters_and_exceptions()?;
            if parser.take_if(Kind::KwDefault)? {
                parser.expression()?;
            }
            parser.skip_semicolons()?;
            if parser.at(Kind::LBrace) {
                parser.block()?;
            }
            Ok(())
        })
    }

    /// Reads the value of a variable, and others after commas.
    fn values(&mut self) -> Result<(), FormatError> {
        loop {
            if self.take_if(Kind::Assign)? {
                self.expression()?;
            }
            if !self.take_if(Kind::Comma)? {
                return Ok(());
            }
            self.name("a name")?;
        }
    }

    /// Reads variables, or a method.
    pub(super) fn variables(&mut self) -> Result<(), FormatError> {
        let place = self.tree.place();
        self.take_if(Kind::KwFinal)?;
        match self.kind() {
            Kind::KwDef => {
                self.take()?;
                if self.at(Kind::LParen) {
                    return self.node_at(place, Inner::VariableDecl, Self::several_variables);
                }
            }
            kind if kind.is_primitive() => {
                self.take()?;
                self.brackets()?;
            }
            Kind::CapitalizedIdentifier => self.type_name()?,
            // `final x = …`
            Kind::Identifier if self.ahead(1) == Kind::Assign => {}
            Kind::KwClass | Kind::KwInterface | Kind::KwEnum | Kind::KwTrait => {
                return Err(self.type_declaration());
            }
            _ => return Err(self.unexpected("the type of a variable")),
        }
        self.name("the name of a variable")?;
        if !self.at(Kind::LParen) {
            return self.node_at(place, Inner::VariableDecl, Self::values);
        }
        self.node_at(place, Inner::MethodDecl, |parser| {
            parser.parameters_and_exceptions()?;
            if parser.at(Kind::LBrace) {
                parser.block()?;
            }
            Ok(())
        })
    }

    /// Reads `(a, b) = …` after `def`.
    fn several_variables(&mut self) -> Result<(), FormatError> {
        self.take()?;
        loop {
            let (kind, next) = (self.kind(), self.ahead(1));
            if kind == Kind::CapitalizedIdentifier && next.is_name()
                || kind.is_name() && next == Kind::Dot
            {
                self.type_name()?;
            } else if kind.is_primitive() && next.is_name() {
                self.take()?;
            }
            self.name("the name of a variable")?;
            if !self.take_if(Kind::Comma)? {
                break;
            }
        }
        self.expect(Kind::RParen, "`)`")?;
        if self.take_if(Kind::Assign)? {
            self.expression()?;
        }
        Ok(())
    }

    fn parameters_and_exceptions(&mut self) -> Result<(), FormatError> {
        self.expect(Kind::LParen, "`(`")?;
        self.elements(Kind::RParen, Self::parameter)?;
        self.expect(Kind::RParen, "`)`")?;
        if self.take_if(Kind::KwThrows)? {
            self.type_name()?;
            while self.take_if(Kind::Comma)? {
                self.type_name()?;
            }
        }
        Ok(())
    }

    fn parameter(&mut self) -> Result<(), FormatError> {
        while self.at(Kind::At) && self.ahead(1) != Kind::KwInterface {
            self.annotation()?;
        }
        self.take_if(Kind::KwFinal)?;
        let (kind, next) = (self.kind(), self.ahead(1));
        if kind == Kind::KwDef {
            self.take()?;
        } else if kind.is_primitive()
            && (next.is_name() || matches!(next, Kind::Ellipsis | Kind::LBrack))
            || self.has_parameter_type()?
        {
            self.type_name()?;
        }
        self.take_if(Kind::Ellipsis)?;
        self.name("a parameter")?;
        if self.take_if(Kind::Assign)? {
            self.expression()?;
        }
        Ok(())
    }
}
