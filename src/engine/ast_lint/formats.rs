//! Constant formats and patterns: what the engine cannot do, or does not as OPA does.

use regorus::unstable::{Expr, Ref};

use super::finding;
use crate::engine::interpreter;
use crate::engine::wire::{Finding, Level};

/// Widest padding and longest fraction that a format may ask for.
const WIDTH_MAX: u32 = 100;

pub(super) fn lint(function: &str, params: &[Ref<Expr>], findings: &mut Vec<Finding>) {
    let position = match function {
        "sprintf"
        | "regex.match"
        | "regex.split"
        | "regex.find_n"
        | "regex.find_all_string_submatch_n" => 0,
        "regex.replace" => 1,
        _ => return,
    };
    let Some(param) = params.get(position) else {
        return;
    };
    let (Expr::String { span, value, .. } | Expr::RawString { span, value, .. }) = param.as_ref()
    else {
        return;
    };
    let Ok(text) = value.as_string() else {
        return;
    };
    if function == "sprintf" {
        if let Some(verb) = unsupported_verb(text) {
            findings.push(finding(
                Level::Refuse,
                "sprintf-verb",
                span,
                format!("`sprintf` does not format `{verb}` as OPA does"),
                "use `%v`, `%s`, `%d`, `%05d`, `%f`, `%.2f` or `%q`",
            ));
        }
        return;
    }
    if let Some(message) = interpreter::regex_error(text) {
        findings.push(finding(
            Level::Refuse,
            "regex-refused",
            span,
            format!("pattern `{text}` is refused: {message}"),
            "use ASCII classes, as `[A-Za-z0-9_]{1,63}`, and fewer repetitions",
        ));
    } else if let Some(class) = unicode_class(text) {
        findings.push(finding(
            Level::Warn,
            "regex-unicode",
            span,
            format!("`{class}` matches Unicode here, but only ASCII in OPA"),
            "write the class out, as `[0-9]` or `[A-Za-z0-9_]`",
        ));
    }
}

/// Returns the first verb that does not print what Go's `fmt` prints.
fn unsupported_verb(format: &str) -> Option<String> {
    let mut rest = format.chars();
    while let Some(c) = rest.next() {
        if c != '%' {
            continue;
        }
        let mut verb = String::from('%');
        loop {
            let Some(c) = rest.next() else {
                return Some(verb);
            };
            verb.push(c);
            if !matches!(c, '0'..='9' | '.' | '+' | '-' | '#' | ' ' | '[' | ']' | '*') {
                break;
            }
        }
        if !is_supported(&verb) {
            return Some(verb);
        }
    }
    None
}

fn is_supported(verb: &str) -> bool {
    if matches!(verb, "%%" | "%v" | "%s" | "%d" | "%f" | "%q") {
        return true;
    }
    let number = |digits: &str| {
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number && digits.parse().is_ok_and(|width: u32| width <= WIDTH_MAX)
    };
    let fraction = verb
        .strip_prefix("%.")
        .and_then(|rest| rest.strip_suffix('f'));
    let padded = verb
        .strip_prefix("%0")
        .and_then(|rest| rest.strip_suffix('d'));
    fraction.or(padded).is_some_and(number)
}

fn unicode_class(pattern: &str) -> Option<String> {
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        if c == '\\'
            && let Some(class @ ('d' | 'D' | 'w' | 'W' | 's' | 'S' | 'b' | 'B')) = rest.next()
        {
            return Some(format!("\\{class}"));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_that_print_what_go_prints_are_let_through() {
        for format in ["", "%d of %v, %s: 100%%", "%.2f %f %05d %q", "no verbs"] {
            assert_eq!(unsupported_verb(format), None, "{format}");
        }
    }

    #[test]
    fn other_verbs_are_named() {
        for (format, verb) in [
            ("%d %t", "%t"),
            ("%5s", "%5s"),
            ("%-5s", "%-5s"),
            ("%6.2f", "%6.2f"),
            ("%+d", "%+d"),
            ("%x", "%x"),
            ("%e", "%e"),
            ("%T", "%T"),
            ("%[2]d", "%[2]d"),
            ("%02000000000d", "%02000000000d"),
            ("%.101f", "%.101f"),
            ("%.f", "%.f"),
            ("100%", "%"),
        ] {
            assert_eq!(unsupported_verb(format).as_deref(), Some(verb), "{format}");
        }
    }

    #[test]
    fn classes_are_found_and_escaped_backslashes_are_not() {
        assert_eq!(unicode_class(r"^\d+$").as_deref(), Some(r"\d"));
        assert_eq!(unicode_class(r"^\\d[a-z]\.$"), None);
    }
}
