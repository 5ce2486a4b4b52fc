//! Errors of the evaluator, in words and with their line.

use std::fmt::Debug;

use rsjsonnet_lang::lexer::LexError;
use rsjsonnet_lang::parser::ParseError;
use rsjsonnet_lang::program::{
    AnalyzeError, EvalError, EvalErrorKind, EvalStackTraceItem, LoadError,
};
use rsjsonnet_lang::span::{SpanContextId, SpanId, SpanManager};

use crate::formats::FormatError;

/// Where lines are counted.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) spans: &'a SpanManager,
    pub(super) context: SpanContextId,
    pub(super) text: &'a str,
}

impl Place<'_> {
    /// Returns the line of `span`, if it is one of the text.
    fn line(self, span: SpanId) -> Option<usize> {
        let (context, start, _) = self.spans.get_span(span);
        (context == self.context).then(|| line(self.text, start))
    }
}

/// Returns the 1-based line of the byte at `offset`.
pub(super) fn line(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    before.split(|byte| *byte == b'\n').count()
}

/// An error of reading the text.
pub(super) fn load(error: &LoadError, place: Place<'_>) -> FormatError {
    let (span, what) = match error {
        LoadError::Lex(error) => (Some(span_within(error)), words(error)),
        LoadError::Parse(ParseError::Expected { span, instead, .. }) => {
            (Some(*span), format!("unexpected {}", words(instead)))
        }
        LoadError::Analyze(error) => analysis(error),
    };
    at(span.and_then(|span| place.line(span)), what)
}

/// An error of evaluating it.
pub(super) fn evaluation(error: &EvalError, place: Place<'_>) -> FormatError {
    let own = own_span(&error.kind).and_then(|span| place.line(span));
    let called = || {
        let stack = error.stack_trace.iter().rev();
        let mut lines = stack.filter_map(|item| place.line(span_of(item)?));
        lines.next()
    };
    at(own.or_else(called), kind(&error.kind))
}

fn at(line: Option<usize>, what: String) -> FormatError {
    match line {
        Some(line) => FormatError::at(line, what),
        None => FormatError::Whole { what },
    }
}

fn kind(kind: &EvalErrorKind) -> String {
    match kind {
        EvalErrorKind::StackOverflow => "calls nest too deeply".to_owned(),
        EvalErrorKind::InfiniteRecursion => "a value needs itself".to_owned(),
        EvalErrorKind::ExplicitError { message, .. } => format!("error: {}", shown(message)),
        EvalErrorKind::AssertFailed { message, .. } => match message {
            Some(message) => format!("assertion failed: {}", shown(message)),
            None => "assertion failed".to_owned(),
        },
        EvalErrorKind::UnknownObjectField { field_name, .. } => {
            format!("there is no field `{}`", shown(field_name))
        }
        EvalErrorKind::UnknownExtVar { name } => {
            let name = shown(name);
            format!("`std.extVar` of `{name}`: nothing but the file decides")
        }
        EvalErrorKind::NativeCallFailed => "`std.native`: nothing but the file decides".to_owned(),
        EvalErrorKind::ManifestFunction => "a function has no value".to_owned(),
        EvalErrorKind::InvalidBinaryOpTypes {
            op,
            lhs_type,
            rhs_type,
            ..
        } => {
            let [op, left, right] = [words(op), words(lhs_type), words(rhs_type)];
            format!("no `{op}` of {left} and {right}")
        }
        EvalErrorKind::InvalidStdFuncArgType {
            func_name,
            arg_index,
            got_type,
            ..
        } => {
            let (argument, got) = (arg_index + 1, words(got_type));
            format!("`std.{func_name}` has no use for a {got} as argument {argument}")
        }
        EvalErrorKind::Other { message, .. } => shown(message),
        other => words(other),
    }
}

fn analysis(error: &AnalyzeError) -> (Option<SpanId>, String) {
    match error {
        AnalyzeError::UnknownVariable { span, name } => {
            (Some(*span), format!("there is no variable `{name}`"))
        }
        AnalyzeError::RepeatedLocalName {
            repeated_span,
            name,
            ..
        }
        | AnalyzeError::RepeatedFieldName {
            repeated_span,
            name,
            ..
        }
        | AnalyzeError::RepeatedParamName {
            repeated_span,
            name,
            ..
        } => (
            Some(*repeated_span),
            format!("`{}` is there twice", shown(name)),
        ),
        AnalyzeError::SelfOutsideObject { self_span: span }
        | AnalyzeError::SuperOutsideObject { super_span: span }
        | AnalyzeError::DollarOutsideObject { dollar_span: span }
        | AnalyzeError::PositionalArgAfterNamed { arg_span: span }
        | AnalyzeError::TextBlockAsImportPath { span }
        | AnalyzeError::ComputedImportPath { span } => (Some(*span), words(error)),
    }
}

/// Returns the name of the variant, as words: `InvalidSlicedType` as `invalid sliced type`.
fn words(value: &impl Debug) -> String {
    let text = format!("{value:?}");
    let text = text.strip_prefix("Simple(").unwrap_or(&text);
    let name = text.chars().take_while(char::is_ascii_alphanumeric);
    let mut words = String::new();
    for c in name {
        if c.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(c.to_ascii_lowercase());
    }
    words
}

/// Returns the beginning of a text that the program chose, on one line.
fn shown(text: &str) -> String {
    const LENGTH_MAX: usize = 300;
    let chars = text.chars().take(LENGTH_MAX);
    chars
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

fn span_within(error: &LexError) -> SpanId {
    match error {
        LexError::InvalidChar { span, .. }
        | LexError::InvalidUtf8 { span, .. }
        | LexError::UnfinishedMultilineComment { span }
        | LexError::LeadingZeroInNumber { span }
        | LexError::MissingFracDigits { span }
        | LexError::MissingExpDigits { span }
        | LexError::MissingDigitAfterUnderscore { span }
        | LexError::ExpOverflow { span }
        | LexError::InvalidEscapeInString { span, .. }
        | LexError::IncompleteUnicodeEscape { span }
        | LexError::InvalidUtf16EscapeSequence { span, .. }
        | LexError::UnfinishedString { span }
        | LexError::MissingLineBreakAfterTextBlockStart { span }
        | LexError::MissingWhitespaceTextBlockStart { span }
        | LexError::InvalidTextBlockTermination { span } => *span,
    }
}

fn span_of(item: &EvalStackTraceItem) -> Option<SpanId> {
    match item {
        EvalStackTraceItem::Expr { span }
        | EvalStackTraceItem::Variable { span, .. }
        | EvalStackTraceItem::Import { span } => Some(*span),
        EvalStackTraceItem::Call { span, .. }
        | EvalStackTraceItem::ArrayItem { span, .. }
        | EvalStackTraceItem::ObjectField { span, .. } => *span,
        EvalStackTraceItem::CompareArrayItem { .. }
        | EvalStackTraceItem::CompareObjectField { .. }
        | EvalStackTraceItem::ManifestArrayItem { .. }
        | EvalStackTraceItem::ManifestObjectField { .. } => None,
    }
}

/// Returns the place that an error itself names, where that says more than the calls that
/// led to it.
fn own_span(kind: &EvalErrorKind) -> Option<SpanId> {
    match kind {
        EvalErrorKind::InvalidIndexedType { span, .. }
        | EvalErrorKind::InvalidSlicedType { span, .. }
        | EvalErrorKind::SliceIndexOrStepIsNotNumber { span, .. }
        | EvalErrorKind::StringIndexIsNotNumber { span, .. }
        | EvalErrorKind::ArrayIndexIsNotNumber { span, .. }
        | EvalErrorKind::NumericIndexIsNotValid { span, .. }
        | EvalErrorKind::NumericIndexOutOfRange { span, .. }
        | EvalErrorKind::ObjectIndexIsNotString { span, .. }
        | EvalErrorKind::RepeatedFieldName { span, .. }
        | EvalErrorKind::FieldNameIsNotString { span, .. }
        | EvalErrorKind::UnknownObjectField { span, .. }
        | EvalErrorKind::FieldOfNonObject { span }
        | EvalErrorKind::SuperWithoutSuperObject { span }
        | EvalErrorKind::ForSpecValueIsNotArray { span, .. }
        | EvalErrorKind::CondIsNotBool { span, .. }
        | EvalErrorKind::InvalidUnaryOpType { span, .. }
        | EvalErrorKind::AssertFailed { span, .. }
        | EvalErrorKind::ExplicitError { span, .. } => Some(*span),
        EvalErrorKind::CalleeIsNotFunction { span, .. }
        | EvalErrorKind::TooManyCallArgs { span, .. }
        | EvalErrorKind::UnknownCallParam { span, .. }
        | EvalErrorKind::RepeatedCallParam { span, .. }
        | EvalErrorKind::CallParamNotBound { span, .. }
        | EvalErrorKind::InvalidBinaryOpTypes { span, .. }
        | EvalErrorKind::NumberNotBitwiseSafe { span }
        | EvalErrorKind::NumberOverflow { span }
        | EvalErrorKind::NumberNan { span }
        | EvalErrorKind::DivByZero { span }
        | EvalErrorKind::ShiftByNegative { span }
        | EvalErrorKind::Other { span, .. } => *span,
        _ => None,
    }
}
