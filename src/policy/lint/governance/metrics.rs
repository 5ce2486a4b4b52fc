//! `data.governance.metrics`: what success is, and whether anything can show it.

use super::fields::Fields;
use super::{Found, LintCode};
use crate::json::Value;

const PHASES: [&str; 2] = ["phase4", "phase5"];

pub(super) fn lint(found: &mut Found<'_, '_>) {
    let at = ["governance", "metrics"];
    let Some(mut fields) = Fields::of(found, &at) else {
        return;
    };
    fields.only(&PHASES);
    for phase in PHASES {
        let at = ["governance", "metrics", phase];
        if Fields::of(found, &at).is_none() {
            continue;
        }
        let names = found.data(&at).and_then(Value::as_object);
        for name in names.into_iter().flat_map(|metrics| metrics.keys()) {
            metric(found, ["governance", "metrics", phase, name]);
        }
    }
}

fn metric<'a>(found: &mut Found<'a, '_>, at: [&'a str; 4]) {
    let Some(mut fields) = Fields::of(found, &at) else {
        return;
    };
    fields.only(&[
        "title",
        "unit",
        "better",
        "target",
        "statistic",
        "formula",
        "numerator",
        "denominator",
        "counted",
        "headline",
        "min_events",
        "interval",
        "watched_by",
        "acknowledged",
    ]);
    fields.text("title");
    let unit = fields.one_of("unit", &["s", "ratio"]);
    fields.one_of("better", &["lower", "higher"]);
    let target = fields.number("target");
    if unit == Some("ratio") {
        for key in ["numerator", "denominator"] {
            fields.text(key);
        }
        fields.count("min_events");
        if target.is_some_and(|target| !(0.0..=1.0).contains(&target)) {
            fields.refuse_as(
                LintCode::UnitMismatch,
                "target",
                "is not a ratio",
                "a ratio lies between 0 and 1",
            );
        }
    } else {
        fields.text("formula");
    }
    if let (Some(unit), Some(target)) = (unit, target) {
        watchers(found, at, unit, target);
    }
}

/// A success metric that promises to see something in less time than its trigger takes.
fn watchers(found: &mut Found<'_, '_>, at: [&str; 4], unit: &str, target: f64) {
    let watched = [&at[..], &["watched_by"]].concat();
    let paths = found.data(&watched).and_then(Value::as_array);
    let [.., name] = at;
    for path in paths.into_iter().flatten().filter_map(Value::as_str) {
        if unit != "s" || !path.ends_with("_s") {
            found.refuse(
                LintCode::UnitMismatch,
                &watched,
                format!("`{name}` is in {unit}, and `{path}` is not in the same unit"),
                "name a duration in seconds, whose key ends in `_s`",
            );
            continue;
        }
        let steps: Vec<_> = path.split('.').collect();
        match found.data(&steps).and_then(Value::as_f64) {
            None => found.contradiction(
                LintCode::DetectionSlower,
                &at,
                format!(
                    "`{name}`: `data.{path}` is not there, so nothing shows how soon it can be met"
                ),
                "correct the path",
            ),
            Some(takes) if takes > target => found.contradiction(
                LintCode::DetectionSlower,
                &at,
                format!(
                    "`{name}`: the target is {target} s, and `data.{path}` watches for {takes} s \
                     before it says anything"
                ),
                "make the one reachable by the other",
            ),
            Some(_) => {}
        }
    }
}
