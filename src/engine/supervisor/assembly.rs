//! Puts events back into the order of the request.

use crate::engine::EngineError;
use crate::engine::wire::{CallResult, Event, Finding, Head, Request, Response, WireError};

/// A response under way.
///
/// TRUST: the worker evaluated hostile text, so that its word is not taken for which
/// rule a result belongs to, nor for being complete.
pub(in crate::engine) struct Assembly<'a> {
    request: &'a Request,
    ready: Option<(String, Vec<Finding>, Vec<Head>)>,
    results: Vec<Option<CallResult>>,
}

impl<'a> Assembly<'a> {
    pub(in crate::engine) fn new(request: &'a Request) -> Self {
        Self {
            request,
            ready: None,
            results: vec![None; request.calls.len()],
        }
    }

    pub(in crate::engine) fn accept(&mut self, event: Event) -> Result<(), WireError> {
        match event {
            Event::Ready {
                engine,
                findings,
                heads,
            } => self.ready = Some((engine, findings, heads)),
            Event::Finished { call, result } => {
                let expected = self.request.calls.get(call);
                let slot = self.results.get_mut(call);
                match (expected, slot) {
                    (Some(asked), Some(slot @ None))
                        if asked.id == result.id
                            && asked.heads.iter().eq(result.heads.iter().map(|h| &h.head)) =>
                    {
                        *slot = Some(result);
                    }
                    _ => return Err(WireError::Expected("one result for each call")),
                }
            }
            Event::Reading { .. }
            | Event::Preparing
            | Event::Linting
            | Event::Calling { .. }
            | Event::Refused(_)
            | Event::Done => {}
        }
        Ok(())
    }

    pub(in crate::engine) fn finish(self) -> Result<Response, EngineError> {
        let incomplete = || EngineError::Protocol {
            message: "the worker said it was done, but results are missing".into(),
        };
        let (engine, findings, heads) = self.ready.ok_or_else(incomplete)?;
        let results: Option<Vec<CallResult>> = self.results.into_iter().collect();
        Ok(Response {
            engine,
            findings,
            heads,
            results: results.ok_or_else(incomplete)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::wire::{Call, HeadResult, Outcome};

    fn request() -> Request {
        let call = |id: &str| Call {
            id: id.into(),
            input: 0,
            package: id.into(),
            heads: vec!["deny".into()],
        };
        Request {
            calls: vec![call("a"), call("b")],
            ..Request::default()
        }
    }

    fn finished(call: usize, id: &str, head: &str) -> Event {
        Event::Finished {
            call,
            result: CallResult {
                id: id.into(),
                heads: vec![HeadResult {
                    head: head.into(),
                    outcome: Outcome::Undefined,
                }],
                prints: Vec::new(),
            },
        }
    }

    fn ready() -> Event {
        Event::Ready {
            engine: "x".into(),
            findings: Vec::new(),
            heads: Vec::new(),
        }
    }

    #[test]
    fn results_come_in_the_order_of_the_calls() {
        let request = request();
        let mut assembly = Assembly::new(&request);
        for event in [ready(), finished(1, "b", "deny"), finished(0, "a", "deny")] {
            assembly.accept(event).unwrap();
        }
        let ids: Vec<String> = assembly
            .finish()
            .unwrap()
            .results
            .into_iter()
            .map(|result| result.id)
            .collect();
        assert_eq!(ids, ["a", "b"]);
    }

    #[test]
    fn results_that_nobody_asked_for_are_refused() {
        let request = request();
        for event in [
            finished(2, "c", "deny"),
            finished(0, "b", "deny"),
            finished(0, "a", "warn"),
        ] {
            assert!(Assembly::new(&request).accept(event).is_err());
        }
        let mut assembly = Assembly::new(&request);
        assembly.accept(finished(0, "a", "deny")).unwrap();
        assert!(assembly.accept(finished(0, "a", "deny")).is_err());
    }

    #[test]
    fn done_is_not_enough() {
        let request = request();
        let mut assembly = Assembly::new(&request);
        assembly.accept(ready()).unwrap();
        assembly.accept(finished(0, "a", "deny")).unwrap();
        assert!(assembly.finish().is_err());
        assert!(Assembly::new(&Request::default()).finish().is_err());
    }
}
