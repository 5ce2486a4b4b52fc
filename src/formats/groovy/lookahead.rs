//! What is to come, told from tokens that are not taken yet.
//!
//! How far it looks is part of what decides, so it is as far as conftest looks.

use super::FormatError;
use super::parser::Parser;
use super::token::Kind;

/// How far ahead an arrow may be.
const ARROW_AHEAD: usize = 80;
/// How far ahead the `in` of a loop may be.
const IN_AHEAD: usize = 120;
/// How many tokens there may be between `<` and `>`. conftest looks on to the end.
const TYPES_AHEAD: usize = 400;

impl Parser<'_> {
    /// Whether after one or more ends of statements something goes on with the last one.
    pub(super) fn goes_on_after_semicolons(&self) -> bool {
        self.kind().is_semicolon()
            && matches!(
                self.after_semicolons(),
                Kind::Dot
                    | Kind::SafeNav
                    | Kind::Spread
                    | Kind::MethodPointer
                    | Kind::FieldAccess
                    | Kind::MethodRef
                    | Kind::Question
            )
    }

    /// Returns what comes after ends of statements.
    pub(super) fn after_semicolons(&self) -> Kind {
        let mut ahead = 0;
        while self.ahead(ahead).is_semicolon() {
            ahead += 1;
        }
        self.ahead(ahead)
    }

    /// Whether a `{` at the start of a statement starts a closure.
    pub(super) fn starts_closure_with_parameters(&self) -> bool {
        self.ahead(1) == Kind::Arrow || self.has_arrow(1, ARROW_AHEAD)
    }

    /// Whether an arrow comes before the statement or the block ends, among the tokens
    /// from `from` to `to`.
    fn has_arrow(&self, from: usize, to: usize) -> bool {
        let mut open = 0_usize;
        for ahead in from..to {
            match self.ahead(ahead) {
                Kind::Arrow if open == 0 => return true,
                Kind::LBrace => open += 1,
                Kind::RBrace | Kind::Semi | Kind::Semicolon if open == 0 => return false,
                Kind::RBrace => open -= 1,
                Kind::Eof => return false,
                _ => {}
            }
        }
        false
    }

    /// Whether parameters of a closure and an arrow come next.
    pub(super) fn has_closure_parameters(&self) -> Result<bool, FormatError> {
        let (first, second) = (self.kind(), self.ahead(1));
        if first.is_name() && second == Kind::Arrow {
            return Ok(true);
        }
        let may_be = first.is_name() && matches!(second, Kind::Assign | Kind::Comma)
            || first.is_primitive() && (second.is_name() || second == Kind::LBrack)
            || matches!(first, Kind::KwDef | Kind::KwFinal) && second.is_name()
            || self.has_parameter_type()?;
        Ok(may_be && self.has_arrow(0, ARROW_AHEAD))
    }

    /// Whether a type and the name of a parameter come next.
    pub(super) fn has_parameter_type(&self) -> Result<bool, FormatError> {
        let Some(after) = self.after_type_name()? else {
            return Ok(false);
        };
        let after = self.ahead(after);
        Ok(after.is_name() || after == Kind::Ellipsis || after.is_keyword())
    }

    /// Whether a type and the name of a method or field come next.
    pub(super) fn has_type_before_name(&self) -> Result<bool, FormatError> {
        let Some(after) = self.after_type_name()? else {
            return Ok(false);
        };
        let after = self.ahead(after);
        let is_text = matches!(after, Kind::StringLiteral | Kind::GStringFull);
        Ok(after.is_name() || is_text || after.is_keyword())
    }

    /// Returns where a type ends that starts here with a capital letter or has dots.
    fn after_type_name(&self) -> Result<Option<usize>, FormatError> {
        match (self.kind(), self.ahead(1)) {
            (Kind::CapitalizedIdentifier, _) | (Kind::Identifier, Kind::Dot) => {}
            _ => return Ok(None),
        }
        let Some(after) = self.after_dotted(0) else {
            return Ok(None);
        };
        self.after_generics(after)
            .map(|after| after.map(|after| self.after_brackets(after)))
    }

    /// Returns where names joined by dots end that start at `ahead`.
    fn after_dotted(&self, mut ahead: usize) -> Option<usize> {
        loop {
            if !self.ahead(ahead).is_name() {
                return None;
            }
            ahead += 1;
            if self.ahead(ahead) != Kind::Dot {
                return Some(ahead);
            }
            ahead += 1;
        }
    }

    /// Returns where `<…>` ends that may start at `ahead`; nothing where it has no end.
    fn after_generics(&self, ahead: usize) -> Result<Option<usize>, FormatError> {
        if self.ahead(ahead) != Kind::Lt {
            return Ok(Some(ahead));
        }
        let mut open = 1_i32;
        for at in ahead + 1..ahead + TYPES_AHEAD {
            match self.ahead(at) {
                Kind::Eof => return Ok(None),
                Kind::Lt => open += 1,
                Kind::Gt => open -= 1,
                Kind::RightShift => open -= 2,
                Kind::UnsignedRightShift => open -= 3,
                _ => {}
            }
            if open <= 0 {
                return Ok(Some(at + 1));
            }
        }
        Err(self.error("a `<` after a name, and no `>` near: write it in parentheses"))
    }

    /// Returns where `[]` ends that may start at `ahead`, once or more often.
    fn after_brackets(&self, mut ahead: usize) -> usize {
        while self.ahead(ahead) == Kind::LBrack && self.ahead(ahead + 1) == Kind::RBrack {
            ahead += 2;
        }
        ahead
    }

    /// Whether a type with a capital letter and a name come next, which is a declaration
    /// even without `def`.
    pub(super) fn has_typed_declaration(&self) -> Result<bool, FormatError> {
        Ok(match (self.kind(), self.ahead(1)) {
            (Kind::CapitalizedIdentifier, Kind::Lt) => {
                let after = self.after_generics(1)?;
                after.is_some_and(|after| self.ahead(after).is_name())
            }
            (Kind::CapitalizedIdentifier, Kind::LBrack) => {
                self.ahead(2) == Kind::RBrack && self.ahead(3).is_name()
            }
            (Kind::CapitalizedIdentifier, second) => second.is_name(),
            _ => false,
        })
    }

    /// Whether `(a, b) =` comes next.
    pub(super) fn has_names_to_assign(&self) -> bool {
        let mut ahead = 1;
        loop {
            if !self.ahead(ahead).is_name() {
                return false;
            }
            match self.ahead(ahead + 1) {
                Kind::Comma => ahead += 2,
                Kind::RParen => return self.ahead(ahead + 2) == Kind::Assign,
                _ => return false,
            }
        }
    }

    /// Whether the `(` that is next has an arrow after its `)`.
    pub(super) fn has_lambda(&self) -> bool {
        let mut open = 0_usize;
        let mut ahead = 0;
        loop {
            match self.ahead(ahead) {
                Kind::Eof => return false,
                Kind::LParen => open += 1,
                Kind::RParen => open -= 1,
                _ => {}
            }
            ahead += 1;
            if open == 0 {
                return self.ahead(ahead) == Kind::Arrow;
            }
        }
    }

    /// Whether the `(` that is next has a type and a `)`, and something to cast after it.
    pub(super) fn has_cast(&self) -> Result<bool, FormatError> {
        let first = self.ahead(1);
        let end = if first.is_primitive() {
            // Only one pair of brackets here.
            let is_array = self.ahead(2) == Kind::LBrack && self.ahead(3) == Kind::RBrack;
            if is_array { 4 } else { 2 }
        } else {
            if first == Kind::Identifier && self.ahead(2) != Kind::Dot {
                return Ok(false);
            }
            let Some(after) = self.after_dotted(1) else {
                return Ok(false);
            };
            // A name in small letters is a type only as a package of one with a capital.
            let last = self.ahead(after - 1);
            if first == Kind::Identifier && last != Kind::CapitalizedIdentifier {
                return Ok(false);
            }
            match self.after_generics(after)? {
                Some(after) => self.after_brackets(after),
                None => return Ok(false),
            }
        };
        Ok(self.ahead(end) == Kind::RParen && self.ahead(end + 1).may_start_expression())
    }

    /// Whether the loop whose `for (` was taken is one over `in` or `:`.
    pub(super) fn is_for_in(&self) -> bool {
        let (mut parens, mut bracks, mut braces) = (0_usize, 0_usize, 0_usize);
        for ahead in 0..IN_AHEAD {
            let is_outer = parens + bracks + braces == 0;
            match self.ahead(ahead) {
                Kind::Eof => return false,
                Kind::Semi | Kind::Semicolon | Kind::RParen if is_outer => return false,
                Kind::KwIn | Kind::Colon if is_outer => return true,
                Kind::LParen => parens += 1,
                Kind::RParen => parens = parens.saturating_sub(1),
                Kind::LBrack => bracks += 1,
                Kind::RBrack => bracks = bracks.saturating_sub(1),
                Kind::LBrace => braces += 1,
                Kind::RBrace => braces = braces.saturating_sub(1),
                _ => {}
            }
        }
        false
    }
}
