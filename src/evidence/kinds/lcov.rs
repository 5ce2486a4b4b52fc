//! `lcov`: a tracefile of test coverage, as geninfo and lcov (1.x and 2.x), coverage.py,
//! Istanbul, llvm-cov, grcov and others write it.
//! <https://github.com/linux-test-project/lcov/blob/master/docs/man/geninfo.rst>,
//! "Tracefile format".
//!
//! INVARIANT: every count is recounted from `DA`, `BRDA`, `FN…` lines, and a record whose
//! own totals differ is refused, as is one that does not end. Records of one source file
//! are merged as lcov merges them: what ran in one of them has run.

use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::{Kind, Status};
use crate::json::{Value, json};

use super::coverage::{Count, facts};
use super::node::{TEXT_MAX, number, put, shortened};
use super::reader::{Form, Reader};
use super::{KindError, Reading};

mod record;

use record::{Branch, Function, Record};

/// Most lines that count something in one tracefile.
const ENTRIES_MAX: usize = 4_000_000;

/// Most source files in one tracefile.
const FILES_MAX: usize = 100_000;

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::Lcov,
    media_type: "text/plain",
    form: Form::Text { is, read },
};

/// What is known of one source file.
#[derive(Debug, Default)]
struct File {
    version: Option<String>,
    lines: BTreeMap<u64, bool>,
    branches: BTreeMap<Branch, bool>,
    functions: BTreeMap<Function, bool>,
}

#[derive(Debug, Default)]
struct Tracefile {
    tests: Vec<String>,
    tests_seen: BTreeSet<String>,
    files: Vec<(String, File)>,
    by_name: BTreeMap<String, usize>,
    entries: usize,
}

/// Whether text begins with a record, behind comments and the name of a test.
fn is(start: &str) -> bool {
    let mut lines = start
        .split_inclusive('\n')
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        .skip_while(|line| line.starts_with("TN:") && !line.starts_with("TN: "));
    let is_source = |line: &str| {
        let path = line.strip_prefix("SF:");
        path.is_some_and(|path| !path.trim().is_empty() && !path.starts_with(' '))
    };
    lines.next().is_some_and(is_source)
        // The start may end within a line.
        && lines.next().is_none_or(|line| !line.ends_with('\n') || record::is_known(line))
}

/// Reads a tracefile.
fn read(text: &str) -> Result<Reading, KindError> {
    let mut tracefile = Tracefile::default();
    let mut open: Option<(String, Record)> = None;
    for (index, line) in text.lines().enumerate() {
        let refuse = |what: String| KindError::Line {
            line: index + 1,
            what,
        };
        let line = line.trim_end();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        open = match (line.split_once(':'), open) {
            (Some(("TN", name)), open) => {
                tracefile.test(name);
                open
            }
            (Some(("SF", path)), None) if !path.trim().is_empty() => {
                Some((path.to_owned(), Record::default()))
            }
            (Some(("SF", _)), None) => return Err(refuse("`SF` without a path".to_owned())),
            (Some(("SF", _)), Some((path, _))) => return Err(refuse(not_ended(&path))),
            (None, Some((path, record))) if line == "end_of_record" => {
                record.compare().map_err(refuse)?;
                tracefile.merge(path, record).map_err(refuse)?;
                None
            }
            (_, Some((path, mut record))) => {
                record.read(line).map_err(refuse)?;
                tracefile.count_entry().map_err(refuse)?;
                Some((path, record))
            }
            (_, None) => {
                let line = shortened(line, 80);
                return Err(refuse(format!("`{line}` outside a record")));
            }
        };
    }
    match open {
        Some((path, _)) => Err(KindError::Line {
            line: text.lines().count(),
            what: not_ended(&path),
        }),
        None => tracefile.into_reading(),
    }
}

fn not_ended(path: &str) -> String {
    format!(
        "the record of `{}` does not end with `end_of_record`",
        shortened(path, 80)
    )
}

impl Tracefile {
    fn test(&mut self, name: &str) {
        let name = shortened(name.trim(), TEXT_MAX);
        if !name.is_empty() && self.tests_seen.insert(name.clone()) {
            self.tests.push(name);
        }
    }

    fn count_entry(&mut self) -> Result<(), String> {
        self.entries += 1;
        if self.entries > ENTRIES_MAX {
            return Err(format!("more than {ENTRIES_MAX} lines in records"));
        }
        Ok(())
    }

    fn merge(&mut self, path: String, record: Record) -> Result<(), String> {
        let at = match self.by_name.get(&path) {
            Some(at) => *at,
            None if self.files.len() >= FILES_MAX => {
                return Err(format!("more than {FILES_MAX} source files"));
            }
            None => {
                self.by_name.insert(path.clone(), self.files.len());
                self.files.push((path, File::default()));
                self.files.len() - 1
            }
        };
        let Some((path, file)) = self.files.get_mut(at) else {
            return Ok(());
        };
        if let Some(version) = record.version {
            let known = file.version.get_or_insert_with(|| version.clone());
            if *known != version {
                let path = shortened(path, 80);
                return Err(format!("records of two versions of `{path}`"));
            }
        }
        unite(&mut file.lines, record.lines);
        unite(&mut file.branches, record.branches);
        unite(&mut file.functions, record.functions);
        Ok(())
    }

    fn into_reading(self) -> Result<Reading, KindError> {
        let mut sums = [Count::default(); 3];
        let mut files = Vec::new();
        for (path, file) in &self.files {
            let counts = [
                counted(&file.lines),
                counted(&file.branches),
                counted(&file.functions),
            ];
            for (sum, count) in sums.iter_mut().zip(counts) {
                *sum = sum.sum(count).ok_or_else(|| KindError::Line {
                    line: 1,
                    what: "more lines than can be counted".to_owned(),
                })?;
            }
            let extra = json!({"filename": shortened(path, TEXT_MAX)});
            files.push(with_functions(counts, extra));
        }
        let extra = json!({"tests": self.tests, "files": files});
        let reading = Reading::of(Kind::Lcov, with_functions(sums, extra));
        let [lines, ..] = sums;
        Ok(if lines.valid == 0 {
            reading.found(Status::Empty, "the tracefile lists no line of code")
        } else {
            reading
        })
    }
}

fn with_functions([lines, branches, functions]: [Count; 3], extra: Value) -> Value {
    let mut facts = facts(lines, branches, extra);
    put(&mut facts, "functions_valid", functions.valid);
    put(&mut facts, "functions_covered", functions.covered);
    let rate = functions.rate().map_or(Value::Null, number);
    put(&mut facts, "function_rate", rate);
    facts
}

fn unite<K: Ord>(into: &mut BTreeMap<K, bool>, from: BTreeMap<K, bool>) {
    for (key, is_covered) in from {
        *into.entry(key).or_default() |= is_covered;
    }
}

fn counted<K>(of: &BTreeMap<K, bool>) -> Count {
    let mut count = Count::default();
    for is_covered in of.values() {
        count.add(*is_covered);
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts_of(text: &str) -> Value {
        read(text).unwrap().facts
    }

    fn refused(text: &str) -> String {
        read(text).expect_err(text).to_string()
    }

    #[test]
    fn is_told_narrowly() {
        for text in [
            "TN:\nSF:a.c\nDA:1,1\n",
            "SF:a.c\nend_of_record\n",
            "#made by hand\n\nTN:unit\nSF:/a b.c\nVER:1\n",
            "SF:a.c\n",
            "SF:a.c\nDA:1",
        ] {
            assert!(is(text), "{text}");
        }
        for text in [
            "SF: San Francisco\n",
            "TN: x\nSF:a.c\nDA:1,1\n",
            "SF:\nDA:1,1\n",
            "SF:a.c\nsomething else\n",
            "DA:1,1\n",
            "TN:\n",
            "",
        ] {
            assert!(!is(text), "{text}");
        }
    }

    #[test]
    fn records_of_a_file_are_one_file() {
        let facts = facts_of(
            "TN:one\nSF:a\nDA:1,1\nDA:2,0\nBRDA:1,0,0,1\nBRDA:1,0,1,0\nFN:1,f\nFNDA:0,f\nend_of_record\n\
             TN:two\nSF:a\nDA:2,5\nDA:3,0\nBRDA:1,0,1,2\nFN:1,f\nFNDA:1,f\nend_of_record\n\
             SF:b\nDA:1,0\nend_of_record\n",
        );
        assert_eq!(facts["lines_valid"], 4);
        assert_eq!(facts["lines_covered"], 2);
        assert_eq!(facts["branches_covered"], 2);
        assert_eq!(facts["functions_valid"], 1);
        assert_eq!(facts["functions_covered"], 1);
        assert_eq!(facts["tests"], json!(["one", "two"]));
        assert_eq!(facts["files"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn records_must_begin_and_end() {
        for (text, what) in [
            ("SF:a\nDA:1,1\n", "line 2: the record of `a` does not end"),
            (
                "SF:a\nDA:1,1\nSF:b\nend_of_record\n",
                "line 3: the record of `a`",
            ),
            ("DA:1,1\n", "line 1: `DA:1,1` outside a record"),
            ("end_of_record\n", "outside a record"),
            ("SF:a\nend_of_record\nLF:1\n", "line 3: `LF:1` outside"),
            ("SF: \nend_of_record\n", "without a path"),
            (
                "SF:a\nVER:1\nend_of_record\nSF:a\nVER:2\nend_of_record\n",
                "two versions of `a`",
            ),
        ] {
            let error = refused(text);
            assert!(error.contains(what), "{text}: {error}");
        }
    }
}
