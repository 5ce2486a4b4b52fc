//! `jaeger-traces`: traces as Jaeger's query service answers them at `/api/traces` and as
//! its interface saves them
//! (<https://github.com/jaegertracing/jaeger/blob/v1.62.0/model/json/model.go>).
//!
//! INVARIANT: an answer that holds nothing because the question failed is an error.

use crate::evidence::{Kind, Status};
use crate::json::Value;

use super::node::{Node, TEXT_MAX, shortened};
use super::reader::{Form, Reader};
use super::traces::{Hint, Role, Span, Traces, UNNAMED};
use super::{KindError, Reading};

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::JaegerTraces,
    media_type: "application/json",
    form: Form::Json { is, read },
};

/// What a span's tags say.
#[derive(Debug, Default)]
struct Tags {
    role: Role,
    is_error: bool,
    sampler_type: Option<String>,
    sampler_param: Option<f64>,
    tracestate: Option<String>,
}

fn is(value: &Value) -> bool {
    let envelope = ["total", "limit", "offset", "errors"];
    let is_answer = || envelope.iter().all(|name| value.get(name).is_some());
    match value.get("data") {
        Some(Value::Array(traces)) => match traces.first() {
            Some(trace) => trace.get("traceID").is_some() && trace.get("spans").is_some(),
            None => is_answer(),
        },
        Some(Value::Null) => is_answer(),
        _ => false,
    }
}

/// Reads an answer.
fn read(value: &Value) -> Result<Reading, KindError> {
    let root = Node::root(value);
    let mut traces = Traces::default();
    for trace in root.each("data")? {
        read_trace(&trace, &mut traces)?;
    }
    let reading = traces.into_reading(Kind::JaegerTraces);
    let Some(error) = root.each("errors")?.into_iter().next() else {
        return Ok(reading);
    };
    let message = match error.optional("msg")? {
        Some(message) => shortened(message.text()?, TEXT_MAX),
        None => "says nothing more".to_owned(),
    };
    if reading.status == Status::Empty {
        return Err(error.refuse(format!("Jaeger answered with an error: {message}")));
    }
    Ok(reading.found(Status::Partial, format!("Jaeger reported: {message}")))
}

fn read_trace(node: &Node<'_>, traces: &mut Traces) -> Result<(), KindError> {
    let processes = node.field("processes")?;
    let warnings = node.each("warnings")?.len();
    traces.warnings_count += warnings;
    for span in node.field("spans")?.nodes()? {
        let process = match span.optional("process")? {
            Some(process) => process,
            None => processes.field(span.field("processID")?.text()?)?,
        };
        let name = match process.optional("serviceName")? {
            Some(name) => name.text()?,
            None => "",
        };
        let service = traces.service(if name.is_empty() { UNNAMED } else { name });
        let tags = tags(&span)?;
        let read = read_span(&span, service, &tags)?;
        traces.add(read).map_err(|what| span.refuse(what))?;
        traces.sampling.add(hint(&tags));
        traces.warnings_count += span.each("warnings")?.len();
    }
    Ok(())
}

fn read_span(node: &Node<'_>, service: usize, tags: &Tags) -> Result<Span, KindError> {
    let trace = hex(&node.field("traceID")?, 32)?;
    let start_us = node.field("startTime")?;
    let duration = node.field("duration")?;
    let start_ns = start_us.count()?.checked_mul(1_000);
    let start_ns = start_ns.and_then(|ns| i64::try_from(ns).ok());
    let start_ns = start_ns.filter(|ns| *ns > 0);
    let start_ns = start_ns.ok_or_else(|| start_us.refuse("is no instant"))?;
    let duration_ns = duration.count()?.checked_mul(1_000);
    let duration_ns = duration_ns.and_then(|ns| i64::try_from(ns).ok());
    let end_ns = duration_ns.and_then(|ns| start_ns.checked_add(ns));
    Ok(Span {
        trace,
        id: id(&node.field("spanID")?)?,
        parent: parent(node, trace)?,
        service,
        role: tags.role,
        start_ns,
        end_ns: end_ns.ok_or_else(|| duration.refuse("is no duration"))?,
        is_error: tags.is_error,
    })
}

/// The first `CHILD_OF`, else the first reference, within the trace.
fn parent(node: &Node<'_>, trace: u128) -> Result<Option<u64>, KindError> {
    let mut follows = None;
    for reference in node.each("references")? {
        let kind = reference.field("refType")?;
        let kind = kind.one_of(&["CHILD_OF", "FOLLOWS_FROM"])?;
        if hex(&reference.field("traceID")?, 32)? != trace {
            continue;
        }
        let id = id(&reference.field("spanID")?)?;
        if kind == "CHILD_OF" {
            return Ok(Some(id));
        }
        follows = follows.or(Some(id));
    }
    match node.optional("parentSpanID")? {
        Some(parent) if !parent.text()?.is_empty() => Ok(Some(id(&parent)?)),
        _ => Ok(follows),
    }
}

fn tags(node: &Node<'_>) -> Result<Tags, KindError> {
    let mut tags = Tags::default();
    for tag in node.each("tags")? {
        let key = tag.field("key")?.text()?;
        let Some(value) = tag.optional("value")? else {
            continue;
        };
        let text = value.value().as_str();
        match key {
            "span.kind" => {
                tags.role = match text {
                    Some("client" | "producer") => Role::Caller,
                    Some("server" | "consumer") => Role::Callee,
                    Some("internal" | "unspecified") => Role::Inside,
                    _ => return Err(value.refuse("is no kind of span")),
                }
            }
            "error" => tags.is_error |= value.value() == &Value::Bool(true) || text == Some("true"),
            "otel.status_code" => tags.is_error |= text == Some("ERROR"),
            "sampler.type" => tags.sampler_type = text.map(str::to_owned),
            "sampler.param" => {
                let number = value.value().as_f64();
                tags.sampler_param = match value.value() {
                    Value::Bool(all) => Some(if *all { 1.0 } else { 0.0 }),
                    _ => number.or_else(|| text?.parse().ok()),
                };
            }
            "w3c.tracestate" => tags.tracestate = text.map(str::to_owned),
            _ => {}
        }
    }
    Ok(tags)
}

fn hint(tags: &Tags) -> Option<Hint> {
    let state = tags.tracestate.as_deref().and_then(Hint::of_tracestate);
    let sampler = tags.sampler_type.as_deref();
    state.or_else(|| sampler.map(|kind| Hint::of_sampler(kind, tags.sampler_param)))
}

fn id(node: &Node<'_>) -> Result<u64, KindError> {
    let id = hex(node, 16)?;
    u64::try_from(id).map_err(|_| node.refuse("expected up to 16 hex digits"))
}

/// Hex digits, whose leading zeros older versions leave out.
fn hex(node: &Node<'_>, digits_max: usize) -> Result<u128, KindError> {
    let text = node.text()?;
    let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let id = u128::from_str_radix(text, 16).ok();
    id.filter(|id| is_hex && text.len() <= digits_max && *id != 0)
        .ok_or_else(|| node.refuse(format!("expected up to {digits_max} hex digits, not all 0")))
}
