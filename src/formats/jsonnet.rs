//! Jsonnet, evaluated to the value that go-jsonnet 0.22 gives.
//!
//! The language is at <https://jsonnet.org/ref/spec.html>. A file is a program: it may
//! run for ever, or need all memory there is. [`evaluate`] bounds nesting and nothing
//! else, so that it is for a process that something else bounds.
//!
//! A program is evaluated twice. Once as it stands, for its errors and their lines, with
//! fewer levels of calls than go-jsonnet allows. Then with `+`, `%` and `std` replaced by
//! guards (`guards.jsonnet`), which refuse what two evaluators do not do alike: the digits
//! of a fraction in a text, functions whose last digits depend on the machine, and what
//! the standard library of one accepts and the other's does not.
//!
//! Nothing but the file decides: `import`, `importstr`, `importbin`, `std.extVar`,
//! `std.native` and `std.trace` are refused.

use rsjsonnet_lang::arena::Arena;
use rsjsonnet_lang::interner::InternedStr;
use rsjsonnet_lang::program::{
    Callbacks, EvalStackTraceItem, ImportError, NativeError, Program, Thunk, Value as Evaluated,
    ValueKind,
};
use rsjsonnet_lang::span::{SpanContextId, SpanId};

use super::{FormatError, doubles};
use crate::json::{self, Limits, Map, Value};

mod explain;
mod rewrite;

const GUARDS: &[u8] = include_bytes!("jsonnet/guards.jsonnet");

/// Deepest calls of a program as it stands. go-jsonnet allows 500, and counts a few more.
const CALLS_MAX: usize = 490;

/// Deepest calls with guards, which are calls themselves.
const GUARDED_CALLS_MAX: usize = 16 * CALLS_MAX;

/// Deepest nesting of expressions.
const NESTING_MAX: usize = 5_000;

/// Evaluates the program in `bytes`, for as long as that takes and with as much memory.
///
/// # Errors
/// Programs that are malformed or end in an error, and what the guards refuse.
pub fn evaluate(bytes: &[u8], limits: Limits) -> Result<Value, FormatError> {
    let text = json::utf8(bytes, limits)?;
    let arena = Arena::new();
    let mut plain = Run::new(&arena, text, CALLS_MAX);
    let program = plain.source()?;
    let rewritten = rewrite::guarded(text)?;
    plain.result(&program)?;

    let arena = Arena::new();
    let mut run = Run::new(&arena, &rewritten, GUARDED_CALLS_MAX);
    let program = run.source()?;
    let guards = run.guards()?;
    let guarded = run.call(&guards, &[program])?;
    let guarded = run.program.value_to_thunk(&guarded);
    let result = run.result(&guarded)?;
    value(&result, limits.depth_max)
}

/// One evaluation of one text.
struct Run<'p, 't> {
    program: Program<'p>,
    text: &'t str,
    context: SpanContextId,
}

impl<'p, 't> Run<'p, 't> {
    fn new(arena: &'p Arena, text: &'t str, calls_max: usize) -> Self {
        let mut program = Program::new(arena);
        program.set_max_stack(calls_max);
        let spans = program.span_manager_mut();
        let (context, _) = spans.insert_source_context(text.len());
        Self {
            program,
            text,
            context,
        }
    }

    /// Loads the text, still unevaluated.
    fn source(&mut self) -> Result<Thunk<'p>, FormatError> {
        let text = self.text.as_bytes();
        // The name of a text that comes from no file, as conftest has it.
        let loaded = self.program.load_source(self.context, text, true, "");
        loaded.map_err(|error| explain::load(&error, self.place()))
    }

    fn guards(&mut self) -> Result<Thunk<'p>, FormatError> {
        let spans = self.program.span_manager_mut();
        let (context, _) = spans.insert_source_context(GUARDS.len());
        let loaded = self.program.load_source(context, GUARDS, true, "");
        loaded.map_err(|error| explain::load(&error, self.place()))
    }

    fn call(
        &mut self,
        function: &Thunk<'p>,
        arguments: &[Thunk<'p>],
    ) -> Result<Evaluated<'p>, FormatError> {
        let called = self
            .program
            .eval_call(function, arguments, &[], &mut Closed);
        called.map_err(|error| explain::evaluation(&error, self.place()))
    }

    /// Evaluates all of `thunk`; of a function, what it gives without arguments.
    fn result(&mut self, thunk: &Thunk<'p>) -> Result<Evaluated<'p>, FormatError> {
        let value = self.program.eval_value(thunk, &mut Closed);
        let mut value = value.map_err(|error| explain::evaluation(&error, self.place()))?;
        if value.is_function() {
            let function = self.program.value_to_thunk(&value);
            value = self.call(&function, &[])?;
        }
        // Asserts of objects, and functions in them, count where JSON is written.
        let written = self.program.manifest_json(&value, false);
        written.map_err(|error| explain::evaluation(&error, self.place()))?;
        Ok(value)
    }

    fn place(&self) -> explain::Place<'_> {
        explain::Place {
            spans: self.program.span_manager(),
            context: self.context,
            text: self.text,
        }
    }
}

/// Returns what was evaluated, where at most `depth` more levels nest.
fn value(evaluated: &Evaluated<'_>, depth: usize) -> Result<Value, FormatError> {
    let within = || {
        let what = "the value nests deeper than its limit".to_owned();
        depth.checked_sub(1).ok_or(FormatError::Whole { what })
    };
    Ok(match evaluated.kind() {
        ValueKind::Null => Value::Null,
        ValueKind::Bool(value) => Value::Bool(value),
        ValueKind::Number(value) => doubles::printed(value)?,
        ValueKind::String(value) => Value::String(value),
        ValueKind::Array(elements) => {
            let depth = within()?;
            let elements = elements.iter().map(|element| value(element, depth));
            Value::Array(elements.collect::<Result<_, _>>()?)
        }
        ValueKind::Object(fields) => {
            let depth = within()?;
            let fields = fields.iter().map(|(name, field)| {
                let name = name.value().to_owned();
                Ok::<_, FormatError>((name, value(field, depth)?))
            });
            Value::Object(fields.collect::<Result<Map<_, _>, _>>()?)
        }
        ValueKind::Function => {
            let what = "a function has no value".to_owned();
            return Err(FormatError::Whole { what });
        }
    })
}

/// Answers of a program's surroundings: there are none.
struct Closed;

impl<'p> Callbacks<'p> for Closed {
    fn import(
        &mut self,
        _: &mut Program<'p>,
        _: SpanId,
        _: &str,
    ) -> Result<Thunk<'p>, ImportError> {
        Err(ImportError)
    }

    fn import_str(
        &mut self,
        _: &mut Program<'p>,
        _: SpanId,
        _: &str,
    ) -> Result<String, ImportError> {
        Err(ImportError)
    }

    fn import_bin(
        &mut self,
        _: &mut Program<'p>,
        _: SpanId,
        _: &str,
    ) -> Result<Vec<u8>, ImportError> {
        Err(ImportError)
    }

    /// Guards refuse `std.trace`.
    fn trace(&mut self, _: &mut Program<'p>, _: &str, _: &[EvalStackTraceItem]) {}

    fn native_call(
        &mut self,
        _: &mut Program<'p>,
        _: InternedStr<'p>,
        _: &[Evaluated<'p>],
    ) -> Result<Evaluated<'p>, NativeError> {
        Err(NativeError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD: &str = "local f(a, b=2) = a + b;\n{ x: f(1), y+: [i for i in [1, 'é']], \
        z:: |||\n  t %d\n||| % 3, assert self.x > 0 } { w: super.x % 2 }\n";

    fn refuse(text: &str) -> String {
        let evaluated = evaluate(text.as_bytes(), Limits::EVIDENCE);
        evaluated.expect_err(text).to_string()
    }

    #[test]
    fn size_and_encoding_are_bounded() {
        let limits = Limits {
            size_max: 5,
            depth_max: 2,
        };
        assert!(evaluate(b"[[1]]", limits).is_ok());
        let deep = evaluate(
            b"[[[]]]",
            Limits {
                size_max: 9,
                ..limits
            },
        );
        assert!(deep.unwrap_err().to_string().contains("deeper"));
        let long = evaluate(b"[[1]] ", limits).unwrap_err();
        assert!(long.to_string().contains("6 bytes"));
        assert!(evaluate(b"'\xff'", Limits::EVIDENCE).is_err());
    }

    #[test]
    fn lines_are_those_of_the_file_after_rewriting() {
        for (text, line) in [
            ("1 +\n\n'a' + 0.1", 1),
            ("{ a: 1 }\n{\n  b+: 1,\n  c: 'a' + 0.1 }", 4),
            ("local a = 1 + // +\n 2;\n/* %\n*/ 'a%s' % 0.1", 4),
            ("{\n  [std.toString(0.1)]: 1,\n}", 2),
            ("[\n  std.sin(x)\n  for x in [1]\n]", 2),
        ] {
            let begin = format!("line {line}: error: ");
            assert!(refuse(text).starts_with(&begin), "{text}: {}", refuse(text));
        }
    }

    #[test]
    fn names_of_the_program_do_not_meet_ours() {
        let text = "local g_add(a, b) = 7, gg_rem = 1, std = 2;\n[g_add(1, 2), 3 + 4, 5 % 3, std + gg_rem]";
        let value = evaluate(text.as_bytes(), Limits::EVIDENCE).unwrap();
        assert_eq!(value, json::json!([7, 7, 2, 3]));
    }

    #[test]
    fn words_name_what_is_wrong() {
        for (text, what) in [
            ("{}.a", "line 1: there is no field `a`"),
            ("1 + {}", "line 1: no `add` of number and object"),
            (
                "std.length(1)",
                "line 1: `std.length` has no use for a number as argument 1",
            ),
            ("error 'a\\nb'", "line 1: error: a b"),
            ("{", "line 1: unexpected end of file"),
            ("1e999", "line 1: number overflow"),
        ] {
            assert_eq!(refuse(text), what);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_text_panics(text in "\\PC{0,40}") {
            let _ = evaluate(text.as_bytes(), Limits::EVIDENCE);
        }

        #[test]
        fn no_change_of_a_good_text_panics(at in 0..GOOD.len(), with in "[-+%:{}()\\[\\]'|;,.a1 \n]") {
            let mut text = GOOD.as_bytes().to_vec();
            text.splice(at..=at, with.bytes());
            let _ = evaluate(&text, Limits::EVIDENCE);
        }
    }
}
