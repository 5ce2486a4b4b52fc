//! What the blackbox exporter's `/probe` says of one probe
//! (<https://github.com/prometheus/blackbox_exporter/tree/v0.23.0/prober>).

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::evidence::kinds::KindError;
use crate::evidence::kinds::node::number;
use crate::evidence::kinds::prometheus::Observation;
use crate::json::{Value, json};

use super::Sample;

/// Facts of the probe whose outcome stands in `samples` without a label; null where
/// there is none.
pub(super) fn facts(samples: &[Sample]) -> Result<Value, KindError> {
    let mut plain: BTreeMap<&str, Option<f64>> = BTreeMap::new();
    let mut tls_version = None;
    for sample in samples {
        if sample.name == "probe_tls_version_info" {
            tls_version = sample.labels.get("version").cloned();
        }
        if sample.labels.is_empty() && sample.name.starts_with("probe_") {
            let finite = match sample.value {
                Observation::Finite(value) => Some(value),
                _ => None,
            };
            plain.insert(sample.name.as_str(), finite);
        }
    }
    if !plain.contains_key("probe_success") {
        return Ok(Value::Null);
    }
    let value = |name: &str| plain.get(name).copied().flatten();
    let flag = |name: &str| -> Result<Option<bool>, KindError> {
        match plain.get(name) {
            None => Ok(None),
            Some(Some(0.0)) => Ok(Some(false)),
            Some(Some(1.0)) => Ok(Some(true)),
            Some(_) => Err(refuse(name, "is neither 0 nor 1")),
        }
    };
    let duration = value("probe_duration_seconds").filter(|seconds| *seconds >= 0.0);
    let duration = duration.ok_or_else(|| refuse("probe_duration_seconds", "is no duration"))?;
    let code = value("probe_http_status_code");
    if code.is_some_and(|code| code != 0.0 && !(100.0..=999.0).contains(&code)) {
        return Err(refuse("probe_http_status_code", "is no status code"));
    }
    let expires_at = value("probe_ssl_earliest_cert_expiry").and_then(instant);
    Ok(json!({
        "success": flag("probe_success")?,
        "duration_s": number(duration),
        "dns_lookup_s": value("probe_dns_lookup_time_seconds").map(number),
        // 0 is written where there was no answer.
        "http_status_code": code.filter(|code| *code != 0.0).map(number),
        "http_redirects": value("probe_http_redirects").map(number),
        "failed_due_to_regex": flag("probe_failed_due_to_regex")?,
        "tls": flag("probe_http_ssl")?,
        "tls_version": tls_version,
        "tls_expires_at": expires_at.map(|at| at.to_string()),
        "tls_expires_at_ns": expires_at.map(Timestamp::unix_nanoseconds),
    }))
}

/// The zero time, which stands for "none", is before 1970.
fn instant(seconds: f64) -> Option<Timestamp> {
    if !(0.0..1e11).contains(&seconds) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "within range")]
    Timestamp::from_unix_seconds(seconds as i64)
}

fn refuse(name: &str, what: &str) -> KindError {
    KindError::Field {
        path: name.to_owned(),
        what: what.to_owned(),
    }
}
