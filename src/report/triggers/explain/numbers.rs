//! The numbers that a rule gave, for reading.

use crate::json::{self, Value};

/// Keys of a reading's details that are said elsewhere.
const SAID: [&str; 3] = ["verdict", "used", "plot"];

/// Returns what `details` holds as groups of `key=value`: what stands alone first, then
/// one group for each object of a list, such as a series.
pub fn groups(details: &Value) -> Vec<String> {
    let mut alone = Vec::new();
    let mut listed = Vec::new();
    for (key, value) in details.as_object().into_iter().flatten() {
        if SAID.contains(&key.as_str()) {
            continue;
        }
        match value.as_array().filter(|list| is_of_objects(list)) {
            Some(list) => listed.extend(list.iter().enumerate().map(|(number, element)| {
                let mut parts = Vec::new();
                flatten("", element, &mut parts);
                format!("{key} {}: {}", number + 1, parts.join("  "))
            })),
            None => flatten(key, value, &mut alone),
        }
    }
    let alone = (!alone.is_empty()).then(|| alone.join("  "));
    alone.into_iter().chain(listed).collect()
}

fn is_of_objects(list: &[Value]) -> bool {
    !list.is_empty() && list.iter().all(Value::is_object)
}

fn flatten(key: &str, value: &Value, parts: &mut Vec<String>) {
    match value {
        Value::Null => {}
        Value::Object(object) if key == "labels" => {
            let names = object.iter().filter(|(name, _)| *name != "__name__");
            let pairs: Vec<_> = names
                .map(|(name, value)| format!("{name}={}", shown(value)))
                .collect();
            parts.push(format!("{{{}}}", pairs.join(",")));
        }
        Value::Object(object) => {
            for (name, value) in object {
                let path = if key.is_empty() {
                    name.clone()
                } else {
                    format!("{key}.{name}")
                };
                flatten(&path, value, parts);
            }
        }
        other => parts.push(format!("{key}={}", shown(other))),
    }
}

/// Returns a value on one line.
pub fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => json::canonical(other).map_or_else(
            |error| error.to_string(),
            |bytes| String::from_utf8_lossy(&bytes).into_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;

    #[test]
    fn every_series_has_a_line_and_what_is_null_has_none() {
        let details = json!({
            "verdict": "true", "used": true, "plot": {"evidence": "x"}, "limit": 5, "none": null,
            "bridge": {"share": 0.1}, "months": ["2026-10"],
            "series": [
                {"labels": {"__name__": "m", "cluster": "ld4"}, "run": {"from_ms": 1}, "worst": 2.5},
                {"labels": {}, "run": null},
            ],
        });
        assert_eq!(
            groups(&details),
            [
                "bridge.share=0.1  limit=5  months=[\"2026-10\"]",
                "series 1: {cluster=ld4}  run.from_ms=1  worst=2.5",
                "series 2: {}",
            ]
        );
        assert!(groups(&json!("text")).is_empty());
        assert!(groups(&json!({"used": true})).is_empty());
    }
}
