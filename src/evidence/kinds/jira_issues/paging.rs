//! Whether the pages of a search are all of them.
//!
//! INVARIANT: a page gives the token of the next and not its own. That nothing is missing
//! between two of them is shown by the total, or where whoever collected them wrote down
//! with which token each was asked for.

use super::super::KindError;
use super::super::node::Node;
use super::super::tickets::Tickets;

/// Where whoever collects writes the `nextPageToken` that a page was asked for with.
const ASKED: &str = "requestedPageToken";

/// What the pages so far say of those that follow.
#[derive(Debug, Default)]
pub(super) struct Paging<'a> {
    seen: u64,
    total: Option<u64>,
    /// Whether the latest page says that another follows.
    goes_on: Option<bool>,
    has_tokens: bool,
    /// What the latest page says that the next is asked for with.
    next: Option<&'a str>,
    /// Whether a page does not say with which token it was asked for.
    is_unchained: bool,
}

impl<'a> Paging<'a> {
    /// Takes in a page with `count` issues.
    pub(super) fn add(
        &mut self,
        page: &Node<'a>,
        count: u64,
        tickets: &mut Tickets<'_>,
    ) -> Result<(), KindError> {
        if self.goes_on == Some(false) {
            tickets.doubt_all("a page follows the one that says that it is the last");
        }
        if let Some(start) = page.optional("startAt")? {
            let start = start.count()?;
            if start != self.seen {
                tickets.doubt_all(format!(
                    "a page begins with issue {start}, after {}",
                    self.seen
                ));
            }
        }
        if let Some(total) = page.optional("total")? {
            let total = total.count()?;
            if self.total.is_some_and(|before| before != total) {
                tickets.doubt_all("the total changes from page to page");
            }
            self.total = Some(total);
        }
        self.seen += count;
        let asked = page
            .optional(ASKED)?
            .map(|token| token.text())
            .transpose()?;
        match (asked, self.next) {
            (Some(asked), next) if asked != next.unwrap_or_default() => tickets
                .doubt_all("a page was asked for with another token than the page before it gives"),
            (None, Some(_)) => self.is_unchained = true,
            _ => {}
        }
        let token = page.optional("nextPageToken")?.map(|token| token.words());
        self.next = token.transpose()?;
        let has_token = self.next.is_some();
        let is_last = page.optional("isLast")?.map(|is_last| is_last.boolean());
        let is_last = is_last.transpose()?;
        if is_last == Some(has_token) {
            tickets.doubt_all("`isLast` and `nextPageToken` contradict each other");
        }
        self.has_tokens |= has_token;
        self.goes_on = match is_last {
            Some(is_last) => Some(!is_last),
            // The last of pages with tokens is the one without.
            None if self.has_tokens => Some(has_token),
            None => None,
        };
        Ok(())
    }

    /// Says what the last page leaves open.
    pub(super) fn finish(self, tickets: &mut Tickets<'_>) {
        let Self {
            seen,
            total,
            goes_on,
            is_unchained,
            ..
        } = self;
        if is_unchained && total.is_none() {
            let what = "no page says with which token it was asked for: one may be missing";
            tickets.doubt_all(what);
        }
        match (total, goes_on) {
            (Some(total), _) if total != seen => {
                tickets.doubt_all(format!(
                    "the search found {total} issues, and {seen} are here"
                ));
            }
            (_, Some(true)) => tickets.doubt_all("there is another page"),
            (None, None) => tickets.doubt_all("no page says whether another follows"),
            _ => {}
        }
    }
}
