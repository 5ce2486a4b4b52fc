//! `assize policy list -o markdown`: rules as a page for people.
//!
//! INVARIANT: what METADATA says is shown as text, never as markup.

use std::fmt::Write as _;

use crate::clock::duration_text;
use crate::json::Value;
use crate::policy::{PolicySet, Requirement, Rule, Severity};

/// Returns one page: a table of `rules`, then a section for each.
pub(super) fn page(rules: &[&Rule], policies: &PolicySet) -> String {
    let mut page = String::from("| rule | title | severity |\n|---|---|---|\n");
    for rule in rules {
        let _ = writeln!(
            page,
            "| [{}](#{}) | {} | {} |",
            rule.id,
            anchor(&rule.id),
            escaped(rule.title.as_deref().unwrap_or(&rule.package)),
            rule.severity.map_or("unrated", Severity::name),
        );
    }
    for rule in rules {
        page.push('\n');
        section(&mut page, rule, policies.data());
    }
    page
}

/// The anchor that readers of Markdown give a heading.
fn anchor(id: &str) -> String {
    id.replace('.', "")
}

fn section(page: &mut String, rule: &Rule, data: &Value) {
    let _ = writeln!(page, "## {}\n", rule.id);
    if let Some(title) = &rule.title {
        let _ = writeln!(page, "**{}**\n", escaped(title));
    }
    if let Some(condition) = &rule.condition {
        let _ = writeln!(page, "> {}\n", escaped(condition));
    }
    if let Some(description) = &rule.description {
        let _ = writeln!(page, "{}\n", escaped(description.trim()));
    }
    page.push_str("| | |\n|---|---|\n");
    let mut row = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(page, "| {name} | {value} |");
        }
    };
    row(
        "known by",
        &rule.class.as_deref().map(escaped).unwrap_or_default(),
    );
    row(
        "decision matrix",
        &rule.matrix.as_deref().map(escaped).unwrap_or_default(),
    );
    row("severity", rule.severity.map_or("unrated", Severity::name));
    let controls = rule.controls.iter().map(|control| escaped(control));
    row("controls", &controls.collect::<Vec<_>>().join(", "));
    for required in &rule.requires {
        row("needs", &requirement(required));
    }
    for (name, value) in parameters(&rule.package, data) {
        row(&format!("`{name}`"), &value);
    }
    if let Some(on) = rule.effective_on {
        row("effective on", &on.to_string());
    }
    if let Some(remediation) = &rule.remediation {
        row("what to do", &escaped(remediation.trim()));
    }
    row("source", &code(&rule.path));
}

fn requirement(required: &Requirement) -> String {
    let mut text = code(&required.evidence);
    let mut add = |part: String| {
        text.push_str(", ");
        text.push_str(&part);
    };
    if let Some(kind) = &required.kind {
        add(escaped(kind));
    }
    for map in &required.maps {
        add(format!("by the map sha256:{map}"));
    }
    if let Some(age) = required.max_age {
        add(format!("at most {} old", duration_text(age)));
    }
    if let Some(coverage) = required.min_coverage {
        add(format!("coverage at least {coverage}"));
    }
    if required.verified {
        add("with a verified signature".to_owned());
    }
    for list in &required.signers {
        add(format!("signed by {}", list.join(" or ")));
    }
    if required.optional {
        add("where there is one".to_owned());
    }
    text
}

/// Returns what the policy data sets for the rule: by our convention, `thresholds.x`
/// beside package `x`.
fn parameters(package: &str, data: &Value) -> Vec<(String, String)> {
    let Some((parent, name)) = package.rsplit_once('.') else {
        return Vec::new();
    };
    let pointer = format!("/{}/thresholds/{name}", parent.replace('.', "/"));
    let Some(Value::Object(set)) = data.pointer(&pointer) else {
        return Vec::new();
    };
    set.iter()
        .map(|(key, value)| (key.clone(), code(&value.to_string())))
        .collect()
}

/// Returns `text` as code, in a cell of a table.
fn code(text: &str) -> String {
    format!("`{}`", text.replace('`', "'").replace('|', "\\|"))
}

/// Returns `text` on one line, without what Markdown or HTML would take for markup.
fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' => shown.push(' '),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '&' => shown.push_str("&amp;"),
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' | '#' => {
                shown.push('\\');
                shown.push(c);
            }
            c => shown.push(c),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;

    #[test]
    fn markup_is_shown_and_not_obeyed() {
        assert_eq!(
            escaped("a|b <script> *x*\n[l](u) `c` & _d_"),
            "a\\|b &lt;script&gt; \\*x\\* \\[l\\](u) \\`c\\` &amp; \\_d\\_"
        );
    }

    #[test]
    fn parameters_lie_beside_the_package() {
        let data = json!({"triggers": {"sla": {"thresholds": {"cache": {"delta": 0.05, "mode": "points"}}}}});
        assert_eq!(
            parameters("triggers.sla.cache", &data),
            [
                ("delta".to_owned(), "`0.05`".to_owned()),
                ("mode".to_owned(), "`\"points\"`".to_owned())
            ]
        );
        assert!(parameters("triggers.sla.other", &data).is_empty());
        assert!(parameters("main", &data).is_empty());
    }
}
