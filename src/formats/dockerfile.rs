//! Dockerfiles, as a list of instructions.
//!
//! <https://docs.docker.com/reference/dockerfile/>. The value is the one that conftest
//! makes of `BuildKit`'s parse: a list of one list, of objects with `Cmd` (in lower case),
//! `SubCmd` (of `ONBUILD`), `Flags`, `JSON` (whether the arguments are a JSON array),
//! `Value` (the arguments as written, quotes and variables included) and `Stage`. Comments
//! right before an instruction are entries too, with `Cmd` `comment`.
//!
//! No crate gives this shape: what is here are the words as written, before anybody takes
//! quotes off or joins lines, and the comments.
//!
//! Refused are, beside what `BuildKit` refuses,
//! - here-documents: their text is not in the value, so a policy would not see what runs;
//! - flags of the instruction behind `ONBUILD`, which are not in the value either;
//! - quotes that are not closed, and characters beyond ASCII in flags, which conftest
//!   garbles.

use crate::json::{self, Limits, Value, json};

use super::FormatError;

mod array;
mod flags;
mod heredoc;
mod instruction;
mod lines;
mod rules;
mod words;

use instruction::Instruction;
use lines::Lines;

/// Most instructions, arguments and comments together: each takes far more memory than
/// its text.
const PARTS_MAX: usize = 200_000;

/// Reads `bytes` as a Dockerfile.
pub(super) fn parse(bytes: &[u8], limits: Limits) -> Result<Value, FormatError> {
    let mut lines = Lines::of(json::utf8(bytes, limits)?);
    let mut commands = Vec::new();
    let mut parts = 0;
    let mut stages: usize = 0;
    let mut instructions: usize = 0;
    while let Some(line) = lines.next_joined()? {
        let at = |what: String| FormatError::at(line.number, what);
        let instruction = Instruction::read(&line.text, lines.escape()).map_err(at)?;
        parts += 1 + line.comments.len() + instruction.value.len() + instruction.flags_len();
        if parts > PARTS_MAX {
            return Err(at(format!("more than {PARTS_MAX} instructions and words")));
        }
        instructions += 1;
        if instruction.name == "from" {
            stages += 1;
        }
        let stage = stages.saturating_sub(1);
        for comment in line.comments {
            commands.push(json!({
                "Cmd": "comment", "SubCmd": "", "JSON": false, "Flags": null,
                "Value": [comment], "Stage": stage,
            }));
        }
        commands.push(instruction.into_value(stage));
    }
    if instructions == 0 {
        return Err(FormatError::Whole {
            what: "holds no instruction".to_owned(),
        });
    }
    Ok(Value::Array(vec![Value::Array(commands)]))
}

#[cfg(test)]
mod tests;
