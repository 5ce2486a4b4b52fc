//! `else` without a value where the rule has one.
//!
//! ```rego
//! f(x) := 1 if {
//!     x > 1
//! } else if {
//!     x == 0
//! }
//! ```
//!
//! To OPA the value of the `else` is `true`; the engine gives it none, so `f(0)` is
//! undefined, silently.

use regorus::unstable::{Module, Rule, RuleHead};

/// What OPA takes it for.
const VALUE: &str = " := true";

/// Returns `source`, whose syntax tree is `module`, with the values written out; nothing
/// where none is missing. What follows on the same line moves to the right.
pub(super) fn valued(module: &Module, source: &str) -> Option<String> {
    let mut ends = Vec::new();
    for rule in &module.policy {
        let Rule::Spec { head, bodies, .. } = rule.as_ref() else {
            continue;
        };
        let has_value = match head {
            RuleHead::Compr { assign, .. } | RuleHead::Func { assign, .. } => assign.is_some(),
            RuleHead::Set { .. } => false,
        };
        let mut follows_value = has_value;
        for body in bodies {
            if body.is_else && body.assign.is_none() && follows_value {
                let start = usize::try_from(body.span.start).ok()?;
                let end = start.checked_add("else".len())?;
                if source.get(start..end)? != "else" {
                    return None;
                }
                ends.push(end);
            }
            follows_value |= body.assign.is_some();
        }
    }
    let mut text = source.to_owned();
    // From the last on: places before it stay where they are.
    ends.sort_unstable();
    for end in ends.iter().rev() {
        text.insert_str(*end, VALUE);
    }
    (!ends.is_empty()).then_some(text)
}
