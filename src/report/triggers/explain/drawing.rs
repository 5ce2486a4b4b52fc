//! From `details.plot` of a reading and the recorded input to something to draw.

use crate::json::Value;
use crate::record::decided::{Reading, Rule};
use crate::report::plot::{HOLD_STEPS, Series, instant, number};

/// Last instant that is drawn, in Unix milliseconds: the end of 2261, as instants have it.
const LAST_MS: i64 = 9_214_646_400_000;
/// Most gaps that are listed.
const GAPS_MAX: usize = 5;

/// A series with what to say of it.
#[derive(Debug)]
pub struct Drawing {
    /// The series.
    pub series: Series,
    /// What it shows.
    pub caption: String,
}

impl Drawing {
    /// Returns the gaps, a line each.
    pub fn gaps(&self) -> Vec<String> {
        let gaps = self.series.gaps();
        let mut lines: Vec<_> = gaps
            .iter()
            .take(GAPS_MAX)
            .map(|(from, to)| {
                let length_ms = i32::try_from(to - from).map_or(f64::MAX, f64::from);
                format!(
                    "gap: {} s from {} UTC",
                    number(length_ms / 1_000.0),
                    instant(*from)
                )
            })
            .collect();
        if gaps.len() > GAPS_MAX {
            lines.push(format!("and {} more gaps", gaps.len() - GAPS_MAX));
        }
        lines
    }
}

/// Returns the readings that can be drawn, each series once; the used ones first.
pub fn wanted(rule: &Rule) -> Vec<&Reading> {
    let mut wanted: Vec<&Reading> = Vec::new();
    let used = rule.readings.iter().filter(|reading| reading.used);
    let others = rule.readings.iter().filter(|reading| !reading.used);
    for reading in used.chain(others) {
        let Some(plot) = plot(reading) else {
            continue;
        };
        if !wanted.iter().any(|other| self::plot(other) == Some(plot)) {
            wanted.push(reading);
        }
    }
    wanted
}

fn plot(reading: &Reading) -> Option<&Value> {
    let plot = reading.details.as_ref()?.get("plot")?;
    (!plot.is_null()).then_some(plot)
}

/// Returns the drawing that a reading asks for.
///
/// # Errors
/// Why it cannot be drawn.
pub fn of(reading: &Reading, input: Option<&Value>) -> Result<Drawing, String> {
    let plot = plot(reading).ok_or("the reading asks for none")?;
    let number_at = |key: &str| {
        plot.get(key)
            .and_then(Value::as_f64)
            .ok_or_else(|| format!("`details.plot` has no number `{key}`"))
    };
    let ms_at = |key: &str| {
        plot.get(key)
            .and_then(Value::as_i64)
            .ok_or_else(|| format!("`details.plot` has no whole number `{key}`"))
    };
    let text_at = |key: &str| plot.get(key).and_then(Value::as_str);
    let item = text_at("evidence").ok_or("`details.plot` names no `evidence`")?;
    let divisor = plot.get("divisor").and_then(Value::as_f64).unwrap_or(1.0);
    if divisor <= 0.0 {
        return Err("`details.plot` gives a `divisor` that is not positive".to_owned());
    }
    // What the rule has computed, such as a ratio of counters, or what was recorded.
    let (named, samples) = if let Some(points) = plot.get("points").and_then(Value::as_array) {
        (plot, computed(points, divisor))
    } else {
        let found = recorded(input, item, plot.get("labels"))?;
        (found, samples(found))
    };
    let series = Series {
        samples,
        threshold: number_at("threshold")? / divisor,
        from_ms: ms_at("from_ms")?,
        to_ms: ms_at("to_ms")?,
        step_s: number_at("step_s")?,
        hold_steps: plot
            .get("hold_steps")
            .and_then(Value::as_f64)
            .unwrap_or(HOLD_STEPS),
    };
    let is_window = 0 <= series.from_ms && series.from_ms < series.to_ms;
    if !is_window || series.to_ms > LAST_MS || series.step_s <= 0.0 || series.hold_steps < 1.0 {
        return Err("`details.plot` gives no window, or no step".to_owned());
    }
    let caption = format!(
        "{item}{}: {} {} {}, {} to {} UTC; a gap is more than {} s without a sample",
        labels(named),
        text_at("side").unwrap_or("at"),
        number(series.threshold),
        text_at("unit").unwrap_or_default(),
        instant(series.from_ms),
        instant(series.to_ms),
        number(series.step_s * series.hold_steps),
    );
    Ok(Drawing { series, caption })
}

/// Returns the series of an item in what the policies saw.
fn recorded<'v>(
    input: Option<&'v Value>,
    item: &str,
    labels: Option<&Value>,
) -> Result<&'v Value, String> {
    let input = input.ok_or("the ledger does not hold what the policies saw")?;
    let listed = input
        .get("evidence")
        .and_then(|evidence| evidence.get(item))
        .and_then(|found| found.pointer("/facts/series"))
        .and_then(Value::as_array)
        .ok_or_else(|| format!("`{item}` has no series"))?;
    chosen(listed, labels, item)
}

/// Returns the series that `labels` name; the only one where they name none.
fn chosen<'v>(
    listed: &'v [Value],
    labels: Option<&Value>,
    item: &str,
) -> Result<&'v Value, String> {
    let wanted = labels.filter(|labels| !labels.is_null());
    let mut matching = listed
        .iter()
        .filter(|series| wanted.is_none_or(|wanted| series.get("labels") == Some(wanted)));
    match (matching.next(), matching.next()) {
        (Some(series), None) => Ok(series),
        (None, _) => Err(format!(
            "`{item}` has no series with the labels of `details.plot`"
        )),
        (Some(_), Some(_)) => Err(format!(
            "`{item}` has {} series and `details.plot` names none",
            listed.len()
        )),
    }
}

fn labels(series: &Value) -> String {
    let pairs = series.get("labels").and_then(Value::as_object);
    let pairs: Vec<_> = pairs
        .into_iter()
        .flatten()
        .filter(|(key, _)| *key != "__name__")
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    if pairs.is_empty() {
        String::new()
    } else {
        format!(" {{{}}}", pairs.join(", "))
    }
}

/// Returns points of whole milliseconds and whole parts of the unit, by instant.
fn computed(points: &[Value], divisor: f64) -> Vec<(i64, f64)> {
    let pairs = points.iter().filter_map(|pair| {
        let at = pair.get(0)?.as_i64()?;
        Some((at, pair.get(1)?.as_f64()? / divisor))
    });
    let mut samples: Vec<_> = pairs.filter(|(at, _)| (0..=LAST_MS).contains(at)).collect();
    samples.sort_by_key(|(at, _)| *at);
    samples
}

/// Returns the samples, infinite ones among them, by instant.
fn samples(series: &Value) -> Vec<(i64, f64)> {
    let pairs = |key: &str| {
        series
            .get(key)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    };
    let finite = pairs("samples").filter_map(|pair| Some((at(pair)?, pair.get(1)?.as_f64()?)));
    let infinite = pairs("infinite").filter_map(|pair| {
        let value = match pair.get(1)?.as_str()? {
            "-Inf" => f64::NEG_INFINITY,
            _ => f64::INFINITY,
        };
        Some((at(pair)?, value))
    });
    // A document that only looks like a series may hold any number.
    let is_instant = |(at, _): &(i64, f64)| (0..=LAST_MS).contains(at);
    let mut samples: Vec<_> = finite.chain(infinite).filter(is_instant).collect();
    samples.sort_by_key(|(at, _)| *at);
    samples
}

/// Returns the instant of a sample in whole milliseconds.
#[expect(
    clippy::cast_possible_truncation,
    reason = "seconds in the years 1970 to 2261; the cast saturates"
)]
fn at(pair: &Value) -> Option<i64> {
    let seconds = pair.get(0)?.as_f64()?;
    Some((seconds * 1_000.0).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{self, json};

    fn reading(plot: &Value) -> Reading {
        json::decode(json!({
            "id": "p95", "term": null, "msg": "m", "verdict": "true", "used": true,
            "evidence": [], "details": {"plot": plot},
        }))
        .unwrap()
    }

    fn input() -> Value {
        json!({"evidence": {"slo.x": {"facts": {"series": [
            {"labels": {"cluster": "ld4"}, "samples": [[10.5, 1], [12, 2.5]], "infinite": [[11, "+Inf"]]},
            {"labels": {"cluster": "ny4"}, "samples": []},
        ]}}}})
    }

    fn asked() -> Value {
        json!({"evidence": "slo.x", "labels": {"cluster": "ld4"}, "threshold": 2, "side": "above",
               "from_ms": 10_000, "to_ms": 20_000, "step_s": 1, "unit": "ms"})
    }

    #[test]
    fn the_series_that_the_labels_name_is_drawn() {
        let drawing = of(&reading(&asked()), Some(&input())).unwrap();
        let series = &drawing.series;
        assert_eq!(series.samples.len(), 3);
        assert_eq!(series.samples[0], (10_500, 1.0));
        assert_eq!(series.samples[1], (11_000, f64::INFINITY));
        assert!(
            drawing.caption.contains("slo.x {cluster=ld4}: above 2 ms"),
            "{}",
            drawing.caption
        );
        assert!(
            drawing.gaps()[1].contains("gap: 7 s"),
            "{:?}",
            drawing.gaps()
        );
    }

    #[test]
    fn a_series_that_the_rule_computed_is_drawn_as_it_is() {
        let mut plot = asked();
        plot["points"] = json!([
            [10_000, 886_000],
            [11_000, 884_000],
            [13_000, 882_000],
            [1, "x"]
        ]);
        plot["hold_steps"] = json!(1);
        plot["divisor"] = json!(10_000);
        plot["threshold"] = json!(885_000);
        let drawing = of(&reading(&plot), None).unwrap();
        assert_eq!(drawing.series.samples[2], (13_000, 88.2));
        assert_eq!(drawing.series.samples.len(), 3);
        assert!(
            drawing
                .caption
                .contains("slo.x {cluster=ld4}: above 88.5 ms"),
            "{}",
            drawing.caption
        );
        assert!(
            drawing.gaps()[0].contains("gap: 2 s"),
            "{:?}",
            drawing.gaps()
        );
    }

    #[test]
    fn what_only_looks_like_a_series_draws_what_it_can() {
        let mut odd = input();
        odd["evidence"]["slo.x"]["facts"]["series"][0]["samples"] = json!([
            [-1e300, 1],
            [1e300, 2],
            [11, 3],
            ["x", 1],
            [12],
            5,
            [13, "4"]
        ]);
        let drawing = of(&reading(&asked()), Some(&odd)).unwrap();
        assert_eq!(
            drawing.series.samples,
            [(11_000, 3.0), (11_000, f64::INFINITY)]
        );
        for style in [
            crate::report::plot::Style::Unicode,
            crate::report::plot::Style::Ascii,
        ] {
            assert!(!crate::report::plot::plot(&drawing.series, style, 80, 9).is_empty());
        }
    }

    #[test]
    fn what_cannot_be_drawn_says_why() {
        for (pointer, value, what) in [
            ("/evidence", json!("slo.y"), "`slo.y` has no series"),
            (
                "/labels",
                json!({"cluster": "x"}),
                "no series with the labels",
            ),
            ("/labels", json!(null), "2 series"),
            ("/threshold", json!("2"), "no number `threshold`"),
            ("/from_ms", json!(1.5), "no whole number `from_ms`"),
            ("/to_ms", json!(1), "no window"),
            ("/to_ms", json!(i64::MAX), "no window"),
            ("/from_ms", json!(i64::MIN), "no window"),
            ("/step_s", json!(0), "no step"),
        ] {
            let mut plot = asked();
            *plot.pointer_mut(pointer).unwrap() = value;
            let error = of(&reading(&plot), Some(&input())).unwrap_err();
            assert!(error.contains(what), "{pointer}: {error}");
        }
        let error = of(&reading(&asked()), None).unwrap_err();
        assert!(error.contains("does not hold"), "{error}");
    }
}
