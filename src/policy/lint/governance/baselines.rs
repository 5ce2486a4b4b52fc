//! `data.baselines`: what was measured, what must be kept, where triggers fire.

use super::fields::Fields;
use super::{Found, LintCode};
use crate::json::Value;

/// Keys of `data.baselines` that are no metrics.
const HEADER: [&str; 3] = ["schema", "version", "note"];
/// A target that allows this many times the failures of the baseline is not the same promise.
const LOOSE: f64 = 4.0;

pub(super) fn lint(found: &mut Found<'_, '_>) {
    let Some(mut fields) = Fields::of(found, &["baselines"]) else {
        return;
    };
    fields.count("version");
    let names = found.data(&["baselines"]).and_then(Value::as_object);
    let names = names.into_iter().flat_map(|metrics| metrics.keys());
    for name in names.filter(|name| !HEADER.contains(&name.as_str())) {
        metric(found, name);
    }
}

fn metric<'a>(found: &mut Found<'a, '_>, name: &'a str) {
    let at = ["baselines", name];
    let Some(mut fields) = Fields::of(found, &at) else {
        return;
    };
    fields.only(&[
        "unit",
        "statistic",
        "better",
        "baseline",
        "target",
        "trigger",
        "note",
        "acknowledged",
    ]);
    let unit = fields.one_of("unit", &["ms", "s", "ratio"]);
    let better = fields.one_of("better", &["lower", "higher"]);
    let baseline = fields.number("baseline");
    let target = fields.number("target");
    let trigger = match fields.value("trigger") {
        None => None,
        Some(_) => fields.number("trigger"),
    };
    for (key, number) in [
        ("baseline", baseline),
        ("target", target),
        ("trigger", trigger),
    ] {
        let fits = match unit {
            Some("ratio") => number.is_none_or(|number| (0.0..=1.0).contains(&number)),
            _ => number.is_none_or(|number| number >= 0.0),
        };
        if !fits {
            fields.refuse_as(
                LintCode::UnitMismatch,
                key,
                "does not fit the unit of the metric",
                "a ratio lies between 0 and 1, a duration is not negative",
            );
            return;
        }
    }
    if let (Some(unit), Some(better), Some(baseline), Some(target)) =
        (unit, better, baseline, target)
    {
        let lower = better == "lower";
        let worse = move |one: f64, other: f64| if lower { one > other } else { one < other };
        sides(&mut fields, baseline, target, trigger, worse);
        let watched = Watched {
            unit,
            baseline,
            target,
            trigger,
        };
        watched.contradictions(found, &at, worse);
    }
}

/// Targets are strict: a baseline that is equal to its target misses it already.
fn sides(
    fields: &mut Fields<'_, '_, '_>,
    baseline: f64,
    target: f64,
    trigger: Option<f64>,
    worse: impl Fn(f64, f64) -> bool,
) {
    if !worse(target, baseline) {
        fields.refuse_as(
            LintCode::BaselineWrongSide,
            "baseline",
            &format!("{baseline} misses the target {target}"),
            "a baseline lies on the good side of its target; correct one of them",
        );
    }
    if let Some(trigger) = trigger.filter(|trigger| !worse(*trigger, baseline)) {
        fields.refuse_as(
            LintCode::BaselineWrongSide,
            "trigger",
            &format!("{trigger} would fire at the baseline {baseline}"),
            "a trigger lies on the bad side of the baseline; correct one of them",
        );
    }
}

struct Watched<'a> {
    unit: &'a str,
    baseline: f64,
    target: f64,
    trigger: Option<f64>,
}

impl Watched<'_> {
    fn contradictions(
        &self,
        found: &mut Found<'_, '_>,
        at: &[&str],
        worse: impl Fn(f64, f64) -> bool,
    ) {
        let name = at.last().copied().unwrap_or_default();
        let shown = |number: f64| shown(number, self.unit);
        let target = shown(self.target);
        match self.trigger {
            None => found.contradiction(
                LintCode::TargetUnwatched,
                at,
                format!("`{name}`: the target is {target}, and no trigger fires when it is missed"),
                "give it a trigger",
            ),
            Some(trigger) if worse(trigger, self.target) => found.contradiction(
                LintCode::TargetUnwatched,
                at,
                format!(
                    "`{name}`: the target is {target} and the trigger fires at {}: between them \
                     the target is missed and nothing fires",
                    shown(trigger)
                ),
                "make them one number",
            ),
            Some(_) => {}
        }
        let (allowed, had) = (1.0 - self.target, 1.0 - self.baseline);
        if self.unit == "ratio" && had > 0.0 && allowed >= LOOSE * had {
            found.contradiction(
                LintCode::TargetLoose,
                at,
                format!(
                    "`{name}`: the baseline is {} and the target {target}, which allows {:.1} \
                     times its failures",
                    shown(self.baseline),
                    allowed / had
                ),
                "say which of the two is promised",
            );
        }
    }
}

/// A ratio reads better in per cent; to a thousandth of a point.
fn shown(number: f64, unit: &str) -> String {
    match unit {
        "ratio" => format!("{} %", (number * 100_000.0).round() / 1_000.0),
        unit => format!("{number} {unit}"),
    }
}
