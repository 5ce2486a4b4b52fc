//! One record of a tracefile: what is known of a source file from one test.

use std::collections::BTreeMap;

use crate::evidence::kinds::coverage::Count;
use crate::evidence::kinds::node::shortened;

use super::counted;

/// Lines that a record may hold, besides `SF`, `TN` and its end.
const KNOWN: [&str; 16] = [
    "BRDA", "BRF", "BRH", "DA", "FN", "FNA", "FNDA", "FNF", "FNH", "FNL", "LF", "LH", "MCDC",
    "MCF", "MCH", "VER",
];

/// Line, block, branch.
pub(super) type Branch = (u64, u64, String);

/// A function: by name, or since lcov 2.2 as all names of the one that begins on a line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Function {
    Named(String),
    At(u64),
}

#[derive(Debug, Default)]
pub(super) struct Record {
    pub(super) version: Option<String>,
    pub(super) lines: BTreeMap<u64, bool>,
    pub(super) branches: BTreeMap<Branch, bool>,
    pub(super) functions: BTreeMap<Function, bool>,
    /// The lines on which functions with a name begin.
    begins: BTreeMap<String, u64>,
    /// The lines on which numbered functions begin.
    leaders: BTreeMap<u64, u64>,
    /// Branches of exceptions, which lcov can be told to leave out of its totals.
    exceptions: BTreeMap<Branch, bool>,
    /// Every line as often as it is listed.
    listed_lines: Count,
    listed_functions: u64,
    totals: BTreeMap<&'static str, u64>,
}

/// Whether a line may stand behind `SF`.
pub(super) fn is_known(line: &str) -> bool {
    match line.split_once(':') {
        Some((name, _)) => KNOWN.contains(&name),
        None => line.trim_end() == "end_of_record",
    }
}

impl Record {
    /// Reads a line that is not its end.
    pub(super) fn read(&mut self, line: &str) -> Result<(), String> {
        let refused = || format!("`{}` is not a line of a tracefile", shortened(line, 80));
        let (name, rest) = line.split_once(':').ok_or_else(refused)?;
        let read = match name {
            "DA" => self.line(rest),
            "BRDA" => self.branch(rest),
            "FN" => self.function(rest),
            "FNDA" => self.function_count(rest),
            "FNL" => self.leader(rest)?,
            "FNA" => self.alias(rest)?,
            "VER" => {
                self.version = Some(rest.to_owned());
                Some(())
            }
            // Conditions are not counted.
            "MCDC" | "MCF" | "MCH" => Some(()),
            total => {
                let known = KNOWN.iter().find(|known| **known == total);
                let known = known.ok_or_else(refused)?;
                rest.parse().ok().map(|count| {
                    self.totals.insert(known, count);
                })
            }
        };
        read.ok_or_else(refused)
    }

    fn line(&mut self, rest: &str) -> Option<()> {
        let (number, rest) = rest.split_once(',')?;
        // A checksum may follow.
        let count = rest.split(',').next()?;
        let is_covered = is_positive(count)?;
        self.listed_lines.add(is_covered);
        *self.lines.entry(number.parse().ok()?).or_default() |= is_covered;
        Some(())
    }

    /// Reads `line,[e|f][U]block,branch,taken`; a branch may hold commas.
    fn branch(&mut self, rest: &str) -> Option<()> {
        let (line, rest) = rest.split_once(',')?;
        let (block, rest) = rest.split_once(',')?;
        let (branch, taken) = rest.rsplit_once(',')?;
        let marks = block.find(|c: char| c.is_ascii_digit())?;
        let (marks, block) = block.split_at_checked(marks)?;
        let key = (line.parse().ok()?, block.parse().ok()?, branch.to_owned());
        let is_covered = taken != "-" && is_positive(taken)?;
        match marks {
            "" | "f" => {}
            "e" => *self.exceptions.entry(key.clone()).or_default() |= is_covered,
            // Marked as never to be reached, and so in no total.
            "U" | "eU" | "fU" => return Some(()),
            _ => return None,
        }
        *self.branches.entry(key).or_default() |= is_covered;
        Some(())
    }

    /// Reads `line,[end,]name`.
    fn function(&mut self, rest: &str) -> Option<()> {
        let (line, rest) = rest.split_once(',')?;
        let name = match rest.split_once(',') {
            Some((end, name)) if end.parse::<u64>().is_ok() => name,
            _ => rest,
        };
        self.listed_functions += 1;
        self.begins.insert(name.to_owned(), line.parse().ok()?);
        let function = Function::Named(name.to_owned());
        self.functions.entry(function).or_default();
        Some(())
    }

    fn function_count(&mut self, rest: &str) -> Option<()> {
        let (count, name) = rest.split_once(',')?;
        let function = Function::Named(name.to_owned());
        *self.functions.entry(function).or_default() |= is_positive(count)?;
        Some(())
    }

    /// Reads `index,line[,end]`.
    fn leader(&mut self, rest: &str) -> Result<Option<()>, String> {
        let mut fields = rest.split(',').map(str::parse::<u64>);
        let (Some(Ok(index)), Some(Ok(line))) = (fields.next(), fields.next()) else {
            return Ok(None);
        };
        self.functions.entry(Function::At(line)).or_default();
        match self.leaders.insert(index, line) {
            None => Ok(Some(())),
            Some(_) => Err(format!("a second function {index}")),
        }
    }

    /// Reads `index,count,name`.
    fn alias(&mut self, rest: &str) -> Result<Option<()>, String> {
        let mut fields = rest.splitn(3, ',');
        let (Some(index), Some(count), Some(_)) = (fields.next(), fields.next(), fields.next())
        else {
            return Ok(None);
        };
        let (Ok(index), Some(is_covered)) = (index.parse::<u64>(), is_positive(count)) else {
            return Ok(None);
        };
        let Some(line) = self.leaders.get(&index) else {
            return Err(format!("no function {index}"));
        };
        let function = self.functions.entry(Function::At(*line)).or_default();
        *function |= is_covered;
        Ok(Some(()))
    }

    /// Refuses totals that no way of counting comes to.
    pub(super) fn compare(&self) -> Result<(), String> {
        let branches = counted(&self.branches);
        let exceptions = counted(&self.exceptions);
        let without = Count {
            valid: branches.valid.saturating_sub(exceptions.valid),
            covered: branches.covered.saturating_sub(exceptions.covered),
        };
        let functions = counted(&self.functions);
        // Names of one function, counted once.
        let mut groups: BTreeMap<u64, bool> = BTreeMap::new();
        for (name, line) in &self.begins {
            let is_covered = self.functions.get(&Function::Named(name.clone()));
            *groups.entry(*line).or_default() |= is_covered.copied().unwrap_or_default();
        }
        let listed = Count {
            valid: self.listed_functions,
            covered: functions.covered,
        };
        self.compare_one("LF", "LH", &[counted(&self.lines), self.listed_lines])?;
        self.compare_one("BRF", "BRH", &[branches, without])?;
        self.compare_one("FNF", "FNH", &[functions, counted(&groups), listed])
    }

    fn compare_one(&self, valid: &str, covered: &str, counts: &[Count]) -> Result<(), String> {
        let says = |name: &str, count: u64| self.totals.get(name).is_none_or(|it| *it == count);
        let fits = |count: &Count| says(valid, count.valid) && says(covered, count.covered);
        if counts.iter().any(fits) {
            return Ok(());
        }
        let counted = counts.first().copied().unwrap_or_default();
        let total = |name: &str| match self.totals.get(name) {
            Some(total) => format!("`{name}:{total}`"),
            None => format!("no `{name}`"),
        };
        Err(format!(
            "the record says {} and {}, but lists {} and {}",
            total(valid),
            total(covered),
            counted.valid,
            counted.covered
        ))
    }
}

/// Whether a count is more than nothing; none where it is not a count. Perl writes
/// large ones with an exponent.
fn is_positive(text: &str) -> Option<bool> {
    if let Ok(count) = text.parse::<u64>() {
        return Some(count > 0);
    }
    let count: f64 = text.parse().ok()?;
    (count.is_finite() && count >= 0.0).then_some(count > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(text: &str) -> Result<Record, String> {
        let mut record = Record::default();
        for line in text.lines() {
            record.read(line)?;
        }
        record.compare().map(|()| record)
    }

    #[test]
    fn totals_may_be_counted_in_the_ways_of_the_tools() {
        for text in [
            "DA:1,1\nDA:1,0\nLF:1\nLH:1",
            "DA:1,1\nDA:1,0\nLF:2\nLH:1",
            "DA:1,1.5e+20\nLH:1",
            "BRDA:1,e0,0,1\nBRDA:1,0,1,-\nBRF:2\nBRH:1",
            "BRDA:1,e0,0,1\nBRDA:1,0,1,-\nBRF:1\nBRH:0",
            "BRDA:1,U0,0,0\nBRF:0\nBRH:0",
            "BRDA:1,0,f(a, b),1\nBRDA:1,0,!f(a, b),0\nBRF:2\nBRH:1",
            "FN:1,9,a\nFN:1,b\nFNDA:1,a\nFNDA:0,b\nFNF:2\nFNH:1",
            "FN:1,9,a\nFN:1,b\nFNDA:1,a\nFNDA:0,b\nFNF:1\nFNH:1",
            "FNL:0,1,9\nFNA:0,1,a\nFNA:0,0,b\nFNL:1,12\nFNA:1,0,c\nFNF:2\nFNH:1",
            "FN:1,f(int, int)\nFNDA:2,f(int, int)\nFNF:1\nFNH:1",
            "MCDC:10,2,f,0,0,enable\nMCF:2\nMCH:1\nVER:x",
        ] {
            record(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        }
        for (text, what) in [
            ("DA:1,1\nLF:2", "says `LF:2` and no `LH`, but lists 1 and 1"),
            ("DA:1,0\nLH:1", "no `LF` and `LH:1`"),
            ("DA:1,1\nDA:1,0\nLF:2\nLH:2", "`LF:2` and `LH:2`"),
            ("BRDA:1,0,0,0\nBRF:1\nBRH:1", "`BRH:1`"),
            ("FN:1,a\nFNF:1\nFNH:1", "`FNH:1`"),
            ("FNL:0,1\nFNL:0,2", "second function 0"),
            ("FNA:0,1,a", "no function 0"),
        ] {
            let error = record(text).unwrap_err();
            assert!(error.contains(what), "{text}: {error}");
        }
    }

    #[test]
    fn lines_that_count_nothing_are_refused() {
        for text in [
            "DA:1",
            "DA:1,",
            "DA:x,1",
            "DA:1,-1",
            "DA:1,NaN",
            "DA:1,inf",
            "DA:-1,1",
            "LF:x",
            "LF:-1",
            "BRDA:1,0,0",
            "BRDA:1,x0,0,1",
            "BRDA:1,,0,1",
            "FN:1",
            "FN:x,a",
            "FNDA:a",
            "FNL:0",
            "FNL:x,1",
            "FNA:0,1",
            "XX:1",
            "da:1,1",
            "words",
        ] {
            let error = record(text).unwrap_err();
            assert!(
                error.contains("is not a line of a tracefile"),
                "{text}: {error}"
            );
        }
    }
}
