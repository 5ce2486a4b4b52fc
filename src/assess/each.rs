//! Many requests at one instant: weighed side by side, recorded in one commit.

use std::num::NonZero;
use std::thread;

use super::{AssessError, Assessment, Recorder, Request, Weighed, record, weigh};
use crate::clock::{Clock, Timestamp};

/// Why a batch has no assessments.
#[derive(Debug)]
pub struct Unjudged {
    /// The number of the first request without a verdict; none where the ledger failed.
    pub request: Option<usize>,
    /// Why there is none.
    pub source: Box<AssessError>,
}

impl Unjudged {
    fn new(request: Option<usize>, source: AssessError) -> Self {
        Self {
            request,
            source: Box::new(source),
        }
    }
}

/// Assesses every request at one instant, on as many threads as there are processors, and
/// appends their records, in the order of the requests, as one batch.
///
/// # Errors
/// As [`super::assess`]. Nothing of the batch is acknowledged then.
pub fn assess_each(
    requests: &[Request<'_>],
    recorder: &Recorder<'_>,
    clock: &impl Clock,
) -> Result<Vec<Assessment>, Unjudged> {
    let now = clock.now();
    let mut weighed = Vec::with_capacity(requests.len());
    for (number, one) in weigh_all(requests, now).into_iter().enumerate() {
        weighed.push(one.map_err(|error| Unjudged::new(Some(number), error))?);
    }
    let weighed = requests.iter().zip(weighed).collect();
    record(weighed, recorder, clock).map_err(|error| Unjudged::new(None, error))
}

/// Weighs requests on several threads; the results are in their order.
fn weigh_all(requests: &[Request<'_>], now: Timestamp) -> Vec<Result<Weighed, AssessError>> {
    let weigh_part = |part: &[Request<'_>]| -> Vec<_> {
        part.iter()
            .map(|request| weigh(request, request.as_of.as_ref().map_or(now, |(at, _)| *at)))
            .collect()
    };
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let length = requests.len().div_ceil(threads).max(1);
    thread::scope(|scope| {
        let parts: Vec<_> = requests
            .chunks(length)
            .map(|part| (part, scope.spawn(move || weigh_part(part))))
            .collect();
        parts
            .into_iter()
            // A thread that died says nothing of its part: it is weighed here.
            .flat_map(|(part, thread)| thread.join().unwrap_or_else(|_| weigh_part(part)))
            .collect()
    })
}
