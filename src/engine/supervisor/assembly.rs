//! Puts events back into the order of the request.

use crate::engine::EngineError;
use crate::engine::wire::{
    CallResult, Event, Finding, Head, ModuleCoverage, Request, Response, TestReport, WireError,
};

/// A response under way.
///
/// TRUST: the worker evaluated hostile text, so that its word is not taken for which
/// rule a result belongs to, nor for being complete.
pub(in crate::engine) struct Assembly<'a> {
    request: &'a Request,
    ready: Option<(String, Vec<Finding>, Vec<Head>)>,
    results: Vec<Option<CallResult>>,
    tests: Vec<Option<TestReport>>,
    coverage: Option<Vec<ModuleCoverage>>,
}

impl<'a> Assembly<'a> {
    pub(in crate::engine) fn new(request: &'a Request) -> Self {
        let (results, tests) = match request.testing {
            None => (request.calls.len(), 0),
            Some(_) => (0, request.calls.len()),
        };
        Self {
            request,
            ready: None,
            results: vec![None; results],
            tests: vec![None; tests],
            coverage: None,
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
            Event::Tested { call, report } => match self.tests.get_mut(call) {
                Some(slot @ None) => *slot = Some(report),
                _ => return Err(WireError::Expected("one report for each test")),
            },
            Event::Covered { modules } => {
                let asked = self.request.testing.iter().flat_map(|t| &t.covered);
                if self.coverage.is_some() || !asked.eq(modules.iter().map(|m| &m.path)) {
                    return Err(WireError::Expected("the coverage of what was asked for"));
                }
                self.coverage = Some(modules);
            }
            Event::Reading { .. }
            | Event::Preparing
            | Event::Linting
            | Event::Calling { .. }
            | Event::Refused(_)
            | Event::Value { .. }
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
        let tests: Option<Vec<TestReport>> = self.tests.into_iter().collect();
        let coverage = self.coverage.unwrap_or_default();
        let testing = self.request.testing.as_ref();
        if testing.is_some_and(|testing| testing.covered.len() != coverage.len()) {
            return Err(incomplete());
        }
        Ok(Response {
            engine,
            findings,
            heads,
            results: results.ok_or_else(incomplete)?,
            tests: tests.ok_or_else(incomplete)?,
            coverage,
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
