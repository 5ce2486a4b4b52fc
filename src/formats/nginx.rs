//! nginx's configuration.
//!
//! <https://nginx.org/en/docs/beginners_guide.html#conf_structure>. The value is conftest's:
//! `directives`, each with its `name`, its `parameters` as written, quotes included, and the
//! `block` of those that have one. Comments are left out, and `include` stays what it is: a
//! directive. As conftest does, servers are put behind all else in `http` and `upstream`,
//! and `name=value` of a server in `upstream`, sorted, before its other parameters.
//!
//! Refused are
//! - directives that conftest does not know, which it refuses too, and so the entries of
//!   `geo` and `split_clients`;
//! - blocks of Lua, whose text is not in the value;
//! - what conftest parts into other words than nginx does, and what it passes over: a `}`
//!   too many with all that follows, parameters of `http` and `server`, a name given twice
//!   in a server's parameters.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::json::{self, Limits, Map, Value, json};

use super::FormatError;

mod tokens;

use tokens::{Kind, Token, Tokens};

/// Directives in the index of nginx's documentation that conftest knows, and those of its
/// Lua module.
static KNOWN: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
    include_str!("nginx/directives.txt")
        .split_whitespace()
        .collect()
});

/// Blocks whose entries have names of their own.
const LOOSE: [&str; 2] = ["map", "types"];

/// Most directives and parameters: each takes far more memory than its text.
const PARTS_MAX: usize = 200_000;

/// Levels of the value that a block takes, and that its directives and their parameters do.
const BLOCK_DEPTH: usize = 3;
const LEAF_DEPTH: usize = 4;

/// Reads `bytes` as nginx's configuration.
pub(super) fn parse(bytes: &[u8], limits: Limits) -> Result<Value, FormatError> {
    let tokens = Tokens::of(json::utf8(bytes, limits)?)?;
    let mut reader = Reader {
        tokens,
        depth_left: limits.depth_max.saturating_sub(LEAF_DEPTH) / BLOCK_DEPTH,
        parts: 0,
    };
    let mut directives = Vec::new();
    while let Some(token) = reader.tokens.next_token()? {
        if matches!(token.kind, Kind::Close) {
            return Err(token.error("`}` closes nothing, and conftest would stop reading here"));
        }
        directives.push(reader.directive(&token, false)?);
    }
    Ok(json!({"directives": values(directives)}))
}

/// A directive that was read.
struct Directive<'a> {
    line: usize,
    name: &'a str,
    parameters: Vec<&'a str>,
    block: Option<Vec<Directive<'a>>>,
}

struct Reader<'a> {
    tokens: Tokens<'a>,
    /// How many blocks may still nest.
    depth_left: usize,
    parts: usize,
}

impl<'a> Reader<'a> {
    /// Reads the directive that starts with `first`. In a `loose` block any name will do.
    fn directive(&mut self, first: &Token<'a>, loose: bool) -> Result<Directive<'a>, FormatError> {
        let Kind::Word(name) = first.kind else {
            return Err(first.error(format!("`{}` where a directive should be", first.text())));
        };
        self.take_note(first)?;
        if !loose && !KNOWN.contains(name) {
            return Err(first.error(format!("conftest knows no directive `{name}` here")));
        }
        let mut directive = Directive {
            line: first.line,
            name,
            parameters: Vec::new(),
            block: None,
        };
        loop {
            let Some(token) = self.tokens.next_token()? else {
                return Err(first.error(format!("`{name}` has no `;` at its end")));
            };
            match token.kind {
                Kind::Word(parameter) => {
                    self.take_note(&token)?;
                    directive.parameters.push(parameter);
                }
                Kind::Semicolon => break,
                Kind::Open => {
                    let loose = loose || LOOSE.contains(&name);
                    directive.block = Some(self.block(&token, loose)?);
                    break;
                }
                Kind::Close => {
                    return Err(first.error(format!("`{name}` has no `;` at its end")));
                }
            }
        }
        as_conftest(directive)
    }

    /// Reads the directives of a block up to its end.
    fn block(&mut self, open: &Token<'a>, loose: bool) -> Result<Vec<Directive<'a>>, FormatError> {
        let Some(left) = self.depth_left.checked_sub(1) else {
            return Err(open.error("blocks nest too deep"));
        };
        self.depth_left = left;
        let mut directives = Vec::new();
        loop {
            let Some(token) = self.tokens.next_token()? else {
                return Err(open.error("`{` is not closed"));
            };
            if matches!(token.kind, Kind::Close) {
                break;
            }
            directives.push(self.directive(&token, loose)?);
        }
        self.depth_left += 1;
        Ok(directives)
    }

    /// Counts a word, and refuses one that would make the block behind it Lua.
    fn take_note(&mut self, token: &Token<'_>) -> Result<(), FormatError> {
        if token.text().ends_with("_by_lua_block") {
            let what = "a block of Lua, whose text would not be in the value, so no policy would \
                 see it; put it in a file and write `_by_lua_file`";
            return Err(token.error(what));
        }
        self.parts += 1;
        if self.parts > PARTS_MAX {
            return Err(token.error(format!("more than {PARTS_MAX} words")));
        }
        Ok(())
    }
}

/// Refuses what conftest would, or would lose, and orders what it orders.
fn as_conftest(mut directive: Directive<'_>) -> Result<Directive<'_>, FormatError> {
    let name = directive.name;
    let count = directive.parameters.len();
    let at = |what: &str| FormatError::at(directive.line, what);
    match (name, &mut directive.block) {
        ("http" | "server", Some(_)) if count > 0 => {
            let what = format!("conftest loses the parameters of `{name}`, which has none");
            return Err(at(&what));
        }
        ("http", Some(block)) => {
            block.sort_by_key(|inner| inner.name == "server" && inner.block.is_some());
        }
        ("upstream", Some(_)) if count != 1 => return Err(at("`upstream` needs one name")),
        ("upstream", Some(block)) => {
            let is_server = |inner: &Directive<'_>| inner.name == "server";
            let mut servers = block.iter().filter(|inner| is_server(inner));
            if let Some(server) = servers.find(|server| server.block.is_some()) {
                let what = "conftest loses the block of a `server` in `upstream`";
                return Err(FormatError::at(server.line, what));
            }
            block.sort_by_key(is_server);
        }
        ("location", Some(_)) if !(1..=2).contains(&count) => {
            return Err(at("`location` needs one or two parameters"));
        }
        ("include", Some(_)) => return Err(at("`include` has no block: is a `;` missing?")),
        ("include", None) if count != 1 => return Err(at("`include` needs one file")),
        ("server", None) => in_order(&mut directive.parameters).map_err(|what| at(&what))?,
        _ => {}
    }
    Ok(directive)
}

/// Puts `name=value` of an upstream server, sorted by name, between its address and its
/// other parameters.
fn in_order(parameters: &mut [&str]) -> Result<(), String> {
    let Some((_, rest)) = parameters.split_first_mut() else {
        return Err("`server` needs an address".to_owned());
    };
    let name = |parameter: &&str| parameter.split_once('=').map(|(name, _)| name.to_owned());
    let mut seen = BTreeSet::new();
    if let Some(twice) = rest
        .iter()
        .filter_map(name)
        .find(|n| !seen.insert(n.clone()))
    {
        return Err(format!("a second `{twice}=`, of which conftest loses one"));
    }
    rest.sort_by_key(|parameter| {
        let name = name(parameter);
        (name.is_none(), name)
    });
    Ok(())
}

fn values(directives: Vec<Directive<'_>>) -> Vec<Value> {
    let value = |directive: Directive<'_>| {
        let mut object = Map::new();
        object.insert("name".to_owned(), directive.name.into());
        if !directive.parameters.is_empty() {
            object.insert("parameters".to_owned(), directive.parameters.into());
        }
        if let Some(block) = directive.block {
            let block = json!({"directives": values(block)});
            object.insert("block".to_owned(), block);
        }
        Value::Object(object)
    };
    directives.into_iter().map(value).collect()
}

#[cfg(test)]
mod tests;
