//! Calls of functions whose result is not a function of the evidence.

use super::{Call, LintCode, Module, Report};

/// Functions that read a clock, a network, a generator or the machine.
const REFUSED: [&str; 7] = [
    "http.send",
    "net.lookup_ip_addr",
    "opa.runtime",
    "rand.intn",
    "uuid.rfc4122",
    "io.jwt.encode_sign",
    "io.jwt.encode_sign_raw",
];

pub(super) fn lint(module: &Module<'_>, calls: &[Call<'_, '_>], report: &mut Report) {
    let own = &module.file.outline;
    for call in calls {
        let is_own = own.rules.iter().any(|rule| rule.first_name() == call.name);
        if REFUSED.contains(&call.name.as_str()) && !is_own {
            report.add(
                LintCode::BuiltinNondeterministic,
                module.file,
                call.line,
                format!("`{}` does not give the same result on every run", call.name),
                "collect what it would tell as evidence",
            );
        }
        if call.name == "trace" && !is_own {
            report.add(
                LintCode::BuiltinTrace,
                module.file,
                call.line,
                "`trace` shows nothing here",
                "use `print`, or remove the call",
            );
        }
        if call.name == "time.now_ns" {
            report.add(
                LintCode::BuiltinClock,
                module.file,
                call.line,
                "`time.now_ns` stands still at `as_of`, which a reader of the policy cannot see",
                "use `input.as_of_ns`",
            );
        }
        if call.name == "walk" && call.arguments.len() == 1 && !is_own {
            report.add(
                LintCode::WalkForm,
                module.file,
                call.line,
                "`walk` with one argument yields nothing in the engine",
                "write `walk(x, [path, value])`",
            );
        }
    }
}
