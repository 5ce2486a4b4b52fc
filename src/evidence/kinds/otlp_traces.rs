//! `otlp-traces`: an `ExportTraceServiceRequest` of the OpenTelemetry protocol 1.x in its
//! JSON encoding, or one on each line as the collector's file exporter writes them
//! (<https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>,
//! <https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/>).
//!
//! INVARIANT: a form of the protocol whose spans are elsewhere is refused, and never
//! read as a document without spans.

use crate::evidence::Kind;
use crate::json::{Value, json};
use crate::signing::base64;

use super::node::{Node, shortened};
use super::reader::{Form, Reader};
use super::traces::{Hint, Role, Span, Traces, UNNAMED};
use super::{KindError, Reading};

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::OtlpTraces,
    media_type: "application/json",
    form: Form::Lines {
        is: |value| value.get("resourceSpans").is_some(),
        read,
    },
};

/// Reads requests.
fn read(values: &[Value]) -> Result<Reading, KindError> {
    let mut traces = Traces::default();
    for document in Node::documents(values) {
        for resource_spans in document.field("resourceSpans")?.nodes()? {
            read_resource(&resource_spans, &mut traces)?;
        }
    }
    Ok(traces.into_reading(Kind::OtlpTraces))
}

fn read_resource(node: &Node<'_>, traces: &mut Traces) -> Result<(), KindError> {
    for old in ["instrumentationLibrarySpans", "scope_spans"] {
        if node.optional(old)?.is_some() {
            return Err(node.refuse(format!("keeps spans in `{old}`, which OTLP 1.x does not")));
        }
    }
    let name = match node.optional("resource")? {
        Some(resource) => service_name(&resource)?,
        None => UNNAMED.to_owned(),
    };
    let service = traces.service(&name);
    for scope in node.each("scopeSpans")? {
        for span in scope.each("spans")? {
            let (read, hint) = read_span(&span, service)?;
            traces.add(read).map_err(|what| span.refuse(what))?;
            traces.sampling.add(hint);
        }
    }
    Ok(())
}

/// `service.name`, behind `service.namespace/` where there is one.
fn service_name(resource: &Node<'_>) -> Result<String, KindError> {
    let [name, space] = attributes(resource, ["service.name", "service.namespace"])?;
    let text = |value: Option<Value>| value.and_then(|value| value.as_str().map(str::to_owned));
    let name = text(name).filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| UNNAMED.to_owned());
    Ok(match text(space).filter(|space| !space.is_empty()) {
        Some(space) => format!("{space}/{name}"),
        None => name,
    })
}

/// The attributes called `names`, as strings, numbers or booleans.
fn attributes<const N: usize>(
    node: &Node<'_>,
    names: [&str; N],
) -> Result<[Option<Value>; N], KindError> {
    let mut found = [const { None }; N];
    for attribute in node.each("attributes")? {
        let key = attribute.field("key")?.text()?;
        let place = names.iter().position(|name| *name == key);
        let Some(slot) = place.and_then(|place| found.get_mut(place)) else {
            continue;
        };
        let value = attribute.field("value")?;
        let value = match value.object()?.iter().next() {
            Some((name, value)) if name == "stringValue" => value.clone(),
            Some((name, value)) if name == "doubleValue" => value.clone(),
            Some((name, _)) if name == "intValue" => json!(int64(&value.field("intValue")?)?),
            _ => continue,
        };
        if slot.replace(value).is_some() {
            return Err(attribute.refuse(format!("a second attribute `{}`", shortened(key, 80))));
        }
    }
    Ok(found)
}

fn read_span(node: &Node<'_>, service: usize) -> Result<(Span, Option<Hint>), KindError> {
    let trace = id::<16>(&node.field("traceId")?)?.map(u128::from_be_bytes);
    let trace = trace.ok_or_else(|| node.refuse("has no trace id"))?;
    let span = id::<8>(&node.field("spanId")?)?.map(u64::from_be_bytes);
    let parent = match node.optional("parentSpanId")? {
        Some(parent) => id::<8>(&parent)?.map(u64::from_be_bytes),
        None => None,
    };
    let is_error = match node.optional("status")? {
        Some(status) => status_is_error(&status)?,
        None => false,
    };
    let read = Span {
        trace,
        id: span.ok_or_else(|| node.refuse("has no span id"))?,
        parent,
        service,
        role: role(node)?,
        start_ns: instant(&node.field("startTimeUnixNano")?)?,
        end_ns: instant(&node.field("endTimeUnixNano")?)?,
        is_error,
    };
    let state = match node.optional("traceState")? {
        Some(state) => Hint::of_tracestate(state.text()?),
        None => None,
    };
    let hint = match state {
        Some(hint) => Some(hint),
        None => sampler(node)?,
    };
    Ok((read, hint))
}

fn sampler(node: &Node<'_>) -> Result<Option<Hint>, KindError> {
    let [kind, param] = attributes(node, ["sampler.type", "sampler.param"])?;
    let kind = kind.as_ref().and_then(Value::as_str);
    Ok(kind.map(|kind| Hint::of_sampler(kind, param.and_then(|param| param.as_f64()))))
}

/// `N` bytes in hex, or in the base64 of plain protobuf JSON. Zeros are no id.
fn id<const N: usize>(node: &Node<'_>) -> Result<Option<[u8; N]>, KindError> {
    let text = node.text()?;
    if text.is_empty() {
        return Ok(None);
    }
    let bytes = if text.len() == 2 * N {
        hex(text)
    } else {
        base64::decode(text)
    };
    let bytes: Option<[u8; N]> = bytes.and_then(|bytes| bytes.try_into().ok());
    let bytes = bytes.ok_or_else(|| node.refuse(format!("expected {} hex digits", 2 * N)))?;
    Ok((bytes != [0; N]).then_some(bytes))
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pairs = text.as_bytes().chunks_exact(2);
    pairs
        .map(|pair| match pair {
            [high, low] => u8::try_from(digit(*high)? * 16 + digit(*low)?).ok(),
            _ => None,
        })
        .collect()
}

fn role(node: &Node<'_>) -> Result<Role, KindError> {
    let Some(kind) = node.optional("kind")? else {
        return Ok(Role::Inside);
    };
    match name_or_number(&kind, "SPAN_KIND_")? {
        ("UNSPECIFIED" | "INTERNAL", _) | (_, Some(0 | 1)) => Ok(Role::Inside),
        ("CLIENT" | "PRODUCER", _) | (_, Some(3 | 4)) => Ok(Role::Caller),
        ("SERVER" | "CONSUMER", _) | (_, Some(2 | 5)) => Ok(Role::Callee),
        _ => Err(kind.refuse("is no kind of span")),
    }
}

fn status_is_error(node: &Node<'_>) -> Result<bool, KindError> {
    let Some(code) = node.optional("code")? else {
        return Ok(false);
    };
    match name_or_number(&code, "STATUS_CODE_")? {
        ("UNSET" | "OK", _) | (_, Some(0 | 1)) => Ok(false),
        ("ERROR", _) | (_, Some(2)) => Ok(true),
        _ => Err(code.refuse("is no status code")),
    }
}

/// An enumeration's value: OTLP writes the number, plain protobuf JSON the name.
fn name_or_number<'a>(node: &Node<'a>, prefix: &str) -> Result<(&'a str, Option<u64>), KindError> {
    match node.value().as_str() {
        Some(name) => Ok((name.strip_prefix(prefix).unwrap_or_default(), None)),
        None => Ok(("", Some(node.count()?))),
    }
}

/// Nanoseconds since the Unix epoch.
fn instant(node: &Node<'_>) -> Result<i64, KindError> {
    match int64(node)? {
        nanoseconds if nanoseconds > 0 => Ok(nanoseconds),
        _ => Err(node.refuse("is no instant")),
    }
}

/// A 64-bit integer, which JSON writes as a string.
fn int64(node: &Node<'_>) -> Result<i64, KindError> {
    let number = match node.value().as_str() {
        Some(text) => text.parse().ok(),
        None => node.value().as_i64(),
    };
    number.ok_or_else(|| node.refuse("expected a 64-bit integer"))
}
