//! `cobertura`: test coverage in the XML that Cobertura began and that coverage.py,
//! gocover-cobertura, Istanbul, Coverlet, gcovr and others write.
//! <https://github.com/cobertura/web/blob/master/htdocs/xml/coverage-04.dtd>
//!
//! INVARIANT: every count is recounted from `line` elements. What the root declares is
//! compared, and a report that contradicts itself is refused. The document type
//! declaration that the format asks for is passed over; nothing is fetched.

use std::collections::{BTreeMap, BTreeSet};

use crate::clock::Timestamp;
use crate::evidence::{DEPTH_MAX, Kind, Status};
use crate::json::json;
use crate::xml::{Element, Step, Xml};

use super::coverage::{Count, facts};
use super::node::{TEXT_MAX, shortened};
use super::reader::{Form, Reader};
use super::{KindError, Reading};

mod declared;
mod line;

use declared::Declared;
use line::Line;

/// Most `line` elements in one report.
const LINES_MAX: usize = 2_000_000;

/// Most files in one report.
const FILES_MAX: usize = 100_000;

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::Cobertura,
    media_type: "application/xml",
    form: Form::Xml {
        roots: &["coverage"],
        read,
    },
};

/// An open element that matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    Report,
    Sources,
    Source,
    Packages,
    Package,
    Class,
    Method,
    /// `classes`, `methods`, `lines`: nothing but a level.
    List,
    Line,
    Other,
}

/// What is known of one file of one package.
#[derive(Debug, Default)]
struct File {
    package: String,
    filename: String,
    /// Whether each line ran.
    lines: BTreeMap<u64, bool>,
    branches: Count,
}

/// The class being read.
#[derive(Debug, Default)]
struct Class {
    filename: String,
    lines: Vec<Line>,
    /// Those of its methods, which most producers repeat in `lines`.
    method_lines: Vec<Line>,
}

#[derive(Debug, Default)]
struct Report {
    open: Vec<Inside>,
    declared: Declared,
    version: String,
    timestamp: Option<Timestamp>,
    sources: Vec<String>,
    package: String,
    class: Class,
    packages: Vec<String>,
    packages_seen: BTreeSet<String>,
    files: Vec<File>,
    by_name: BTreeMap<(String, String), usize>,
    lines_count: usize,
    /// Every line as often as it is listed, as some producers count.
    listed: Count,
}

/// Reads a report whose root is `coverage`.
fn read(text: &str) -> Result<Reading, KindError> {
    let mut xml = Xml::new(text, DEPTH_MAX).with_external_type();
    let mut report = Report::default();
    while let Some(step) = xml.step()? {
        let read = match step {
            Step::Open(element) => report.open(&element),
            Step::Text(text) => {
                report.text(&text);
                Ok(())
            }
            Step::Close => report.close(),
        };
        read.map_err(|what| xml.refuse(what))?;
    }
    report.into_reading()
}

impl Report {
    fn open(&mut self, element: &Element) -> Result<(), String> {
        let inside = match (self.open.last().copied(), element.name.as_str()) {
            (None, _) => {
                self.root(element)?;
                Inside::Report
            }
            (Some(Inside::Report), "sources") => Inside::Sources,
            (Some(Inside::Report), "packages") => Inside::Packages,
            // Clover and SonarQube have the same root.
            (Some(Inside::Report), other) => {
                let other = shortened(other, 80);
                return Err(format!("`{other}` in `coverage`: not a Cobertura report"));
            }
            (Some(Inside::Sources), "source") => {
                self.sources.push(String::new());
                Inside::Source
            }
            (Some(Inside::Packages), "package") => {
                self.package = attribute(element, "name");
                if self.packages_seen.insert(self.package.clone()) {
                    self.packages.push(self.package.clone());
                }
                Inside::Package
            }
            (Some(Inside::Package), "classes")
            | (Some(Inside::Class), "methods")
            | (Some(Inside::Class | Inside::Method), "lines") => Inside::List,
            (Some(Inside::List), "class") => self.class(element)?,
            (Some(Inside::List), "method") if self.is_in(Inside::Class) => Inside::Method,
            (Some(Inside::List), "line") if self.is_in(Inside::Class) => self.line(element)?,
            (_, "line" | "class" | "package") => {
                return Err(format!("a `{}` where none belongs", element.name));
            }
            _ => Inside::Other,
        };
        self.open.push(inside);
        Ok(())
    }

    fn is_in(&self, inside: Inside) -> bool {
        self.open.contains(&inside)
    }

    fn root(&mut self, element: &Element) -> Result<(), String> {
        self.declared = Declared::of(element)?;
        self.version = attribute(element, "version");
        self.timestamp = match element.attribute("timestamp").map(str::trim) {
            None | Some("" | "0") => None,
            Some(text) => Some(timestamp(text)?),
        };
        Ok(())
    }

    fn class(&mut self, element: &Element) -> Result<Inside, String> {
        if self.is_in(Inside::Class) {
            return Err("a `class` in another".to_owned());
        }
        let filename = element.attribute("filename").unwrap_or_default();
        if filename.trim().is_empty() {
            return Err("a class has no `filename`".to_owned());
        }
        self.class = Class {
            filename: shortened(filename, TEXT_MAX),
            ..Class::default()
        };
        Ok(Inside::Class)
    }

    fn line(&mut self, element: &Element) -> Result<Inside, String> {
        self.lines_count += 1;
        if self.lines_count > LINES_MAX {
            return Err(format!("more than {LINES_MAX} lines"));
        }
        let line = Line::of(element)?;
        if self.is_in(Inside::Method) {
            self.class.method_lines.push(line);
        } else {
            self.class.lines.push(line);
        }
        Ok(Inside::Line)
    }

    fn text(&mut self, text: &str) {
        if let (Some(Inside::Source), Some(source)) = (self.open.last(), self.sources.last_mut()) {
            let joined = format!("{source}{text}");
            *source = shortened(&joined, TEXT_MAX);
        }
    }

    fn close(&mut self) -> Result<(), String> {
        match self.open.pop() {
            Some(Inside::Class) => self.end_class(),
            _ => Ok(()),
        }
    }

    /// Adds the lines of the class to those of its file: partial, nested and generic
    /// classes share one.
    fn end_class(&mut self) -> Result<(), String> {
        let class = std::mem::take(&mut self.class);
        let key = (self.package.clone(), class.filename);
        let at = match self.by_name.get(&key) {
            Some(at) => *at,
            None if self.files.len() >= FILES_MAX => {
                return Err(format!("more than {FILES_MAX} files"));
            }
            None => {
                self.files.push(File {
                    package: key.0.clone(),
                    filename: key.1.clone(),
                    ..File::default()
                });
                self.by_name.insert(key, self.files.len() - 1);
                self.files.len() - 1
            }
        };
        let Some(file) = self.files.get_mut(at) else {
            return Ok(());
        };
        let own: BTreeSet<u64> = class.lines.iter().map(|line| line.number).collect();
        let others = class.method_lines.iter();
        let others = others.filter(|line| !own.contains(&line.number));
        for line in class.lines.iter().chain(others) {
            self.listed.add(line.is_covered);
            *file.lines.entry(line.number).or_default() |= line.is_covered;
            let branches = file.branches.sum(line.branches);
            file.branches = branches.ok_or("more branches than can be counted")?;
        }
        Ok(())
    }

    fn into_reading(self) -> Result<Reading, KindError> {
        let mut lines = Count::default();
        let mut branches = Count::default();
        let mut files = Vec::new();
        let mut packages: BTreeMap<&str, (Count, Count)> = BTreeMap::new();
        for file in &self.files {
            let (file_lines, file_branches) = (file.counted(), file.branches);
            let of = packages.entry(&file.package).or_default();
            let extra = json!({"package": file.package, "filename": file.filename});
            files.push(facts(file_lines, file_branches, extra));
            for (sum, part) in [
                (&mut lines, file_lines),
                (&mut branches, file_branches),
                (&mut of.0, file_lines),
                (&mut of.1, file_branches),
            ] {
                *sum = sum.sum(part).ok_or_else(|| KindError::Field {
                    path: "coverage".to_owned(),
                    what: "more branches than can be counted".to_owned(),
                })?;
            }
        }
        self.declared.compare(lines, self.listed, branches)?;
        let in_order = |name: &String| {
            let (lines, branches) = packages.get(name.as_str()).copied().unwrap_or_default();
            facts(lines, branches, json!({"name": name}))
        };
        let packages: Vec<_> = self.packages.iter().map(in_order).collect();
        let extra = json!({
            "version": self.version,
            "timestamp": self.timestamp,
            "sources": self.sources,
            "packages": packages,
            "files": files,
            "declared": self.declared.facts(),
        });
        let reading = Reading {
            collected_at: self.timestamp,
            ..Reading::of(Kind::Cobertura, facts(lines, branches, extra))
        };
        Ok(if lines.valid == 0 {
            reading.found(Status::Empty, "the report lists no line of code")
        } else {
            reading
        })
    }
}

impl File {
    fn counted(&self) -> Count {
        let mut count = Count::default();
        for is_covered in self.lines.values() {
            count.add(*is_covered);
        }
        count
    }
}

fn attribute(element: &Element, name: &str) -> String {
    shortened(element.attribute(name).unwrap_or_default(), TEXT_MAX)
}

/// Seconds or milliseconds since 1970: producers differ. As seconds, the first
/// number read as milliseconds would lie in the year 5138.
fn timestamp(text: &str) -> Result<Timestamp, String> {
    const MILLISECONDS_MIN: i64 = 100_000_000_000;
    let refused = || format!("timestamp `{}` is not a time", shortened(text, 80));
    let number: i64 = text.parse().map_err(|_| refused())?;
    let instant = if number < 0 {
        None
    } else if number < MILLISECONDS_MIN {
        Timestamp::from_unix_seconds(number)
    } else {
        let nanoseconds = number.checked_mul(1_000_000);
        nanoseconds.and_then(Timestamp::from_unix_nanoseconds)
    };
    instant.ok_or_else(refused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Value;

    fn facts_of(packages: &str) -> Result<Value, String> {
        let text = format!("<coverage><packages>{packages}</packages></coverage>");
        read(&text).map(|r| r.facts).map_err(|e| e.to_string())
    }

    #[test]
    fn a_file_of_many_classes_counts_each_line_once() {
        let class = |lines: &str| {
            format!("<class filename='a.cs'><methods/><lines>{lines}</lines></class>")
        };
        let classes = [
            class("<line number='1' hits='0'/><line number='2' hits='0'/>"),
            class("<line number='2' hits='3'/><line number='2' hits='0'/>"),
        ];
        let package = format!(
            "<package name='p'><classes>{}</classes></package>",
            classes.concat()
        );
        let facts = facts_of(&package).unwrap();
        assert_eq!(facts["lines_valid"], 2);
        assert_eq!(facts["lines_covered"], 1);
        assert_eq!(facts["files"].as_array().unwrap().len(), 1);
        // The same name in another package is another file.
        let facts = facts_of(&format!("{package}{}", package.replace("'p'", "'q'"))).unwrap();
        assert_eq!(facts["lines_valid"], 4);
        assert_eq!(facts["packages"][1]["lines_covered"], 1);
    }

    #[test]
    fn lines_that_only_methods_list_are_counted() {
        let facts = facts_of(
            "<package name='p'><classes><class filename='a'><methods><method name='m'><lines>
             <line number='1' hits='0'/><line number='2' hits='1'/></lines></method></methods>
             <lines><line number='1' hits='1'/></lines></class></classes></package>",
        )
        .unwrap();
        assert_eq!(facts["lines_valid"], 2);
        assert_eq!(facts["lines_covered"], 2);
    }

    #[test]
    fn lines_where_none_belong_are_not_passed_over() {
        let error =
            facts_of("<package name='p'><lines><line number='1' hits='0'/></lines></package>");
        assert!(error.unwrap_err().contains("a `line` where none belongs"));
    }

    #[test]
    fn times_are_seconds_or_milliseconds() {
        let shown = |text| timestamp(text).map(|at| at.to_string());
        assert_eq!(shown("1795581007").unwrap(), "2026-11-25T04:30:07Z");
        assert_eq!(shown("1795581007159").unwrap(), "2026-11-25T04:30:07.159Z");
        for text in ["-1", "noon", "99999999999999999", "1e9"] {
            assert!(shown(text).is_err(), "{text}");
        }
    }
}
