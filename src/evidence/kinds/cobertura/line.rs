//! One `line` element.

use crate::evidence::kinds::coverage::Count;
use crate::evidence::kinds::node::shortened;
use crate::xml::Element;

/// How far, in percent, a stated share may lie from the counts behind it: producers
/// round, cut off and write few digits.
pub(super) const ROUNDING_MAX: f64 = 1.01;

/// A line of code: its number, whether it ran, and the branches that leave it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) is_covered: bool,
    pub(super) branches: Count,
}

impl Line {
    pub(super) fn of(element: &Element) -> Result<Self, String> {
        let number = whole(element, "number")?.ok_or("a line has no `number`")?;
        let hits = whole(element, "hits")?.ok_or("a line has no `hits`")?;
        let is_branch = element
            .attribute("branch")
            .is_some_and(|text| text.trim().eq_ignore_ascii_case("true"));
        let branches = match element.attribute("condition-coverage") {
            Some(text) => conditions(text)?,
            None if is_branch => {
                return Err(format!("the branches of line {number} are not counted"));
            }
            None => Count::default(),
        };
        Ok(Self {
            number,
            is_covered: hits > 0,
            branches,
        })
    }
}

/// The count in the attribute `name`.
pub(super) fn whole(element: &Element, name: &str) -> Result<Option<u64>, String> {
    let Some(text) = element.attribute(name).map(str::trim) else {
        return Ok(None);
    };
    let refused = |_| format!("`{name}` is `{}`, not a count", shortened(text, 80));
    text.parse().map(Some).map_err(refused)
}

/// Reads `50% (1/2)`.
fn conditions(text: &str) -> Result<Count, String> {
    let refused = || {
        let text = shortened(text, 80);
        format!("`condition-coverage` is `{text}`, expected as in `50% (1/2)`")
    };
    let (percent, counts) = text.trim().split_once('%').ok_or_else(refused)?;
    let counts = counts.trim().strip_prefix('(').ok_or_else(refused)?;
    let counts = counts.strip_suffix(')').ok_or_else(refused)?;
    let (covered, valid) = counts.split_once('/').ok_or_else(refused)?;
    let number = |text: &str| text.trim().parse::<u64>().map_err(|_| refused());
    let (covered, valid) = (number(covered)?, number(valid)?);
    let count = Count { valid, covered };
    let percent = percent.trim().parse::<f64>().ok();
    let percent = percent.filter(|it| it.is_finite()).ok_or_else(refused)?;
    let differs = |rate: f64| (rate * 100.0 - percent).abs() > ROUNDING_MAX;
    if covered > valid || count.rate().is_some_and(differs) {
        let text = shortened(text, 80);
        return Err(format!("`condition-coverage` `{text}` contradicts itself"));
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_must_agree_with_their_share() {
        let count = |valid, covered| Count { valid, covered };
        assert_eq!(conditions("50% (1/2)"), Ok(count(2, 1)));
        assert_eq!(conditions("66.66666666666666% (2/3)"), Ok(count(3, 2)));
        assert_eq!(conditions("66% ( 2 / 3 )"), Ok(count(3, 2)));
        assert_eq!(conditions("100% (0/0)"), Ok(count(0, 0)));
        for text in ["100% (1/2)", "150% (3/2)", "0% (1/2)"] {
            let error = conditions(text).unwrap_err();
            assert!(error.contains("contradicts itself"), "{text}: {error}");
        }
        for text in [
            "",
            "50%",
            "(1/2)",
            "50% (1)",
            "50% (-1/2)",
            "x% (1/2)",
            "NaN% (1/2)",
            "50% (1/2",
        ] {
            let error = conditions(text).unwrap_err();
            assert!(error.contains("expected as in"), "{text}: {error}");
        }
    }
}
