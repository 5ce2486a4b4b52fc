//! `baselines`: what metrics were measured at, over which window, by which query, and who
//! answers for it. Our own format, `assize/measured-baselines/v1`;
//! `docs/evidence/baselines.md`. The baselines in force are data of policies, and another
//! format (`governance`).
//!
//! INVARIANTS
//! - A metric and a statistic are there once, so that no rule has to choose; blanks around
//!   a name make no other.
//! - What makes a baseline weak is said in `defects` and is no broken file: a rule refuses
//!   it, and the reason can be shown.
//! - Nothing in it is later than `stated_at`, but what it is valid until.

use std::collections::BTreeSet;

use crate::clock::Timestamp;
use crate::digest::Digest;
use crate::evidence::{Kind, Observed, Status};
use crate::json::{Map, Value, json};
use crate::waiver::same_person;

use super::entry::{Bounds, Entry};
use super::node::{Node, TEXT_MAX, number, put_instant, shortened, with_list};
use super::reader::{Form, Reader, starts};
use super::{KindError, Reading};

const SCHEMA: &str = "assize/measured-baselines/v1";
/// What the data of policies says of itself.
const IN_FORCE: &str = "assize/baselines/";
/// Most baselines in one document.
const BASELINES_MAX: usize = 10_000;
/// Most inputs of one baseline.
const INPUTS_MAX: usize = 1_000;

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::Baselines,
    media_type: "application/json",
    form: Form::Document {
        is: |value| {
            starts(value, "schema", "assize/measured-baselines/")
                || starts(value, "schema", IN_FORCE)
        },
        read,
    },
};

/// Reads a document.
fn read(value: &Value) -> Result<Reading, KindError> {
    let root = Node::root(value);
    let schema = root.field("schema")?;
    if schema.text()?.starts_with(IN_FORCE) {
        return Err(schema.refuse(format!(
            "is that of the data of policies, which says what is in force; \
             what was measured has the schema `{SCHEMA}`"
        )));
    }
    schema.one_of(&[SCHEMA])?;
    root.only(&["schema", "source", "version", "stated_at", "baselines"])?;
    let mut facts = Map::new();
    let source = root.field("source")?.words()?;
    facts.insert("source".to_owned(), shortened(source, TEXT_MAX).into());
    let version = root.optional("version")?.map(|version| version.count());
    facts.insert("version".to_owned(), version.transpose()?.into());
    let stated_at = put_instant(&mut facts, &root, "stated_at")?;
    let bounds = Bounds {
        from: None,
        to: stated_at,
        to_name: "`stated_at` of the document",
    };
    let list = root.field("baselines")?;
    if list.values()?.len() > BASELINES_MAX {
        return Err(list.refuse(format!("more than {BASELINES_MAX} baselines")));
    }
    let mut known = BTreeSet::new();
    let mut baselines = Vec::new();
    for node in list.nodes()? {
        let name = (
            node.field("metric")?.words()?,
            node.field("statistic")?.words()?,
        );
        if !known.insert(name) {
            return Err(node.refuse("a second baseline of this metric and statistic"));
        }
        baselines.push(Baseline::of(Entry::of(node, bounds))?);
    }
    let defective = baselines.iter().filter(|one| one.is_defective);
    facts.insert("defective_count".to_owned(), defective.count().into());
    facts.insert("baselines_count".to_owned(), baselines.len().into());
    let observed = baselines.iter().map(|one| one.window).reduce(|one, other| {
        let (from, to) = (one.from.min(other.from), one.to.max(other.to));
        Observed { from, to }
    });
    // An expired baseline is shown, for a rule to say so, as long as another holds.
    let ends: Option<Vec<_>> = baselines.iter().map(|one| one.valid_until).collect();
    let listed: Vec<_> = baselines.into_iter().map(|one| one.facts).collect();
    let is_empty = listed.is_empty();
    let facts = with_list(Value::Object(facts), "baselines", listed);
    let mut reading = Reading::of(Kind::Baselines, facts);
    reading.collected_at = Some(stated_at);
    reading.observed = observed;
    reading.valid_until = ends.and_then(|ends| ends.into_iter().max());
    Ok(if is_empty {
        reading.found(Status::Empty, "there is no baseline")
    } else {
        reading
    })
}

/// A baseline, as the facts have it.
#[derive(Debug)]
struct Baseline {
    window: Observed,
    valid_until: Option<Timestamp>,
    is_defective: bool,
    facts: Value,
}

impl Baseline {
    fn of(mut entry: Entry<'_>) -> Result<Self, KindError> {
        entry.only(&[
            "metric",
            "statistic",
            "unit",
            "better",
            "value",
            "from",
            "to",
            "query",
            "query_sha256",
            "n",
            "coverage",
            "measured_at",
            "measured_by",
            "approved_at",
            "approved_by",
            "valid_until",
            "inputs",
            "note",
        ])?;
        entry.words(&["metric", "statistic", "unit"])?;
        for name in ["metric", "statistic", "unit"] {
            let text = entry.node().field(name)?.text()?;
            if text.trim() != text {
                return Err(entry.refuse(name, "has blanks at its ends, and is another name"));
            }
        }
        entry.optional_words(&["measured_by", "approved_by", "note"])?;
        entry.optional_one_of("better", &["lower", "higher"])?;
        let mut defects = Vec::new();
        measurement(&mut entry, &mut defects)?;
        let measured_at = entry.instant("measured_at")?;
        put_nanoseconds(&mut entry, "measured_at_ns", Some(measured_at));
        let window = window(&mut entry, measured_at)?;
        query(&mut entry, &mut defects)?;
        approval(&mut entry, measured_at, &mut defects)?;
        let valid_until = valid_until(&mut entry, measured_at)?;
        if valid_until.is_none() {
            defects.push("valid-until-unsaid");
        }
        let inputs = inputs(&entry)?;
        entry.put("inputs", inputs);
        defects.sort_unstable();
        let is_defective = !defects.is_empty();
        entry.put("defects", defects);
        Ok(Self {
            window,
            valid_until,
            is_defective,
            facts: entry.into_facts(),
        })
    }
}

fn put_nanoseconds(entry: &mut Entry<'_>, name: &str, at: Option<Timestamp>) {
    entry.put(name, at.map(Timestamp::unix_nanoseconds));
}

/// What was measured, and on how much.
fn measurement(entry: &mut Entry<'_>, defects: &mut Vec<&str>) -> Result<(), KindError> {
    let value = entry.node().field("value")?;
    let most = match entry.node().field("unit")?.text()? {
        "ratio" => 1.0,
        _ => f64::INFINITY,
    };
    let Some(read) = finite(&value).filter(|read| (0.0..=most).contains(read)) else {
        let expected = if most.is_finite() {
            "from 0 to 1"
        } else {
            "0 or more"
        };
        return Err(value.refuse(format!("expected a number, {expected}")));
    };
    entry.put("value", number(read));
    let n = entry.node().optional("n")?.map(|n| n.count()).transpose()?;
    if n.is_none() {
        defects.push("n-unsaid");
    }
    entry.put("n", n);
    let coverage = match entry.node().optional("coverage")? {
        Some(node) => match finite(&node).filter(|share| (0.0..=1.0).contains(share)) {
            Some(share) => number(share),
            None => return Err(node.refuse("expected a number, from 0 to 1")),
        },
        None => Value::Null,
    };
    if coverage.is_null() {
        defects.push("coverage-unsaid");
    }
    entry.put("coverage", coverage);
    Ok(())
}

fn finite(node: &Node<'_>) -> Option<f64> {
    node.value().as_f64().filter(|value| value.is_finite())
}

/// The time over which it was measured; it ends before the measuring does.
fn window(entry: &mut Entry<'_>, measured_at: Timestamp) -> Result<Observed, KindError> {
    let window = Observed {
        from: entry.instant("from")?,
        to: entry.instant("to")?,
    };
    if window.from >= window.to {
        return Err(entry.refuse("to", "must be later than `from`"));
    }
    if window.to > measured_at {
        return Err(entry.refuse("to", "is later than `measured_at`"));
    }
    entry.put("window_s", window.to.seconds_since(window.from));
    Ok(window)
}

/// The query, and whether its digest is the one that was written down when it was run.
fn query(entry: &mut Entry<'_>, defects: &mut Vec<&str>) -> Result<(), KindError> {
    entry.optional_words(&["query"])?;
    entry.optional_digest("query_sha256")?;
    let text = entry.node().optional("query")?;
    let text = text.map(|query| query.text()).transpose()?;
    let said = entry.node().optional("query_sha256")?;
    let said = said.map(|said| said.digest()).transpose()?;
    let actual = text.map(|text| Digest::of(text.as_bytes()));
    entry.put("query_sha256_actual", actual.map(|digest| digest.hex()));
    if actual.is_none() {
        defects.push("query-unsaid");
    }
    match (said, actual) {
        (None, _) => defects.push("query-digest-unsaid"),
        (Some(said), Some(actual)) if said != actual => defects.push("query-digest-differs"),
        _ => {}
    }
    Ok(())
}

/// Who answers for it: somebody else than who made it, and afterwards.
fn approval(
    entry: &mut Entry<'_>,
    measured_at: Timestamp,
    defects: &mut Vec<&str>,
) -> Result<(), KindError> {
    let approved_at = entry.optional_instant("approved_at", None)?;
    let maker = entry.node().optional("measured_by")?;
    let maker = maker.map(|maker| maker.text()).transpose()?;
    let approver = entry.node().optional("approved_by")?;
    let approver = approver.map(|approver| approver.text()).transpose()?;
    if maker.is_none() {
        defects.push("maker-unsaid");
    }
    let Some(approver) = approver else {
        if approved_at.is_some() {
            return Err(entry.refuse("approved_at", "is there without `approved_by`"));
        }
        defects.push("unapproved");
        return Ok(());
    };
    if maker.is_some_and(|maker| same_person(maker, approver)) {
        defects.push("approved-by-maker");
    }
    match approved_at {
        None => defects.push("approved-at-unsaid"),
        Some(at) if at < measured_at => defects.push("approved-before-measured"),
        Some(_) => {}
    }
    Ok(())
}

/// The one instant that may be later than the document.
fn valid_until(
    entry: &mut Entry<'_>,
    measured_at: Timestamp,
) -> Result<Option<Timestamp>, KindError> {
    let node = entry.node().optional("valid_until")?;
    let at = node.as_ref().map(Node::timestamp).transpose()?;
    if at.is_some_and(|at| at <= measured_at) {
        return Err(entry.refuse("valid_until", "must be later than `measured_at`"));
    }
    entry.put("valid_until", at.map(|at| at.to_string()));
    put_nanoseconds(entry, "valid_until_ns", at);
    Ok(at)
}

/// What it was computed from.
fn inputs(entry: &Entry<'_>) -> Result<Vec<Value>, KindError> {
    let mut inputs = Vec::new();
    for input in entry.node().each("inputs")? {
        if inputs.len() >= INPUTS_MAX {
            return Err(input.refuse(format!("more than {INPUTS_MAX} inputs")));
        }
        input.only(&["name", "sha256"])?;
        inputs.push(json!({
            "name": shortened(input.field("name")?.words()?, TEXT_MAX),
            "sha256": input.field("sha256")?.digest()?.hex(),
        }));
    }
    Ok(inputs)
}
