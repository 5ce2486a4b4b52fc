//! Format strings and regular expressions written as literals.

use super::{Call, LintCode, Module, Report};

/// Functions whose argument of this number is a pattern.
const PATTERNS: [(&str, usize); 8] = [
    ("re_match", 0),
    ("regex.find_all_string_submatch_n", 0),
    ("regex.find_n", 0),
    ("regex.is_valid", 0),
    ("regex.match", 0),
    ("regex.split", 0),
    ("regex.replace", 1),
    ("regex.template_match", 0),
];

/// Most repetitions that are certain to compile.
const REPETITIONS_MAX: usize = 1_000;
/// Most repetitions of a class that holds most of Unicode.
const WIDE_REPETITIONS_MAX: usize = 100;

pub(super) fn lint(module: &Module<'_>, calls: &[Call<'_, '_>], report: &mut Report) {
    for call in calls {
        if call.name == "sprintf"
            && let Some(verb) = call.literal(0).and_then(|format| unsupported(&format))
        {
            report.add(
                LintCode::SprintfVerb,
                module.file,
                call.line,
                format!("`sprintf` verb `{verb}` is not written as OPA writes it"),
                "use `%v`, `%s`, `%d`, `%q`, `%.2f` or a zero-padded `%05d`",
            );
        }
        let number = PATTERNS.iter().find(|(name, _)| *name == call.name);
        let Some(pattern) = number.and_then(|(_, number)| call.literal(*number)) else {
            continue;
        };
        let found = read(&pattern);
        if let Some(class) = found.class {
            report.add(
                LintCode::RegexUnicode,
                module.file,
                call.line,
                format!("`\\{class}` is ASCII in OPA and Unicode in the engine"),
                "write the class out, as `[0-9]`, `[A-Za-z0-9_]`, `[ \\t\\n]`",
            );
        }
        if found.is_large {
            report.add(
                LintCode::RegexRepetition,
                module.file,
                call.line,
                "the repetition may be larger than the engine compiles (100 KiB)",
                "use ASCII classes and smaller counts, or `count()`",
            );
        }
    }
}

/// The first verb of `format` that the engine does not write as OPA does.
///
/// Measured: `%t`, `%x` of a string and `%d` of a string give nothing, widths of `%s`
/// are ignored, flags and `%[n]` are errors, `%o`, `%e` and `%g` differ.
fn unsupported(format: &str) -> Option<String> {
    let mut rest = format;
    while let Some((_, behind)) = rest.split_once('%') {
        let modifiers: String = behind
            .chars()
            .take_while(|c| !c.is_ascii_alphabetic() && *c != '%' && *c != ' ')
            .collect();
        let tail = behind.get(modifiers.len()..).unwrap_or_default();
        let verb = tail.chars().next();
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let is_sound = match verb {
            Some('%' | 'v' | 's' | 'q' | 'b' | 'c') => modifiers.is_empty(),
            Some('d') => is_number(&modifiers),
            Some('f') => {
                let decimals = modifiers.strip_prefix('.');
                modifiers.is_empty() || decimals.is_some_and(|d| !d.is_empty() && is_number(d))
            }
            _ => false,
        };
        if !is_sound {
            let verb = verb.map_or_else(String::new, String::from);
            return Some(format!("%{modifiers}{verb}").trim_end().to_owned());
        }
        rest = tail.get(1..).unwrap_or_default();
    }
    None
}

/// What a pattern holds.
struct Found {
    class: Option<char>,
    is_large: bool,
}

fn read(pattern: &str) -> Found {
    let mut found = Found {
        class: None,
        is_large: false,
    };
    // Whether what a repetition would repeat may be most of Unicode.
    let mut is_wide = false;
    let mut in_class = false;
    let mut chars = pattern.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => {
                let escaped = chars.next().map(|(_, c)| c);
                if let Some(class) = escaped.filter(|c| "dDwWsSbB".contains(*c)) {
                    found.class = found.class.or(Some(class));
                }
                if matches!(escaped, Some('p' | 'P')) {
                    skip_braces(&mut chars);
                }
                is_wide |= escaped.is_some_and(|c| "dDwWsSpP".contains(c));
                if !in_class && !escaped.is_some_and(|c| "dDwWsSpP".contains(c)) {
                    is_wide = false;
                }
            }
            '[' if !in_class => {
                in_class = true;
                is_wide = pattern
                    .get(at + 1..)
                    .is_some_and(|rest| rest.starts_with('^'));
            }
            ']' => in_class = false,
            '{' if !in_class => {
                let most = repetitions(pattern.get(at + 1..).unwrap_or_default());
                let limit = if is_wide {
                    WIDE_REPETITIONS_MAX
                } else {
                    REPETITIONS_MAX
                };
                found.is_large |= most.is_some_and(|most| most > limit);
            }
            '.' if !in_class => is_wide = true,
            '}' | '(' | ')' => {}
            _ if !in_class => is_wide = false,
            _ => {}
        }
    }
    found
}

/// Moves past the name of `\p{L}`, which is no repetition.
fn skip_braces(chars: &mut std::str::CharIndices<'_>) {
    if chars.as_str().starts_with('{') {
        let _ = chars.find(|(_, c)| *c == '}');
    }
}

/// The upper count of `3}`, `3,}` or `3,5}`.
fn repetitions(text: &str) -> Option<usize> {
    let (counts, _) = text.split_once('}')?;
    let counts: Option<Vec<usize>> = counts
        .split(',')
        .filter(|count| !count.is_empty())
        .map(|count| count.parse().ok())
        .collect();
    counts?.into_iter().max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_that_the_engine_writes_as_opa_does_are_accepted() {
        for format in [
            "",
            "a %% b",
            "%v: %s is %d, %05d, %.2f %f %q",
            "100%%",
            "é%sé",
        ] {
            assert_eq!(unsupported(format), None, "{format}");
        }
        for (format, verb) in [
            ("%t", "%t"),
            ("a %5s", "%5s"),
            ("%-5s", "%-5s"),
            ("%6.2f", "%6.2f"),
            ("%+d", "%+d"),
            ("%[2]d", "%[2]d"),
            ("%d %x", "%x"),
            ("%#v", "%#v"),
            ("100% of", "%"),
            ("100%", "%"),
            ("%é", "%é"),
        ] {
            assert_eq!(unsupported(format).as_deref(), Some(verb), "{format}");
        }
    }

    #[test]
    fn classes_and_repetitions_are_found() {
        for pattern in [
            "^[a-z0-9-]{1,63}$",
            "a\\.b",
            "[.]{2,900}",
            "\\\\d",
            ".{0,80}",
            "\\p{L}+",
        ] {
            let found = read(pattern);
            assert!(found.class.is_none() && !found.is_large, "{pattern}");
        }
        assert_eq!(read("^v\\d+$").class, Some('d'));
        assert_eq!(read("[\\w.]+").class, Some('w'));
        assert_eq!(read("\\bx").class, Some('b'));
        for pattern in [
            ".{1,2000}",
            "[a-z]{1001}",
            "[^/]{1,200}",
            "\\p{L}{1,400}",
            "[\\w+]{1,640}",
        ] {
            assert!(read(pattern).is_large, "{pattern}");
        }
    }
}
