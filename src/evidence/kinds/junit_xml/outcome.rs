//! How a test case ended, by the attributes that runners write on it.

use crate::evidence::kinds::node::shortened;
use crate::xml::Element;

/// How a test case ended, from best to worst.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outcome {
    #[default]
    Passed,
    Skipped,
    Failure,
    Error,
}

/// What `status` and `result` may say.
const WORDS: &[(Outcome, &[&str])] = &[
    (
        Outcome::Passed,
        &[
            "run",
            "completed",
            "passed",
            "pass",
            "success",
            "successful",
            "succeeded",
            "ok",
        ],
    ),
    (
        Outcome::Skipped,
        &[
            "notrun",
            "disabled",
            "skipped",
            "skip",
            "ignored",
            "suppressed",
            "untested",
        ],
    ),
    (Outcome::Failure, &["failed", "failure", "fail"]),
];

/// The worst that `status`, `result` and `success` say, and which of them says so:
/// `GoogleTest` marks disabled cases there only, and some runners failed ones. A word
/// that is none of the known ones is an error: nobody says that such a case passed.
pub(super) fn of_attributes(element: &Element) -> (Outcome, String) {
    let mut worst = (Outcome::Passed, String::new());
    for name in ["status", "result", "success"] {
        let text = element.attribute(name).unwrap_or_default().trim();
        let word = text.to_ascii_lowercase();
        let outcome = match (name, word.as_str()) {
            (_, "") | ("success", "true" | "1" | "yes") => continue,
            ("success", "false" | "0" | "no") => Outcome::Failure,
            ("success", _) => Outcome::Error,
            (_, word) => WORDS
                .iter()
                .find(|(_, words)| words.contains(&word))
                .map_or(Outcome::Error, |(outcome, _)| *outcome),
        };
        if outcome > worst.0 {
            worst = (outcome, format!("{name} is `{}`", shortened(text, 80)));
        }
    }
    worst
}
