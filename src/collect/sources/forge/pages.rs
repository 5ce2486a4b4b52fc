//! Reading lists page by page.
//!
//! The pages go into one file, each on its line, as the kinds read them. A list ends where
//! the server names no next page and the page is not as long as a full one; where it is, one
//! more is asked for, since what is between us and the server may have lost the link.
//!
//! INVARIANTS
//! - A list is read to its end, or there is an error and no list: never a shorter one.
//! - The next page is asked of the same server, whatever host its link names.
//! - Requests, bytes and time have bounds, all pages together.

use std::collections::BTreeSet;

use crate::clock::Timestamp;
use crate::collect::run::Reached;
use crate::collect::sources::{Errand, Given, said};
use crate::evidence::manifest::{self, Method};
use crate::evidence::{Kind, may_go_on};
use crate::http::{Answer, HttpError, Question, encoded};
use crate::json::{self, Limits, Value};

use super::link;

/// Most requests for one item.
const REQUESTS_MAX: usize = 500;
/// Most bytes of one page.
const PAGE_SIZE_MAX: u64 = 16 << 20;
/// Most bytes of all pages: what is read of such an item.
const TEXT_SIZE_MAX: u64 = Limits::EVIDENCE.size_max as u64;
/// Most entries of a page that either forge gives.
const LENGTH_MAX: usize = 100;
/// Most requests that are named in the manifest.
const NAMED_MAX: usize = 4;

/// How to talk to a forge.
pub(in crate::collect::sources) struct Forge {
    pub(in crate::collect::sources) accept: &'static str,
    pub(in crate::collect::sources) headers: &'static [(&'static str, &'static str)],
    /// What the server is, by its answer and by asking.
    pub(in crate::collect::sources) server: fn(&Answer, &Reached, &Errand<'_>) -> Option<String>,
}

/// A list at a forge.
#[derive(Debug, Clone, Copy)]
pub(in crate::collect::sources) struct List {
    /// Where the entries are in a page.
    pub(in crate::collect::sources) entries: &'static str,
    /// Whether other lists stand in the same file, so that an empty page there says nothing
    /// of where this one ends.
    pub(in crate::collect::sources) has_neighbours: bool,
}

/// Why there is no evidence.
#[derive(Debug)]
pub(in crate::collect::sources) enum Failure {
    /// No answer.
    Http(HttpError),
    /// An answer with another status than 200.
    Refused(Box<Answer>),
    /// Answers that do not come to what was asked for.
    Broken(String),
}

/// What was read for one item so far.
pub(in crate::collect::sources) struct Reader<'a> {
    forge: &'static Forge,
    reached: &'a Reached,
    errand: &'a Errand<'a>,
    /// Where the API is below the address of the server.
    prefix: &'static str,
    pages: Vec<Vec<u8>>,
    requests: usize,
    size: u64,
    /// As they are recorded.
    asked: Vec<String>,
    from: manifest::Source,
    /// When the first page came: no entry is newer than that.
    since: Option<Timestamp>,
}

/// One list, read.
#[derive(Debug, Default)]
struct Listed {
    pages: Vec<Vec<u8>>,
    lengths: Vec<usize>,
    ids: Vec<u64>,
    /// How many entries there are, by the word of the server.
    total: Option<usize>,
}

impl<'a> Reader<'a> {
    /// Returns one that asks for paths below `prefix` on the server.
    pub(in crate::collect::sources) fn new(
        forge: &'static Forge,
        reached: &'a Reached,
        errand: &'a Errand<'a>,
        prefix: &'static str,
    ) -> Self {
        Self {
            forge,
            reached,
            errand,
            prefix,
            pages: Vec::new(),
            requests: 0,
            size: 0,
            asked: Vec::new(),
            from: manifest::Source::of(&reached.url),
            since: None,
        }
    }

    /// Reads the document at `path`.
    pub(in crate::collect::sources) fn document(&mut self, path: &str) -> Result<(), Failure> {
        self.record(path, 1);
        let answer = self.ask(&format!("{}{}{path}", self.reached.url, self.prefix))?;
        self.pages.push(answer.body);
        Ok(())
    }

    /// Reads the list at `path` with `query` to its end, and returns the ids in it.
    pub(in crate::collect::sources) fn list(
        &mut self,
        path: &str,
        query: &[(&str, &str)],
        list: List,
    ) -> Result<Vec<u64>, Failure> {
        let recorded = self.asked.len();
        let mut listed = self.pages_of(path, query, list, LENGTH_MAX)?;
        let lengths: Vec<_> = listed.lengths.iter().copied().filter(|n| *n > 0).collect();
        if list.has_neighbours && may_go_on(&lengths) {
            // In pages of this length its end is seen in the last one.
            let length = telling_length(lengths.iter().sum());
            self.asked.truncate(recorded);
            listed = self.pages_of(path, query, list, length)?;
        }
        let count: usize = listed.lengths.iter().sum();
        if let Some(total) = listed.total
            && total != count
        {
            return Err(Failure::Broken(format!(
                "{path} has {count} entries on its pages and {total} by the word of the server: it moved while it was read"
            )));
        }
        // An empty page among those of other lists says nothing.
        let is_kept = |page: &(Vec<u8>, usize)| !list.has_neighbours || page.1 > 0;
        let pages = listed.pages.into_iter().zip(listed.lengths);
        self.pages
            .extend(pages.filter(is_kept).map(|(page, _)| page));
        Ok(listed.ids)
    }

    /// The file that all this comes to, or the fault in its place.
    pub(in crate::collect::sources) fn given(
        mut self,
        kind: Kind,
        read: Result<(), Failure>,
    ) -> Given {
        let (bytes, fault) = match read {
            Ok(()) => (joined(self.pages), None),
            Err(Failure::Refused(answer)) => {
                let reason = self.refused(&answer);
                (answer.body, Some(reason))
            }
            Err(Failure::Http(error)) => (Vec::new(), Some(error.to_string())),
            Err(Failure::Broken(reason)) => (Vec::new(), Some(reason)),
        };
        let mut asked: Vec<_> = self.asked.iter().take(NAMED_MAX).cloned().collect();
        if let Some(more) = self.asked.len().checked_sub(NAMED_MAX + 1) {
            asked.push(format!("and {} more", more + 1));
        }
        let request = asked.join(", ");
        // What the environment gave is no secret, unless somebody put one there.
        self.from.request = Some(self.reached.client.shown(&request));
        Given {
            path: self.errand.path.to_owned(),
            bytes,
            kind: Some(kind),
            collected_at: Some(self.since.unwrap_or_else(|| self.errand.clock.now())),
            method: Method::Pull,
            source: Some(self.from),
            fault,
        }
    }

    /// Takes back that the list before was asked for.
    pub(in crate::collect::sources) fn forget_last(&mut self) {
        self.asked.pop();
    }

    fn record(&mut self, path: &str, pages: usize) {
        let pages = match pages {
            1 => String::new(),
            pages => format!(" ({pages} pages)"),
        };
        self.asked.push(format!("GET {}{path}{pages}", self.prefix));
    }

    /// What the refusal `answer` means.
    fn refused(&self, answer: &Answer) -> String {
        let at = match self.asked.last() {
            Some(asked) if self.requests > 1 => format!("{asked}: "),
            _ => String::new(),
        };
        let hint = match answer.status {
            401 => " (the token is not known)",
            // GitHub refuses who asks too often in the same way, and says so.
            403 if answer.wait.is_none() && !answer.excerpt().contains("rate limit") => {
                " (the token may not do this)"
            }
            404 => " (it is not there, or the token may not see it)",
            _ => "",
        };
        format!("{at}{}{hint}", self.errand.refusal(answer))
    }

    /// Reads all pages of `path` in pages of `length`.
    fn pages_of(
        &mut self,
        path: &str,
        query: &[(&str, &str)],
        list: List,
        length: usize,
    ) -> Result<Listed, Failure> {
        let text = length.to_string();
        let mut pairs = query.to_vec();
        pairs.push(("per_page", &text));
        let path = format!("{path}?{}", encoded(&pairs));
        let first = format!("{}{}{path}", self.reached.url, self.prefix);
        let at = self.asked.len();
        let (mut listed, mut seen) = (Listed::default(), BTreeSet::new());
        let mut next = Some(first.clone());
        while let Some(uri) = next.take() {
            self.asked.truncate(at);
            self.record(&path, listed.pages.len() + 1);
            if !seen.insert(uri.clone()) {
                return Err(Failure::Broken(format!(
                    "{path}: page {} names itself, or one before it, as the next",
                    listed.pages.len()
                )));
            }
            let answer = self.ask(&uri)?;
            let count = listed.take(&answer, list).map_err(|reason| {
                Failure::Broken(format!("{path}, page {}: {reason}", listed.pages.len() + 1))
            })?;
            let own = format!("{first}&page=");
            next = match self.next(&answer, &own) {
                Ok(Some(next)) => Some(next),
                Ok(None) if count > 0 && may_go_on(&listed.lengths) => {
                    Some(format!("{own}{}", listed.lengths.len() + 1))
                }
                Ok(None) => None,
                Err(reason) => return Err(Failure::Broken(format!("{path}: {reason}"))),
            };
            listed.pages.push(answer.body);
        }
        Ok(listed)
    }

    /// Where the page behind `answer` is, if it names one; `own` is a page by its number.
    fn next(&self, answer: &Answer, own: &str) -> Result<Option<String>, String> {
        if let Some(page) = answer.header("x-next-page").map(str::trim) {
            let is_number = !page.is_empty() && page.bytes().all(|byte| byte.is_ascii_digit());
            return match page {
                "" if linked(answer)?.is_some() => {
                    Err("names no next page, and a link to one".into())
                }
                "" => Ok(None),
                page if is_number => Ok(Some(format!("{own}{page}"))),
                _ => Err("names a next page that is no number".into()),
            };
        }
        let Some(link) = linked(answer)? else {
            return Ok(None);
        };
        let url = &self.reached.url;
        if let (Some(root), Some(path)) = (link::root(url), link::on_origin_of(url, link)) {
            return Ok(Some(format!("{root}{path}")));
        }
        Err(format!(
            "its next page is said to be at `{}`, which is another server and is not asked",
            self.reached.client.shown_place(link)
        ))
    }

    fn ask(&mut self, uri: &str) -> Result<Answer, Failure> {
        if self.requests >= REQUESTS_MAX {
            let asked = self.asked.last().map_or("", String::as_str);
            return Err(Failure::Broken(format!(
                "{asked}: not all is read after {REQUESTS_MAX} requests; narrow down what is asked for"
            )));
        }
        self.requests += 1;
        let left = TEXT_SIZE_MAX.saturating_sub(self.size);
        let question = Question {
            headers: self.forge.headers,
            size_max: PAGE_SIZE_MAX.min(left),
            ..Question::get(uri, self.forge.accept)
        };
        let (deadline, clock) = (self.errand.deadline, self.errand.clock);
        let answer = self.reached.client.ask(&question, deadline, clock);
        let answer = answer.map_err(Failure::Http)?;
        self.size += answer.body.len() as u64;
        self.since.get_or_insert(answer.received_at);
        self.from.response_status = Some(answer.status);
        self.from.clock_skew_s = answer.clock_skew_s;
        if self.from.server.is_none() {
            let server = (self.forge.server)(&answer, self.reached, self.errand);
            self.from.server = server.or(answer.server.as_deref().map(said));
        }
        if answer.status == 200 {
            Ok(answer)
        } else {
            Err(Failure::Refused(Box::new(answer)))
        }
    }
}

impl Listed {
    /// Takes the entries of a page, and returns how many there are.
    fn take(&mut self, answer: &Answer, list: List) -> Result<usize, String> {
        let page = json::parse(&answer.body, Limits::EVIDENCE);
        let page = page.map_err(|error| format!("is not JSON: {error}"))?;
        let entries = page.pointer(list.entries).and_then(Value::as_array);
        let entries = entries.ok_or("is no list")?;
        self.lengths.push(entries.len());
        let ids = entries.iter().filter_map(|entry| entry.get("id"));
        self.ids.extend(ids.filter_map(Value::as_u64));
        let total = answer.header("x-total").map(str::trim);
        self.total = total.and_then(|total| total.parse().ok()).or(self.total);
        Ok(entries.len())
    }
}

/// A length of pages in which the last of `count` entries is on a page that is not full.
fn telling_length(count: usize) -> usize {
    let mut lengths = (2..count.min(LENGTH_MAX)).rev();
    lengths
        .find(|length| !count.is_multiple_of(*length))
        .unwrap_or(LENGTH_MAX)
}

/// The pages, each on its line where there are several. A line break in a page stands
/// between its tokens, where a space says the same.
fn joined(mut pages: Vec<Vec<u8>>) -> Vec<u8> {
    match pages.len() {
        0 => b"[]".to_vec(),
        1 => pages.remove(0),
        _ => {
            let mut text = Vec::new();
            for page in pages {
                let page = page.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&page).to_vec();
                let breaks = |byte: u8| {
                    if matches!(byte, b'\n' | b'\r') {
                        b' '
                    } else {
                        byte
                    }
                };
                text.extend(page.into_iter().map(breaks));
                text.push(b'\n');
            }
            text
        }
    }
}

/// What the header `Link` calls the next page.
fn linked(answer: &Answer) -> Result<Option<&str>, String> {
    let Some(header) = answer.header("link") else {
        return Ok(None);
    };
    match link::next(header) {
        Some(link) if !link.contains(char::REPLACEMENT_CHARACTER) => Ok(Some(link)),
        // What cannot be read is not the end.
        None if !header.contains("next") => Ok(None),
        _ => Err("names a next page in a way that cannot be read".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_list_is_seen_in_pages_of_the_right_length() {
        for count in 3..=2_000 {
            let length = telling_length(count);
            assert!(length <= LENGTH_MAX && length < count, "{count}");
            let full = count / length;
            let lengths: Vec<_> = std::iter::repeat_n(length, full)
                .chain([count % length])
                .filter(|length| *length > 0)
                .collect();
            assert!(!may_go_on(&lengths), "{count}");
        }
    }

    #[test]
    fn pages_stand_on_lines_of_their_own() {
        let page = |text: &str| text.as_bytes().to_vec();
        assert_eq!(joined(vec![]), b"[]");
        assert_eq!(joined(vec![page("[\n1\n]\n")]), b"[\n1\n]\n");
        let two = joined(vec![page("[\n \"a\\nb\"\r\n]"), page("\u{feff}[2]")]);
        assert_eq!(two, b"[  \"a\\nb\"  ]\n[2]\n");
    }
}
