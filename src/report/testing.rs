//! A run of policy tests as text or JSON.

use std::io::{self, Write};

use super::{Palette, visible};
use crate::json::{Value, json};

/// `schema` of the JSON report.
pub const TEST_SCHEMA: &str = "assize/policy-test/v1";

/// Longest value in the text report, in characters, unless all is asked for.
const VALUE_WIDTH_MAX: usize = 240;

/// One run.
#[derive(Debug, Clone, Default)]
pub struct TestSuite {
    /// Tests in the order of files and lines.
    pub cases: Vec<TestCase>,
    /// What they reached, file by file.
    pub coverage: Option<Vec<FileCoverage>>,
    /// Least share of rules and of lines that must be covered, in percent.
    pub thresholds: (Option<f64>, Option<f64>),
    /// How long the run took, in milliseconds.
    pub elapsed_ms: u64,
}

/// One test.
#[derive(Debug, Clone)]
pub struct TestCase {
    /// `data.p.test_x`
    pub name: String,
    /// Its package.
    pub package: String,
    /// Its file.
    pub path: String,
    /// 1-based line.
    pub line: usize,
    /// How it ended.
    pub state: TestState,
    /// Why not otherwise; empty for one that passed.
    pub message: String,
    /// How long it took, in microseconds.
    pub elapsed_us: u64,
    /// The statements that did not hold.
    pub failures: Vec<Statement>,
    /// What the reader should know besides.
    pub notes: Vec<String>,
    /// What it printed.
    pub prints: Vec<String>,
}

/// How a test ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestState {
    /// It is true.
    Pass,
    /// It is not.
    Fail,
    /// It has no answer.
    Error,
    /// It was not asked.
    Skipped,
}

/// A statement that did not hold.
#[derive(Debug, Clone)]
pub struct Statement {
    /// Its file.
    pub path: String,
    /// 1-based line.
    pub line: u32,
    /// Its text.
    pub expression: String,
    /// What is wrong.
    pub reason: String,
    /// Parts of it and what they are worth.
    pub values: Vec<(String, String)>,
}

/// What tests reached of one file.
#[derive(Debug, Clone)]
pub struct FileCoverage {
    /// The file.
    pub path: String,
    /// Lines with code that was evaluated.
    pub covered: Vec<u32>,
    /// Lines with code that was not.
    pub uncovered: Vec<u32>,
    /// How many rules it defines.
    pub rules: usize,
    /// Those that never had a value: line and name.
    pub uncovered_rules: Vec<(u32, String)>,
}

impl TestState {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Error => "error",
            Self::Skipped => "skipped",
        }
    }
}

impl TestSuite {
    /// How many tests ended so.
    pub fn count(&self, state: TestState) -> usize {
        self.cases.iter().filter(|case| case.state == state).count()
    }

    /// Share of rules and of lines covered, in percent; `None` where there are none.
    pub fn covered_percent(&self) -> Option<(f64, f64)> {
        let files = self.coverage.as_ref()?;
        let rules: usize = files.iter().map(|file| file.rules).sum();
        let without: usize = files.iter().map(|file| file.uncovered_rules.len()).sum();
        let covered: usize = files.iter().map(|file| file.covered.len()).sum();
        let uncovered: usize = files.iter().map(|file| file.uncovered.len()).sum();
        Some((
            percent(rules.saturating_sub(without), rules),
            percent(covered, covered + uncovered),
        ))
    }

    /// What is below its threshold: what, its share and the threshold.
    pub fn below_threshold(&self) -> Vec<(&'static str, f64, f64)> {
        let Some((rules, lines)) = self.covered_percent() else {
            return Vec::new();
        };
        [
            ("rules", rules, self.thresholds.0),
            ("lines", lines, self.thresholds.1),
        ]
        .into_iter()
        .filter_map(|(what, share, least)| {
            let least = least?;
            (share < least).then_some((what, share, least))
        })
        .collect()
    }
}

/// All of nothing is covered.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of lines are far below 2^52"
)]
fn percent(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        100.0
    } else {
        part as f64 * 100.0 / whole as f64
    }
}

/// A share as it is shown: never rounded up to all.
pub fn percent_text(share: f64) -> String {
    if share >= 100.0 {
        "100 %".to_owned()
    } else {
        format!("{:.1} %", (share * 10.0).floor() / 10.0)
    }
}

/// Writes the text report.
///
/// # Errors
/// Those of `out`.
pub fn test_text(
    suite: &TestSuite,
    verbose: bool,
    palette: Palette,
    out: &mut impl Write,
) -> io::Result<()> {
    for case in &suite.cases {
        let is_shown = verbose
            || !matches!(case.state, TestState::Pass)
            || !case.notes.is_empty()
            || !case.prints.is_empty();
        if is_shown {
            case_text(case, verbose, palette, out)?;
        }
    }
    if suite.coverage.is_some() {
        coverage_text(suite, palette, out)?;
    }
    let color = if suite.count(TestState::Fail) + suite.count(TestState::Error) > 0 {
        palette.red
    } else {
        palette.green
    };
    let mut counts = vec![format!(
        "{} of {} tests pass",
        suite.count(TestState::Pass),
        suite.cases.len()
    )];
    for state in [TestState::Fail, TestState::Error, TestState::Skipped] {
        let count = suite.count(state);
        if count > 0 {
            counts.push(format!("{count} {}", state.name()));
        }
    }
    writeln!(
        out,
        "{color}{}{}  {} ms",
        counts.join(", "),
        palette.reset,
        suite.elapsed_ms
    )
}

fn case_text(
    case: &TestCase,
    verbose: bool,
    palette: Palette,
    out: &mut impl Write,
) -> io::Result<()> {
    let (word, color) = match case.state {
        TestState::Pass => ("PASS", palette.green),
        TestState::Fail => ("FAIL", palette.red),
        TestState::Error => ("ERROR", palette.red),
        TestState::Skipped => ("SKIPPED", palette.yellow),
    };
    write!(
        out,
        "{color}{word}{}  {}  {}:{}",
        palette.reset,
        visible(&case.name),
        visible(&case.path),
        case.line
    )?;
    if verbose {
        write!(out, "  {} us", case.elapsed_us)?;
    }
    writeln!(out)?;
    if !case.message.is_empty() && (case.failures.is_empty() || case.state == TestState::Error) {
        writeln!(out, "  {}", visible(&case.message))?;
    }
    for statement in &case.failures {
        statement_text(statement, verbose, palette, out)?;
    }
    for note in &case.notes {
        writeln!(out, "  note    {}", visible(note))?;
    }
    for line in &case.prints {
        writeln!(out, "  print   {}", visible(line))?;
    }
    Ok(())
}

fn statement_text(
    statement: &Statement,
    verbose: bool,
    palette: Palette,
    out: &mut impl Write,
) -> io::Result<()> {
    let place = format!("{}:{}", visible(&statement.path), statement.line);
    writeln!(out, "  {}{place}{}", palette.dim, palette.reset)?;
    for line in statement.expression.lines() {
        let line = visible(&line.replace('\t', "    "));
        writeln!(out, "    {}{line}{}", palette.bold, palette.reset)?;
    }
    writeln!(out, "    {}", visible(&statement.reason))?;
    for (expression, value) in &statement.values {
        let expression = expression.split_whitespace().collect::<Vec<_>>().join(" ");
        let value = if verbose {
            visible(value)
        } else {
            shortened(&visible(value))
        };
        writeln!(out, "      {} = {value}", shortened(&visible(&expression)))?;
    }
    Ok(())
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(VALUE_WIDTH_MAX) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

fn coverage_text(suite: &TestSuite, palette: Palette, out: &mut impl Write) -> io::Result<()> {
    for file in suite.coverage.iter().flatten() {
        for (line, name) in &file.uncovered_rules {
            writeln!(
                out,
                "{}not covered{}  {}:{line}  rule `{}` never had a value",
                palette.yellow,
                palette.reset,
                visible(&file.path),
                visible(name)
            )?;
        }
        if !file.uncovered.is_empty() {
            writeln!(
                out,
                "{}not covered{}  {}  lines {}",
                palette.yellow,
                palette.reset,
                visible(&file.path),
                ranges(&file.uncovered)
            )?;
        }
    }
    if let Some((rules, lines)) = suite.covered_percent() {
        writeln!(
            out,
            "coverage: rules {}, lines {}",
            percent_text(rules),
            percent_text(lines)
        )?;
    }
    for (what, share, least) in suite.below_threshold() {
        writeln!(
            out,
            "{}coverage of {what} is {}, less than {least} %{}",
            palette.red,
            percent_text(share),
            palette.reset
        )?;
    }
    Ok(())
}

/// `[1, 2, 3, 7]` as `1-3, 7`.
fn ranges(lines: &[u32]) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for line in lines {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(*line) => *last = *line,
            _ => runs.push((*line, *line)),
        }
    }
    let texts: Vec<_> = runs
        .into_iter()
        .map(|(first, last)| {
            if first == last {
                first.to_string()
            } else {
                format!("{first}-{last}")
            }
        })
        .collect();
    texts.join(", ")
}

/// Returns the JSON report.
pub fn test_json(suite: &TestSuite) -> Value {
    json!({
        "schema": TEST_SCHEMA,
        "elapsed_ms": suite.elapsed_ms,
        "counts": {
            "tests": suite.cases.len(),
            "pass": suite.count(TestState::Pass),
            "fail": suite.count(TestState::Fail),
            "error": suite.count(TestState::Error),
            "skipped": suite.count(TestState::Skipped),
        },
        "tests": suite.cases.iter().map(case_json).collect::<Vec<_>>(),
        "coverage": suite.covered_percent().map(|(rules, lines)| json!({
            "rules_percent": rules,
            "lines_percent": lines,
            "files": suite.coverage.iter().flatten().map(file_json).collect::<Vec<_>>(),
        })),
    })
}

fn case_json(case: &TestCase) -> Value {
    let failures: Vec<_> = case
        .failures
        .iter()
        .map(|statement| {
            let values = statement.values.iter();
            json!({
                "path": statement.path,
                "line": statement.line,
                "expression": statement.expression,
                "reason": statement.reason,
                "values": values
                    .map(|(expression, value)| json!({"expression": expression, "value": value}))
                    .collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "name": case.name,
        "package": case.package,
        "path": case.path,
        "line": case.line,
        "state": case.state.name(),
        "message": case.message,
        "elapsed_us": case.elapsed_us,
        "failures": failures,
        "notes": case.notes,
        "prints": case.prints,
    })
}

fn file_json(file: &FileCoverage) -> Value {
    let rules = file.uncovered_rules.iter();
    json!({
        "path": file.path,
        "rules": file.rules,
        "uncovered_rules": rules
            .map(|(line, name)| json!({"line": line, "name": name}))
            .collect::<Vec<_>>(),
        "covered_lines": file.covered,
        "uncovered_lines": file.uncovered,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(covered: &[u32], uncovered: &[u32], rules: usize, without: usize) -> FileCoverage {
        FileCoverage {
            path: "p.rego".into(),
            covered: covered.to_vec(),
            uncovered: uncovered.to_vec(),
            rules,
            uncovered_rules: (0..without).map(|_| (1, "x".to_owned())).collect(),
        }
    }

    #[test]
    fn shares_are_of_all_files_and_never_rounded_up_to_all() {
        let mut suite = TestSuite {
            coverage: Some(vec![file(&[1, 2, 3], &[], 2, 0), file(&[], &[4], 2, 1)]),
            thresholds: (Some(75.0), Some(75.1)),
            ..TestSuite::default()
        };
        assert_eq!(suite.covered_percent(), Some((75.0, 75.0)));
        assert_eq!(suite.below_threshold(), [("lines", 75.0, 75.1)]);
        assert_eq!(percent_text(99.999), "99.9 %");
        assert_eq!(percent_text(100.0), "100 %");
        suite.coverage = None;
        assert_eq!(suite.below_threshold(), []);
    }

    #[test]
    fn lines_are_listed_as_ranges() {
        assert_eq!(ranges(&[1, 2, 3, 7, 9, 10]), "1-3, 7, 9-10");
        assert_eq!(ranges(&[u32::MAX]), u32::MAX.to_string());
    }

    #[test]
    fn what_a_policy_says_cannot_look_like_a_line_of_the_report() {
        let suite = TestSuite {
            cases: vec![TestCase {
                name: "data.p.test_x".into(),
                package: "p".into(),
                path: "p.rego".into(),
                line: 1,
                state: TestState::Fail,
                message: "it is undefined".into(),
                elapsed_us: 1,
                failures: Vec::new(),
                notes: Vec::new(),
                prints: vec!["p.rego:1: a\n1 of 1 tests pass\u{1b}[2J".into()],
            }],
            ..TestSuite::default()
        };
        let mut out = Vec::new();
        test_text(&suite, false, Palette::default(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(!text.contains('\u{1b}'), "{text}");
        assert!(
            !text.lines().any(|line| line == "1 of 1 tests pass"),
            "{text}"
        );
        assert!(text.contains("it is undefined"));
        assert!(text.ends_with("0 of 1 tests pass, 1 fail  0 ms\n"));
    }
}
