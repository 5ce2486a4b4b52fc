//! `${name}` in values: left as they are, unless conftest could not follow them.
//!
//! conftest puts the values in to see whether that ends, and then gives the text without
//! them. So what matters here is only whether it ends.

use std::collections::BTreeMap;

use crate::json::{Map, Value};

use super::super::FormatError;

/// How many values conftest follows from one to the next.
const LEVELS_MAX: usize = 64;

/// Refuses `expressions`, keys of `all` with their lines, that conftest cannot follow.
pub(super) fn refuse_endless(
    all: &Map<String, Value>,
    expressions: &[(usize, String)],
) -> Result<(), FormatError> {
    let mut names = BTreeMap::new();
    for (line, key) in expressions {
        let value = all.get(key).and_then(Value::as_str).unwrap_or_default();
        let named = named(value).map_err(|what| FormatError::at(*line, what))?;
        for name in &named {
            let own = all.get(*name).and_then(Value::as_str);
            if own.is_some_and(|own| own.ends_with('$')) {
                let what = "`${…}` of a value that ends in `$`";
                return Err(FormatError::at(*line, what));
            }
        }
        names.insert(key.as_str(), named);
    }
    let mut levels = Levels {
        names: &names,
        known: BTreeMap::new(),
    };
    for (line, key) in expressions {
        let found = levels.of(key, 1);
        found.map_err(|what| FormatError::at(*line, what))?;
    }
    Ok(())
}

/// Returns the names in `value`.
fn named(value: &str) -> Result<Vec<&str>, &'static str> {
    let mut names = Vec::new();
    let mut rest = value;
    while let Some((before, behind)) = rest.split_once("${") {
        if before.ends_with('$') {
            return Err("`$${`, of which conftest may make another `${`");
        }
        let Some((name, behind)) = behind.split_once('}') else {
            return Err("`${` without `}`");
        };
        names.push(name);
        rest = behind;
    }
    Ok(names)
}

/// How many values follow from each key.
struct Levels<'a> {
    names: &'a BTreeMap<&'a str, Vec<&'a str>>,
    /// `None` while it is being found.
    known: BTreeMap<&'a str, Option<usize>>,
}

impl<'a> Levels<'a> {
    /// Returns the number of values from `key` on. `before` counts those that led here, and
    /// bounds the recursion.
    fn of(&mut self, key: &'a str, before: usize) -> Result<usize, &'static str> {
        let Some(names) = self.names.get(key) else {
            return bounded(before, 1);
        };
        match self.known.get(key) {
            Some(Some(levels)) => return bounded(before, *levels),
            Some(None) => return Err("`${…}` that goes in circles"),
            None => {}
        }
        bounded(before, 1)?;
        self.known.insert(key, None);
        let mut most = 0;
        for name in names {
            most = most.max(self.of(name, before + 1)?);
        }
        self.known.insert(key, Some(most + 1));
        Ok(most + 1)
    }
}

fn bounded(before: usize, levels: usize) -> Result<usize, &'static str> {
    if before + levels - 1 > LEVELS_MAX {
        return Err(
            "`${…}` that leads through more than 64 values, which conftest does not follow",
        );
    }
    Ok(levels)
}
