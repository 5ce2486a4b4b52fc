//! Flags before the arguments, as `--from=build`.

use super::words::is_blank;

/// Parts flags, without their quotes and escapes, from what follows them. `--` ends them.
pub(super) fn split(text: &str, escape: char) -> Result<(Vec<String>, &str), String> {
    let mut flags = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(is_blank);
        if !rest.starts_with("--") {
            return Ok((flags, rest));
        }
        let (flag, after) = first(rest, escape)?;
        rest = after;
        if flag == "--" {
            return Ok((flags, rest));
        }
        flags.push(flag);
    }
}

/// Parts one flag from `text`.
fn first(text: &str, escape: char) -> Result<(String, &str), String> {
    let mut flag = String::new();
    let mut quote = None;
    let mut characters = text.chars();
    loop {
        let here = characters.as_str();
        let Some(character) = characters.next() else {
            if quote.is_some() {
                return Err(format!("the quote in `{flag}` is not closed"));
            }
            return Ok((flag, here));
        };
        if !character.is_ascii() {
            return Err(format!("`{character}` in a flag, which conftest garbles"));
        }
        if quote.is_none() && is_blank(character) {
            return Ok((flag, here));
        }
        if Some(character) == quote {
            quote = None;
        } else if quote.is_none() && (character == '\'' || character == '"') {
            quote = Some(character);
        } else if character == escape {
            let Some(next) = characters.next().filter(char::is_ascii) else {
                return Err(format!("the escape in `{flag}` escapes nothing"));
            };
            flag.push(next);
        } else {
            flag.push(character);
        }
    }
}

/// What a flag may be set to.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// `true`, `false`, or nothing.
    Switch,
    /// Any text.
    Text,
    /// Any text, and the flag may come again.
    Texts,
    /// A length of time.
    Duration,
    /// A whole number.
    Count,
    /// One of these.
    OneOf(&'static [&'static str]),
    /// A mount of `RUN`, again and again.
    Mounts,
    /// A device of `RUN`, again and again.
    Devices,
}

/// Compares `flags` with those that there are.
pub(super) fn apply(flags: &[String], known: &[(&str, Kind)]) -> Result<(), String> {
    let mut seen: Vec<&str> = Vec::new();
    for flag in flags {
        let text = flag.strip_prefix("--").unwrap_or(flag);
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        let Some((name, kind)) = known.iter().find(|(own, _)| *own == name) else {
            return Err(format!("unknown flag `--{name}`"));
        };
        let again = matches!(kind, Kind::Texts | Kind::Mounts | Kind::Devices);
        if seen.contains(name) && !again {
            return Err(format!("a second `--{name}`"));
        }
        seen.push(name);
        if !fits(*kind, value) {
            return Err(format!("`{flag}` is not what `--{name}` can be set to"));
        }
    }
    Ok(())
}

fn fits(kind: Kind, value: Option<&str>) -> bool {
    let Some(value) = value else {
        return matches!(kind, Kind::Switch);
    };
    match kind {
        Kind::Switch => ["true", "false"].contains(&value.to_ascii_lowercase().as_str()),
        Kind::Text | Kind::Texts => true,
        Kind::Duration => value.is_empty() || is_duration(value),
        Kind::Count => {
            let digits = value.chars().all(|character| character.is_ascii_digit());
            value.is_empty() || (digits && value.parse::<i32>().is_ok())
        }
        Kind::OneOf(known) => known.contains(&value),
        Kind::Mounts => is_mount(value),
        Kind::Devices => is_device(value),
    }
}

/// Nothing, or a millisecond or more, as `1m30s`.
fn is_duration(value: &str) -> bool {
    const NANOSECONDS: [(&str, u64); 6] = [
        ("ns", 1),
        ("us", 1_000),
        ("ms", 1_000_000),
        ("s", 1_000_000_000),
        ("m", 60_000_000_000),
        ("h", 3_600_000_000_000),
    ];
    if value == "0" {
        return true;
    }
    let digit = |character: char| character.is_ascii_digit() || character == '.';
    let mut rest = value;
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let after = rest.trim_start_matches(digit);
        let Some(number) = rest.strip_suffix(after) else {
            return false;
        };
        let unit = after.split(digit).next().unwrap_or_default();
        rest = after.strip_prefix(unit).unwrap_or_default();
        let found = NANOSECONDS.iter().find(|(name, _)| *name == unit);
        let part = found.and_then(|(_, size)| nanoseconds(number, *size));
        let Some(sum) = part.and_then(|part| total.checked_add(part)) else {
            return false;
        };
        total = sum;
    }
    // Longer ones overflow elsewhere.
    total == 0 || (1_000_000..1 << 62).contains(&total)
}

/// Returns `number` times `unit`, without what is left below one.
fn nanoseconds(number: &str, unit: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    // More digits mean nothing in any unit, and tools round them each in its own way.
    if whole.is_empty() || fraction.is_empty() || fraction.len() > 9 {
        return None;
    }
    let scale = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
    let part = u128::from(fraction.parse::<u64>().ok()?) * u128::from(unit) / scale;
    let whole = whole.parse::<u64>().ok()?.checked_mul(unit)?;
    whole.checked_add(u64::try_from(part).ok()?)
}

/// A list of `key=value`. What a variable may stand in is looked at by nobody before it is
/// known, but the stage in `from` has to be.
fn is_mount(value: &str) -> bool {
    let from = |field: &str| {
        let (key, value) = field.split_once('=').unwrap_or((field, ""));
        !key.eq_ignore_ascii_case("from") || !value.contains('$')
    };
    !value.is_empty() && !value.contains('"') && value.split(',').all(from)
}

/// A list of one name and at most `required`.
fn is_device(value: &str) -> bool {
    const BOOLEANS: [&str; 12] = [
        "1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False",
    ];
    if value.is_empty() || value.contains('"') {
        return false;
    }
    let mut named = false;
    value.split(',').all(|field| {
        let (key, value) = match field.split_once('=') {
            Some((key, value)) => (key.to_ascii_lowercase(), Some(value)),
            None => (field.to_ascii_lowercase(), None),
        };
        match (key.as_str(), value) {
            ("required", None) => true,
            ("required", Some(value)) => BOOLEANS.contains(&value),
            _ => !field.is_empty() && value != Some("") && !std::mem::replace(&mut named, true),
        }
    })
}
