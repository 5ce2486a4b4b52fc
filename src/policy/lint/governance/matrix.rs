//! `data.governance.matrix` and `.reviews`: what a fired trigger asks for, and when people look.

use super::fields::Fields;
use super::{Found, LintCode};
use crate::clock::Timestamp;
use crate::json::Value;

/// The rows, which are the classes of triggers.
const ROWS: [&str; 4] = ["sla", "compliance", "operational", "business"];
const URGENCIES: [&str; 4] = ["immediate", "high", "medium", "low"];
const REVIEWS: [&str; 3] = ["monthly", "quarterly", "annual"];

pub(super) fn lint(found: &mut Found<'_, '_>) {
    if let Some(mut fields) = Fields::of(found, &["governance"]) {
        fields.only(&[
            "schema",
            "version",
            "baselines",
            "matrix",
            "reviews",
            "metrics",
        ]);
        fields.count("version");
    }
    promised(found);
    if let Some(mut fields) = Fields::of(found, &["governance", "matrix"]) {
        fields.only(&ROWS);
        for row in ROWS {
            urgency(found, row);
        }
    }
    if let Some(mut fields) = Fields::of(found, &["governance", "reviews"]) {
        fields.only(&REVIEWS);
        for kind in REVIEWS {
            review(found, kind);
        }
    }
}

/// What is promised must have a baseline.
fn promised(found: &mut Found<'_, '_>) {
    let at = ["governance", "baselines"];
    let names = found.data(&at).and_then(Value::as_array);
    let Some(names) = names else {
        found.refuse(
            LintCode::GovernanceInvalid,
            &at,
            "`governance.baselines` is not a list of metrics",
            "list the metrics that must have a baseline",
        );
        return;
    };
    for name in names {
        let name = name.as_str().unwrap_or_default();
        if found.data(&["baselines", name]).is_none() {
            found.refuse(
                LintCode::BaselineMissing,
                &at,
                format!("`{name}` has no baseline in `data.baselines`"),
                "give it one, or take it from the list",
            );
        }
    }
}

fn urgency<'a>(found: &mut Found<'a, '_>, row: &'a str) {
    let Some(mut fields) = Fields::of(found, &["governance", "matrix", row]) else {
        return;
    };
    fields.only(&["urgency", "due_min_days", "due_max_days", "due"]);
    fields.one_of("urgency", &URGENCIES);
    if fields.value("due").is_some() {
        fields.one_of("due", &["next-quarter"]);
        for key in ["due_min_days", "due_max_days"] {
            if fields.value(key).is_some() {
                fields.refuse(key, "stands beside `due`", "keep one of them");
            }
        }
        return;
    }
    let (min, max) = (fields.count("due_min_days"), fields.count("due_max_days"));
    if let (Some(min), Some(max)) = (min, max)
        && min > max
    {
        fields.refuse(
            "due_min_days",
            &format!("{min} is more than `due_max_days` {max}"),
            "exchange them",
        );
    }
}

fn review<'a>(found: &mut Found<'a, '_>, kind: &'a str) {
    let Some(mut fields) = Fields::of(found, &["governance", "reviews", kind]) else {
        return;
    };
    fields.only(&["title", "since", "grace_business_days", "max_trigger_age_h"]);
    fields.text("title");
    fields.count("grace_business_days");
    fields.count("max_trigger_age_h");
    let since = fields.text("since");
    if since.is_some_and(|text| text.len() != 10 || text.parse::<Timestamp>().is_err()) {
        fields.refuse("since", "is not a date", "write it as 2026-11-01");
    }
}
