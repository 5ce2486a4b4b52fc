use super::*;
use crate::engine::wire::Module;

fn request(calls: usize) -> Request {
    Request {
        modules: vec![Module {
            path: "x.rego".into(),
            source: "package x\ndeny contains x if { some x in input.xs }\n".into(),
        }],
        inputs: (0..calls)
            .map(|n| format!("{{\"xs\": [{n}]}}").into_bytes())
            .collect(),
        calls: (0..calls)
            .map(|n| Call {
                id: format!("rule-{n}"),
                input: n,
                package: "x".into(),
                heads: vec!["deny".into()],
            })
            .collect(),
        ..Request::default()
    }
}

fn events(request: &Request) -> Vec<Event> {
    let events = Mutex::new(Vec::new());
    evaluate(request, &|event| {
        events.lock().unwrap().push(event);
        Ok(())
    })
    .unwrap();
    events.into_inner().unwrap()
}

#[test]
fn what_begins_is_announced_before() {
    let names: Vec<String> = events(&request(1))
        .iter()
        .map(|event| {
            format!("{event:?}")
                .split([' ', '('])
                .next()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(
        names,
        [
            "Reading",
            "Preparing",
            "Linting",
            "Ready",
            "Calling",
            "Finished",
            "Done"
        ]
    );
}

#[test]
fn results_are_the_same_on_any_number_of_threads() {
    let run = |threads_max| {
        let mut request = request(200);
        request.limits.threads_max = threads_max;
        crate::engine::evaluate_unsupervised(&request).unwrap()
    };
    assert_eq!(run(1), run(8));
    assert_eq!(run(8).results[17].id, "rule-17");
}

#[test]
fn a_call_with_no_input_is_an_error_of_that_call() {
    let mut request = request(2);
    request.inputs.pop();
    let response = crate::engine::evaluate_unsupervised(&request).unwrap();
    assert!(matches!(
        response.results[0].heads[0].outcome,
        Outcome::Set(_)
    ));
    assert!(matches!(
        &response.results[1].heads[0].outcome,
        Outcome::Error(error) if error.message.contains("no input 1")
    ));
}

#[test]
fn policies_that_do_not_load_end_the_run() {
    let mut request = request(1);
    request.modules[0].source = "package".into();
    assert!(matches!(events(&request).last(), Some(Event::Refused(_))));
    let mut request = self::request(1);
    request.inputs[0] = b"{".to_vec();
    assert!(matches!(events(&request).last(), Some(Event::Refused(_))));
}

#[test]
fn a_supervisor_that_is_gone_ends_the_run() {
    let gone = evaluate(&request(1), &|event| match event {
        Event::Calling { .. } => Err(WorkerError::Panic),
        _ => Ok(()),
    });
    assert!(gone.is_err());
}
