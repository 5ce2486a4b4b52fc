//! One instruction: its name, flags and arguments.

use crate::json::{Value, json};

use super::{array, flags, heredoc, rules, words};

/// An instruction as conftest shows it.
pub(super) struct Instruction {
    /// In lower case.
    pub name: String,
    /// The instruction behind `ONBUILD`, as written.
    trigger: String,
    /// `None` if there is nothing at all behind the name.
    pub flags: Option<Vec<String>>,
    pub is_json: bool,
    pub value: Vec<String>,
}

impl Instruction {
    /// Reads `text`, one instruction with all its lines.
    pub fn read(text: &str, escape: char) -> Result<Self, String> {
        let mut read = Self::parts(text, escape)?;
        if read.name != "onbuild" {
            read.holds_no_heredoc(text)?;
            rules::apply(&read)?;
            return Ok(read);
        }
        if read.flags_len() > 0 {
            return Err("`ONBUILD` takes no flags".to_owned());
        }
        let Some(text) = read.value.pop() else {
            return Err("`ONBUILD` needs an instruction".to_owned());
        };
        let inner = Self::parts(&text, escape)?;
        if ["onbuild", "from", "maintainer"].contains(&inner.name.as_str()) {
            return Err(format!("`{}` cannot follow `ONBUILD`", inner.trigger));
        }
        if inner.flags_len() > 0 {
            return Err(format!(
                "conftest loses the flags of `{}` behind `ONBUILD`, so no policy would see them",
                inner.trigger
            ));
        }
        inner.holds_no_heredoc(&text)?;
        rules::apply(&inner)?;
        Ok(Self {
            name: read.name,
            flags: read.flags,
            ..inner
        })
    }

    /// Reads name, flags and arguments. Of `ONBUILD`, the argument is the instruction.
    fn parts(text: &str, escape: char) -> Result<Self, String> {
        let text = text.trim();
        let (written, rest) = match words::split_first(text) {
            Some((name, rest)) => (name, Some(rest)),
            None => (text, None),
        };
        let name = written.to_ascii_lowercase();
        if !rules::NAMES.contains(&name.as_str()) {
            return Err(format!("unknown instruction `{written}`"));
        }
        let (flags, rest) = match rest {
            Some(rest) => {
                let (flags, rest) = flags::split(rest, escape)?;
                (Some(flags), rest.trim())
            }
            None => (None, ""),
        };
        let mut read = Self {
            name,
            trigger: written.to_owned(),
            flags,
            is_json: false,
            value: Vec::new(),
        };
        read.arguments(rest, escape)?;
        Ok(read)
    }

    fn arguments(&mut self, rest: &str, escape: char) -> Result<(), String> {
        match self.name.as_str() {
            "add" | "copy" | "volume" => {
                if !self.array(rest)? {
                    self.value = words::plain(rest);
                }
            }
            "expose" | "from" => self.value = words::plain(rest),
            "arg" => {
                let read = words::quoted(rest, escape);
                if let Some(wrong) = read.wrong {
                    return Err(wrong.to_owned());
                }
                self.value = read.words;
            }
            "env" | "label" => self.pairs(rest, escape)?,
            "healthcheck" => {
                let parts = rest.split_once(words::is_blank);
                let (kind, rest) = parts.unwrap_or((rest, ""));
                let rest = rest.trim_start_matches(words::is_blank);
                if !self.array(rest)? {
                    self.whole(rest);
                }
                if !kind.is_empty() {
                    self.value.insert(0, kind.to_owned());
                }
            }
            "cmd" | "entrypoint" | "run" | "shell" => {
                if !self.array(rest)? {
                    self.whole(rest);
                }
            }
            _ => self.whole(rest),
        }
        Ok(())
    }

    fn whole(&mut self, rest: &str) {
        if !rest.is_empty() {
            self.value.push(rest.to_owned());
        }
    }

    /// Takes the arguments from a JSON array, if there is one.
    fn array(&mut self, rest: &str) -> Result<bool, String> {
        let strings = array::strings(rest)?;
        self.is_json = strings.is_some();
        self.value = strings.unwrap_or_default();
        Ok(self.is_json)
    }

    /// Reads `name=value …`, or `name value` as it was written formerly: each makes three
    /// words, the last of which is `=` or nothing.
    fn pairs(&mut self, rest: &str, escape: char) -> Result<(), String> {
        let read = words::quoted(rest, escape);
        let Some(first) = read.words.first() else {
            return Ok(());
        };
        if !first.contains('=') {
            let Some((key, value)) = words::split_first(rest) else {
                return Err(format!("`{first}` has no value: write `name=value`"));
            };
            self.value = vec![key.to_owned(), value.to_owned(), String::new()];
            return Ok(());
        }
        if let Some(wrong) = read.wrong {
            return Err(wrong.to_owned());
        }
        for word in read.words {
            let Some((key, value)) = word.split_once('=') else {
                return Err(format!("`{word}` has no `=`: write `name=value`"));
            };
            if key.is_empty() {
                return Err(format!("`{word}` has no name before `=`"));
            }
            self.value
                .extend([key.to_owned(), value.to_owned(), "=".to_owned()]);
        }
        Ok(())
    }

    fn holds_no_heredoc(&self, text: &str) -> Result<(), String> {
        let copies = ["add", "copy"].contains(&self.name.as_str());
        let starts = (copies || self.name == "run") && !self.is_json && heredoc::may_start(text);
        if starts || (copies && self.value.iter().any(|word| heredoc::is_one(word))) {
            return Err(heredoc::REFUSED.to_owned());
        }
        Ok(())
    }

    /// Returns how many flags there are.
    pub fn flags_len(&self) -> usize {
        self.flags.as_ref().map_or(0, Vec::len)
    }

    /// Returns the instruction as it stands in the value.
    pub fn into_value(self, stage: usize) -> Value {
        let trigger = match self.name.as_str() {
            "onbuild" => self.trigger.as_str(),
            _ => "",
        };
        let value = (!self.value.is_empty()).then_some(self.value);
        json!({
            "Cmd": self.name, "SubCmd": trigger, "JSON": self.is_json, "Flags": self.flags,
            "Value": value, "Stage": stage,
        })
    }
}
