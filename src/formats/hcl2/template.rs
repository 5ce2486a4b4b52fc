//! Strings and heredocs of HCL 2: text, interpolations and directives.
//!
//! Blanks are trimmed off a piece of text at most a line long, and outdenting looks at the
//! lines of the text before anything is put in; so pieces are kept apart until then.

use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

use super::expression::Parser;
use super::scan::{Kind, unescaped};
use super::tree::{Expression, Node, Part};
use crate::formats::fault::{Read, fault};

/// A piece of a template, before directives are paired.
enum Piece {
    Text(String),
    Expression(Expression),
    If(Range<usize>),
    Else,
    EndIf,
    For {
        key: Option<Range<usize>>,
        element: Range<usize>,
        collection: Range<usize>,
    },
    EndFor,
}

/// What ends a run of parts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    End,
    Else,
    EndIf,
    EndFor,
}

type Pieces = std::iter::Peekable<std::vec::IntoIter<(usize, Piece)>>;

impl Parser<'_> {
    /// Reads a template up to its `closing` token.
    pub(super) fn template(&mut self, closing: Kind, outdented: bool) -> Read<Node> {
        let mut pieces = self.pieces(closing)?;
        if outdented {
            outdent(&mut pieces)?;
        }
        let mut joined: Vec<(usize, Piece)> = Vec::with_capacity(pieces.len());
        for (at, piece) in pieces {
            match (joined.last_mut(), piece) {
                (Some((_, Piece::Text(before))), Piece::Text(text)) => before.push_str(&text),
                (_, piece) => joined.push((at, piece)),
            }
        }
        if let [(_, Piece::Expression(_))] = joined.as_slice()
            && let Some((_, Piece::Expression(only))) = joined.pop()
        {
            return Ok(Node::Wrap(Box::new(only)));
        }
        let mut pieces = joined.into_iter().peekable();
        let (parts, _) = self.parts(&mut pieces, &[Stop::End])?;
        Ok(Node::Template(parts))
    }

    fn pieces(&mut self, closing: Kind) -> Read<Vec<(usize, Piece)>> {
        let mut pieces = Vec::new();
        let mut trim_next = false;
        loop {
            let token = self.take()?;
            let trimmed = std::mem::take(&mut trim_next);
            let piece = match token.kind {
                kind if kind == closing => return Ok(pieces),
                Kind::Text { quoted } => {
                    let source = self.source(token.start..token.end);
                    let text = unescaped(source, token.start, quoted)?;
                    Piece::Text(if trimmed {
                        text.trim_start().to_owned()
                    } else {
                        text
                    })
                }
                Kind::Interpolation { trim } => {
                    trim_last(&mut pieces, trim);
                    let (expression, trim) = self.within(false, |parser| {
                        let expression = parser.expression()?;
                        Ok((expression, parser.sequence_end()?))
                    })?;
                    trim_next = trim;
                    Piece::Expression(expression)
                }
                Kind::Directive { trim } => {
                    trim_last(&mut pieces, trim);
                    let (piece, trim) = self.within(false, |parser| {
                        let piece = parser.directive()?;
                        Ok((piece, parser.sequence_end()?))
                    })?;
                    trim_next = trim;
                    piece
                }
                _ => return fault(token.start, "this is not closed before the string is"),
            };
            pieces.push((token.start, piece));
        }
    }

    fn sequence_end(&mut self) -> Read<bool> {
        match self.peek()?.kind {
            Kind::SequenceEnd { trim } => {
                self.take()?;
                Ok(trim)
            }
            _ => self.unexpected("`}` (text that is meant as it is has `$${` or `%%{`)"),
        }
    }

    fn directive(&mut self) -> Read<Piece> {
        if self.takes_word("if")? {
            return Ok(Piece::If(self.expression()?.span));
        }
        if self.takes_word("else")? {
            return Ok(Piece::Else);
        }
        if self.takes_word("endif")? {
            return Ok(Piece::EndIf);
        }
        if self.takes_word("endfor")? {
            return Ok(Piece::EndFor);
        }
        if self.takes_word("for")? {
            let (key, element) = self.for_names()?;
            let collection = self.expression()?.span;
            return Ok(Piece::For {
                key,
                element,
                collection,
            });
        }
        self.unexpected("`if`, `else`, `endif`, `for` or `endfor`")
    }

    /// Pairs directives, up to one of `stops`; returns which.
    fn parts(&mut self, pieces: &mut Pieces, stops: &[Stop]) -> Read<(Vec<Part>, Stop)> {
        let mut parts = Vec::new();
        loop {
            let Some((at, piece)) = pieces.next() else {
                if stops.contains(&Stop::End) {
                    return Ok((parts, Stop::End));
                }
                let what = "a directive before here has no `endif` or `endfor`";
                return fault(self.end(), what);
            };
            let stop = match piece {
                Piece::Text(text) => {
                    parts.push(Part::Text(text));
                    continue;
                }
                Piece::Expression(expression) => {
                    parts.push(Part::Expression(expression));
                    continue;
                }
                Piece::If(condition) => {
                    parts.push(self.deeper(1, |parser| parser.if_parts(pieces, condition))?);
                    continue;
                }
                Piece::For {
                    key,
                    element,
                    collection,
                } => {
                    let (body, _) =
                        self.deeper(1, |parser| parser.parts(pieces, &[Stop::EndFor]))?;
                    parts.push(Part::For {
                        key,
                        element,
                        collection,
                        body,
                    });
                    continue;
                }
                Piece::Else => Stop::Else,
                Piece::EndIf => Stop::EndIf,
                Piece::EndFor => Stop::EndFor,
            };
            if !stops.contains(&stop) {
                return fault(at, "this directive does not belong to the one before it");
            }
            return Ok((parts, stop));
        }
    }

    fn if_parts(&mut self, pieces: &mut Pieces, condition: Range<usize>) -> Read<Part> {
        let (yes, stop) = self.parts(pieces, &[Stop::Else, Stop::EndIf])?;
        let no = if stop == Stop::Else {
            self.parts(pieces, &[Stop::EndIf])?.0
        } else {
            Vec::new()
        };
        Ok(Part::If { condition, yes, no })
    }
}

/// Drops blanks before `${~` or `%{~`, if that is what `trim` says.
fn trim_last(pieces: &mut [(usize, Piece)], trim: bool) {
    if trim && let Some((_, Piece::Text(text))) = pieces.last_mut() {
        text.truncate(text.trim_end().len());
    }
}

/// Drops as many blanks from each line as the line with the fewest has. Lines of blanks
/// alone do not count and stay as they are.
fn outdent(pieces: &mut [(usize, Piece)]) -> Read<()> {
    let mut fewest = usize::MAX;
    let mut fresh = true;
    let mut starts = Vec::new();
    for (index, (at, piece)) in pieces.iter().enumerate() {
        let Piece::Text(text) = piece else {
            if fresh {
                fewest = 0;
            }
            fresh = false;
            continue;
        };
        if fresh {
            let after = text.trim_start();
            let blanks = text.len() - after.len();
            if !after.is_empty() || !text.ends_with('\n') {
                let plain = text.get(..blanks).unwrap_or_default();
                let odd = plain.contains(|blank| blank != ' ' && blank != '\t');
                // One that joins the blank before it would be counted as a part of it.
                if odd || after.starts_with(joins) {
                    let what = "outdent this heredoc with spaces or tabs alone";
                    return fault(*at, what);
                }
                fewest = fewest.min(blanks);
                starts.push(index);
            }
        }
        fresh = text.ends_with('\n');
    }
    for index in starts {
        if let Some((_, Piece::Text(text))) = pieces.get_mut(index) {
            text.drain(..fewest.min(text.len()));
        }
    }
    Ok(())
}

/// Whether `character` may be seen as one with the character before it.
fn joins(character: char) -> bool {
    is_combining_mark(character)
        || matches!(
            character,
            '\u{200c}' | '\u{200d}' | '\u{e33}' | '\u{eb3}' | '\u{ff9e}' | '\u{ff9f}'
                | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0000}'..='\u{e0fff}'
        )
}
