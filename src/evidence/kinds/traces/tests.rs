use super::*;

fn span(id: u64, parent: Option<u64>, service: usize, role: Role) -> Span {
    Span {
        trace: 1,
        id,
        parent,
        service,
        role,
        start_ns: 1_795_435_200_000_000_000,
        end_ns: 1_795_435_200_005_000_000,
        is_error: false,
    }
}

fn traces(spans: &[Span]) -> Traces {
    let mut traces = Traces::default();
    for name in ["a", "b"] {
        traces.service(name);
    }
    for span in spans {
        traces.add(*span).unwrap();
    }
    traces
}

#[test]
fn what_the_caller_counts_as_failed_has_failed() {
    let mut call = span(2, Some(1), 0, Role::Caller);
    call.is_error = true;
    let spans = [
        span(1, None, 0, Role::Callee),
        call,
        span(3, Some(2), 1, Role::Callee),
        // No other side.
        Span { id: 4, ..call },
    ];
    let facts = traces(&spans).into_reading(Kind::OtlpTraces).facts;
    assert_eq!(facts["edges"][0]["errors_count"], 1);
    assert_eq!(facts["services"][1]["errors_count"], 0);
    assert_eq!(facts["services"][0]["unmatched_call_errors_count"], 1);
    let reversed: Vec<Span> = spans.iter().rev().copied().collect();
    assert_eq!(
        traces(&reversed).into_reading(Kind::OtlpTraces).facts,
        facts
    );
}

#[test]
fn work_inside_a_service_is_no_entry() {
    let facts = traces(&[
        span(1, None, 0, Role::Callee),
        span(2, Some(1), 0, Role::Inside),
        span(3, Some(2), 0, Role::Callee),
        span(4, Some(9), 0, Role::Inside),
        span(5, Some(9), 0, Role::Callee),
    ])
    .into_reading(Kind::OtlpTraces)
    .facts;
    assert_eq!(facts["services"][0]["entries_count"], 2);
    assert_eq!(facts["missing_parents_count"], 2);
    assert_eq!(facts["edges"], json!([]));
}

#[test]
fn a_span_that_differs_from_its_twin_is_refused() {
    let mut traces = traces(&[span(1, None, 0, Role::Callee)]);
    traces.add(span(1, None, 0, Role::Callee)).unwrap();
    assert!(traces.add(span(1, None, 1, Role::Callee)).is_err());
    assert!(traces.add(span(2, Some(2), 1, Role::Callee)).is_err());
    let facts = traces.into_reading(Kind::OtlpTraces).facts;
    assert_eq!(
        (&facts["spans_count"], &facts["duplicates_count"]),
        (&json!(1), &json!(1))
    );
}
