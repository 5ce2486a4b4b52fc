//! A program with guards in place of `+`, `%` and `std`, on the same lines.

use rsjsonnet_lang::arena::Arena;
use rsjsonnet_lang::ast::{
    Arg, Assert, BinaryOp, Bind, CompSpecPart, Expr, ExprKind, Field, FieldName, Member, ObjInside,
    Param, Visibility,
};
use rsjsonnet_lang::interner::StrInterner;
use rsjsonnet_lang::lexer::Lexer;
use rsjsonnet_lang::parser::Parser;
use rsjsonnet_lang::span::{SpanId, SpanManager};

use super::{NESTING_MAX, explain};
use crate::formats::FormatError;

/// Returns `text` as a function of `std` and of what stands for `+` and `%`.
///
/// The text must be a program.
pub(super) fn guarded(text: &str) -> Result<String, FormatError> {
    let arena = Arena::new();
    let interner = StrInterner::new();
    let mut spans = SpanManager::new();
    let (context, _) = spans.insert_source_context(text.len());
    let lexer = Lexer::new(
        &arena,
        &arena,
        &interner,
        &mut spans,
        context,
        text.as_bytes(),
    );
    let malformed = || FormatError::at(1, "is no program");
    let tokens = lexer.lex_to_eof(false).map_err(|_| malformed())?;
    let parser = Parser::new(&arena, &arena, &interner, &mut spans, tokens);
    let root = parser.parse_root_expr().map_err(|_| malformed())?;
    let mut rewriting = Rewriting {
        text,
        spans: &spans,
        out: String::new(),
        at: 0,
        fresh: fresh(text),
        names: 0,
        nesting: 0,
    };
    let name = &rewriting.fresh;
    rewriting.out = format!("(function(std, {name}add, {name}rem) ");
    rewriting.expr(&root)?;
    rewriting.copy_to(text.len());
    // The text may end in a comment.
    rewriting.out.push_str("\n)");
    Ok(rewriting.out)
}

/// go-jsonnet ends `x in super` there, and does not go on with a field.
fn is_super(expr: &Expr<'_, '_>) -> bool {
    matches!(
        expr.kind,
        ExprKind::SuperField(..) | ExprKind::SuperIndex(..)
    )
}

/// Returns the beginning of names that are nowhere in `text`.
fn fresh(text: &str) -> String {
    let mut name = "g_".to_owned();
    while text.contains(&name) {
        name.insert(0, 'g');
    }
    name
}

/// Copies the text from left to right, with other words for some expressions.
struct Rewriting<'t> {
    text: &'t str,
    spans: &'t SpanManager,
    out: String,
    /// How much of the text is written.
    at: usize,
    fresh: String,
    names: usize,
    nesting: usize,
}

impl Rewriting<'_> {
    fn bounds(&self, span: SpanId) -> (usize, usize) {
        let (_, start, end) = self.spans.get_span(span);
        (start, end)
    }

    fn copy_to(&mut self, end: usize) {
        let part = self.text.get(self.at..end).unwrap_or_default();
        self.out.push_str(part);
        self.at = end.max(self.at);
    }

    /// Writes `words` and the line breaks of the text up to `end`.
    fn replace_to(&mut self, end: usize, words: &str) {
        let part = self.text.get(self.at..end).unwrap_or_default();
        let breaks = part.matches('\n').count();
        self.out.push_str(words);
        self.out.push_str(&"\n".repeat(breaks));
        self.at = end.max(self.at);
    }

    fn refuse<T>(&self, span: SpanId, what: &str) -> Result<T, FormatError> {
        let line = explain::line(self.text, self.bounds(span).0);
        Err(FormatError::at(line, what))
    }

    fn new_name(&mut self) -> String {
        self.names += 1;
        format!("{}{}", self.fresh, self.names)
    }

    fn expr(&mut self, expr: &Expr<'_, '_>) -> Result<(), FormatError> {
        self.nesting += 1;
        if self.nesting > NESTING_MAX {
            return self.refuse(expr.span, "expressions nest too deeply");
        }
        let (start, end) = self.bounds(expr.span);
        self.copy_to(start);
        self.kind(expr)?;
        self.copy_to(end);
        self.nesting -= 1;
        Ok(())
    }

    fn kind(&mut self, expr: &Expr<'_, '_>) -> Result<(), FormatError> {
        match &expr.kind {
            ExprKind::Number(_) => {
                let (start, end) = self.bounds(expr.span);
                let number = self.text.get(start..end).unwrap_or_default();
                if number.starts_with("0_") {
                    return self.refuse(expr.span, "`_` after a leading zero");
                }
                Ok(())
            }
            ExprKind::Object(inside) => self.object(inside),
            ExprKind::Binary(left, BinaryOp::Add, right) => self.call("add", left, right),
            ExprKind::Binary(left, BinaryOp::Rem, right) => self.call("rem", left, right),
            ExprKind::Binary(_, BinaryOp::In, right) if is_super(right) => self.refuse(
                right.span,
                "`in super` before a field of it: put brackets around the field",
            ),
            ExprKind::ObjExt(left, inside, span) => {
                self.open("add");
                self.expr(left)?;
                let (start, end) = self.bounds(*span);
                self.replace_to(start, ", ");
                self.object(inside)?;
                self.copy_to(end);
                self.out.push(')');
                Ok(())
            }
            ExprKind::Import(_) | ExprKind::ImportStr(_) | ExprKind::ImportBin(_) => self.refuse(
                expr.span,
                "imports are not read: nothing but the file decides; put what it imports into it",
            ),
            _ => self.within(expr),
        }
    }

    /// Writes an expression in its own words, and what is within it.
    fn within(&mut self, expr: &Expr<'_, '_>) -> Result<(), FormatError> {
        match &expr.kind {
            ExprKind::Paren(inner)
            | ExprKind::Field(inner, _)
            | ExprKind::SuperIndex(_, inner)
            | ExprKind::Unary(_, inner)
            | ExprKind::Error(inner)
            | ExprKind::InSuper(inner, _)
            | ExprKind::Import(inner)
            | ExprKind::ImportStr(inner)
            | ExprKind::ImportBin(inner) => self.expr(inner),
            ExprKind::Object(inside) | ExprKind::ObjExt(_, inside, _) => self.object(inside),
            ExprKind::Array(elements) => self.all(elements.iter()),
            ExprKind::ArrayComp(element, parts) => {
                self.expr(element)?;
                self.comprehension(parts)
            }
            ExprKind::Index(left, right) | ExprKind::Binary(left, _, right) => {
                self.all([*left, *right])
            }
            ExprKind::Slice(array, from, to, step) => {
                self.expr(array)?;
                self.all([from, to, step].into_iter().flatten().copied())
            }
            ExprKind::Call(function, arguments, _) => {
                self.expr(function)?;
                self.all(arguments.iter().map(|argument| match argument {
                    Arg::Positional(value) | Arg::Named(_, value) => value,
                }))
            }
            ExprKind::Local(binds, body) => {
                binds.iter().try_for_each(|bind| self.bind(bind))?;
                self.expr(body)
            }
            ExprKind::If(condition, then, otherwise) => {
                self.all([*condition, *then].into_iter().chain(*otherwise))
            }
            ExprKind::Func(params, body) => {
                self.params(params)?;
                self.expr(body)
            }
            ExprKind::Assert(assert, body) => {
                self.assert(assert)?;
                self.expr(body)
            }
            ExprKind::Null
            | ExprKind::Bool(_)
            | ExprKind::SelfObj
            | ExprKind::Dollar
            | ExprKind::String(_)
            | ExprKind::TextBlock(_)
            | ExprKind::Number(_)
            | ExprKind::SuperField(..)
            | ExprKind::Ident(_) => Ok(()),
        }
    }

    fn all<'e, 'p: 'a, 'a: 'e>(
        &mut self,
        exprs: impl IntoIterator<Item = &'e Expr<'p, 'a>>,
    ) -> Result<(), FormatError> {
        exprs.into_iter().try_for_each(|expr| self.expr(expr))
    }

    fn open(&mut self, function: &str) {
        let opened = format!("{}{function}(", self.fresh);
        self.out.push_str(&opened);
    }

    /// Writes `left` and `right` as arguments of a guard.
    fn call(
        &mut self,
        function: &str,
        left: &Expr<'_, '_>,
        right: &Expr<'_, '_>,
    ) -> Result<(), FormatError> {
        self.open(function);
        self.expr(left)?;
        let (start, _) = self.bounds(right.span);
        self.replace_to(start, ", ");
        self.expr(right)?;
        self.out.push(')');
        Ok(())
    }

    fn params(&mut self, params: &[Param<'_, '_>]) -> Result<(), FormatError> {
        let mut defaults = params.iter().filter_map(|param| param.default_value);
        defaults.try_for_each(|value| self.expr(&value))
    }

    fn bind(&mut self, bind: &Bind<'_, '_>) -> Result<(), FormatError> {
        if let Some((params, _)) = bind.params {
            self.params(params)?;
        }
        self.expr(&bind.value)
    }

    fn assert(&mut self, assert: &Assert<'_, '_>) -> Result<(), FormatError> {
        self.expr(&assert.cond)?;
        assert.msg.iter().try_for_each(|message| self.expr(message))
    }

    fn comprehension(&mut self, parts: &[CompSpecPart<'_, '_>]) -> Result<(), FormatError> {
        parts.iter().try_for_each(|part| match part {
            CompSpecPart::For(part) => self.expr(&part.inner),
            CompSpecPart::If(part) => self.expr(&part.cond),
        })
    }

    fn object(&mut self, inside: &ObjInside<'_, '_>) -> Result<(), FormatError> {
        match inside {
            ObjInside::Members(members) => {
                for member in *members {
                    match member {
                        Member::Local(local) => self.bind(&local.bind)?,
                        Member::Assert(assert) => self.assert(assert)?,
                        Member::Field(field) => self.field(field)?,
                    }
                }
            }
            ObjInside::Comp {
                locals1,
                name,
                plus,
                body,
                locals2,
                comp_spec,
            } => {
                if *plus {
                    return self.refuse(name.span, COMPUTED);
                }
                let mut before = locals1.iter();
                before.try_for_each(|local| self.bind(&local.bind))?;
                self.expr(name)?;
                self.expr(body)?;
                let mut after = locals2.iter();
                after.try_for_each(|local| self.bind(&local.bind))?;
                self.comprehension(comp_spec)?;
            }
        }
        Ok(())
    }

    fn field(&mut self, field: &Field<'_, '_>) -> Result<(), FormatError> {
        if let FieldName::Expr(name, _) = field.name() {
            self.expr(name)?;
        }
        match field {
            Field::Func(_, params, _, _, body) => {
                self.params(params)?;
                self.expr(body)
            }
            Field::Value(_, false, _, value) => self.expr(value),
            Field::Value(name, true, visibility, value) => self.added(name, *visibility, value),
        }
    }

    /// Writes `name+: value` in the words that it stands for.
    fn added(
        &mut self,
        name: &FieldName<'_, '_>,
        visibility: Visibility,
        value: &Expr<'_, '_>,
    ) -> Result<(), FormatError> {
        let span = match name {
            FieldName::Ident(name) => name.span,
            FieldName::String(_, span) => *span,
            FieldName::Expr(_, span) => return self.refuse(*span, COMPUTED),
        };
        let (start, end) = self.bounds(span);
        let name = self.text.get(start..end).unwrap_or_default();
        let name = match self.text.as_bytes().get(start) {
            Some(b'"' | b'\'' | b'@' | b'|') => name.to_owned(),
            _ => format!("'{name}'"),
        };
        self.copy_to(end);
        let colons = match visibility {
            Visibility::Default => ":",
            Visibility::Hidden => "::",
            Visibility::ForceVisible => ":::",
        };
        let own = self.new_name();
        let begin = format!("{colons} local {own} = ");
        let (start, _) = self.bounds(value.span);
        self.replace_to(start, &begin);
        self.expr(value)?;
        let add = format!("{}add", self.fresh);
        let rest = format!("; if {name} in super then {add}(super[{name}], {own}) else {own}");
        self.out.push_str(&rest);
        Ok(())
    }
}

/// What is said of `[name]+: value`.
const COMPUTED: &str = "`+:` after a computed name is not read: write `[name]: super[name] + …`";
