//! `prometheus-text`: what an exporter answers, in the text format 0.0.4
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/>) or `OpenMetrics` 1.0
//! (<https://prometheus.io/docs/specs/om/open_metrics_spec/>).
//!
//! INVARIANT: a sample is a finite number; NaN and infinities are set apart. Two samples
//! of one series are refused. `OpenMetrics` without its last line is not whole.

use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::{Kind, Observed, Status};
use crate::json::{Value, json};

use super::node::{TEXT_MAX, number, shortened};
use super::prometheus::{Instant, Labels, Observation, shown};
use super::reader::{Form, Reader};
use super::{KindError, Reading};

mod line;
mod probe;

use line::{Line, Sample};

/// Most samples in one text.
const SAMPLES_MAX: usize = 200_000;

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::PrometheusText,
    media_type: "text/plain",
    form: Form::Text { is, read },
};

/// A metric family, as far as it is declared.
#[derive(Debug, Default)]
struct Family {
    metric_type: Option<String>,
    help: Option<String>,
    unit: Option<String>,
    samples_count: usize,
}

/// What has been read.
#[derive(Debug, Default)]
struct Text {
    /// With their places in the text.
    families: BTreeMap<String, (usize, Family)>,
    samples: Vec<Sample>,
    known: BTreeSet<(String, Labels, Option<i64>)>,
    /// The line of the first thing that only `OpenMetrics` has.
    open_line: Option<usize>,
    has_ended: bool,
}

/// Whether the comments that `start` begins with declare a type, and a sample follows.
fn is(start: &str) -> bool {
    let mut is_typed = false;
    let mut lines = start.split('\n').map(str::trim_end).peekable();
    while let Some(text) = lines.next() {
        let is_last = lines.peek().is_none();
        match line::parse(text) {
            Ok(Line::Type { .. }) => is_typed = true,
            Ok(Line::Sample(_)) => return is_typed,
            Ok(Line::End) => return true,
            Ok(_) => {}
            // It may have been cut.
            Err(_) => return is_typed && is_last,
        }
    }
    is_typed
}

/// Reads a text.
fn read(text: &str) -> Result<Reading, KindError> {
    let mut read = Text::default();
    let is_open = text.trim_end().ends_with("# EOF");
    for (above, line) in text.split('\n').enumerate() {
        let number = above + 1;
        let line = line.strip_suffix('\r').unwrap_or(line);
        line::parse(line)
            .and_then(|line| read.add(line, number, is_open))
            .map_err(|what| KindError::Line { line: number, what })?;
    }
    if let Some(line) = read.open_line.filter(|_| !read.has_ended) {
        let what = "is OpenMetrics, whose last line must be `# EOF`".to_owned();
        return Err(KindError::Line { line, what });
    }
    read.into_reading()
}

impl Text {
    fn add(&mut self, line: Line<'_>, number: usize, is_open: bool) -> Result<(), String> {
        if self.has_ended && line != Line::Blank {
            return Err("stands behind `# EOF`".to_owned());
        }
        match line {
            Line::Blank | Line::Comment => {}
            Line::End => self.has_ended = true,
            Line::Help { name, text } => {
                let family = self.family(name);
                declare(&mut family.help, shortened(text, TEXT_MAX), "HELP", name)?;
            }
            Line::Unit { name, unit } => {
                self.open_line = self.open_line.or(Some(number));
                let family = self.family(name);
                declare(&mut family.unit, unit.to_owned(), "UNIT", name)?;
            }
            Line::Type { name, metric_type } => {
                if !line::TEXT_TYPES.contains(&metric_type) {
                    self.open_line = self.open_line.or(Some(number));
                }
                let family = self.family(name);
                if family.samples_count > 0 {
                    return Err(format!("the type of `{name}` comes behind its samples"));
                }
                let metric_type = metric_type.to_owned();
                declare(&mut family.metric_type, metric_type, "TYPE", name)?;
            }
            Line::Sample(sample) => {
                if sample.has_exemplar {
                    self.open_line = self.open_line.or(Some(number));
                }
                self.add_sample(sample, is_open)?;
            }
        }
        Ok(())
    }

    fn add_sample(&mut self, mut sample: Sample, is_open: bool) -> Result<(), String> {
        if self.samples.len() >= SAMPLES_MAX {
            return Err(format!("more than {SAMPLES_MAX} samples"));
        }
        sample.at = line::instant(sample.timestamp.as_deref(), is_open)?;
        // OpenMetrics may hold a series' history.
        let at = sample.at.map(|at| at.0).filter(|_| is_open);
        let key = (sample.name.clone(), sample.labels.clone(), at);
        if !self.known.insert(key) {
            let series = shortened(&sample.name, 200) + &shown(&sample.labels);
            return Err(format!("a second sample of {series}"));
        }
        let name = self.family_of(&sample.name).to_owned();
        self.family(&name).samples_count += 1;
        self.samples.push(sample);
        Ok(())
    }

    fn family(&mut self, name: &str) -> &mut Family {
        let next = self.families.len();
        let family = self.families.entry(name.to_owned());
        let (_, family) = family.or_insert_with(|| (next, Family::default()));
        family
    }

    /// The declared family that a sample called `name` belongs to, else its own.
    fn family_of<'a>(&self, name: &'a str) -> &'a str {
        if self.families.contains_key(name) {
            return name;
        }
        let suffixes = [
            "_bucket", "_count", "_sum", "_total", "_created", "_info", "_gcount", "_gsum",
        ];
        let mut stems = suffixes
            .iter()
            .filter_map(|suffix| name.strip_suffix(suffix));
        stems
            .find(|stem| self.families.contains_key(*stem))
            .unwrap_or(name)
    }

    fn into_reading(self) -> Result<Reading, KindError> {
        let probe = probe::facts(&self.samples)?;
        let of = |seen: fn(&Observation) -> bool| {
            self.samples.iter().filter(move |one| seen(&one.value))
        };
        let finite: Vec<Value> = of(|value| matches!(value, Observation::Finite(_)))
            .map(Sample::facts)
            .collect();
        let infinite: Vec<Value> = of(|value| value.infinity().is_some())
            .map(Sample::facts)
            .collect();
        let nan: Vec<Value> = of(|value| *value == Observation::NotANumber)
            .map(Sample::facts)
            .collect();
        let observed_count = finite.len() + infinite.len();
        let mut families: Vec<_> = self.families.iter().collect();
        families.sort_by_key(|(_, (place, _))| *place);
        let families = families.into_iter();
        let families: Vec<Value> = families
            .map(|(name, (_, family))| family_facts(name, family))
            .collect();
        let facts = json!({
            "format": if self.has_ended { "openmetrics" } else { "text" },
            "families": families,
            "samples_count": self.samples.len(),
            "samples": finite,
            "infinite": infinite,
            "nan": nan,
            "probe": probe,
        });
        let mut reading = Reading::of(Kind::PrometheusText, facts);
        // Where some samples have no instant, nobody knows when they were obtained.
        let instants: Option<Vec<Instant>> = self.samples.iter().map(|sample| sample.at).collect();
        if let Some(instants) = instants {
            let at = |instant: Option<&Instant>| instant.and_then(|instant| instant.timestamp());
            reading.collected_at = at(instants.iter().max());
            let ends = at(instants.iter().min()).zip(reading.collected_at);
            reading.observed = ends.map(|(from, to)| Observed { from, to });
        }
        Ok(if observed_count == 0 {
            reading.found(Status::Empty, "holds no observed sample")
        } else {
            reading
        })
    }
}

fn declare(slot: &mut Option<String>, text: String, what: &str, name: &str) -> Result<(), String> {
    match slot.replace(text) {
        None => Ok(()),
        Some(_) => Err(format!("a second `{what}` of `{}`", shortened(name, 200))),
    }
}

fn family_facts(name: &str, family: &Family) -> Value {
    json!({
        "name": shortened(name, TEXT_MAX),
        "type": family.metric_type.as_deref().unwrap_or("untyped"),
        "help": family.help,
        "unit": family.unit,
        "samples_count": family.samples_count,
    })
}

impl Sample {
    fn facts(&self) -> Value {
        let value = match self.value {
            Observation::Finite(value) => number(value),
            other => other.infinity().map_or(Value::Null, Value::from),
        };
        json!({
            "name": self.name,
            "labels": self.labels,
            "value": value,
            "t": self.at.map(Instant::seconds),
        })
    }
}

#[cfg(test)]
mod tests;
