//! SLSA verification summaries, version 1
//! (<https://slsa.dev/spec/v1.2/verification_summary>), projected from the record of a gate.
//!
//! A summary is another statement than the record, and is signed anew. It knows two results
//! where a gate knows three, and has no place for what bent a verdict: that goes into an
//! extension field, which the specification lets consumers ignore. So an allow that was bent
//! is no PASSED unless somebody says so.

use super::InteropError;
use crate::digest::Digest;
use crate::json::{self, Value, json};
use crate::record::{Bent, Predicate, ResourceDescriptor, STATEMENT_TYPE, Statement, act::Act};

/// `predicateType` of a verification summary.
pub const VSA_TYPE: &str = "https://slsa.dev/verification_summary/v1";
/// The extension field that lists what bent the verdict, and what covered findings.
pub const RELAXATIONS: &str = "https://assize.dev/relaxations/v1";
/// Stands before kind and name of what was evaluated, where no other URI is given.
const POLICIES: &str = "https://assize.dev/policies/v1#";
/// The subject that is the manifest of the evidence, not what was judged by it.
const BUNDLE: &str = "bundle.json";

/// What a summary says that no record does.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// `verifier.id`: who answers for the summary.
    pub verifier_id: &'a str,
    /// `resourceUri`: where consumers fetch what was judged.
    pub resource_uri: &'a str,
    /// `policy.uri`, where it is not to be made of the gate's name.
    pub policy_uri: Option<&'a str>,
    /// What an allow may have been bent by.
    pub accepted: &'a [String],
}

/// A statement, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The statement's bytes, to be signed.
    pub payload: Vec<u8>,
    /// `verificationResult`.
    pub passed: bool,
}

/// Why a record has no summary.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VsaError {
    /// What somebody did.
    #[error("is of what somebody did, a {kind}, and not of a gate: it has no summary")]
    Act {
        /// What it is of.
        kind: String,
    },
    /// A record that cannot be read.
    #[error("{reason}")]
    Unknown {
        /// Why not.
        reason: String,
    },
    /// Another kind of decision.
    #[error("is of {kind} `{name}`, and not of a gate: it has no summary")]
    Kind {
        /// `trigger`, …
        kind: String,
        /// Which.
        name: String,
    },
    /// A verdict that this version does not know.
    #[error("has the verdict `{verdict}`, which no summary has a result for")]
    Verdict {
        /// The verdict.
        verdict: String,
    },
    /// An allow that is none of this gate, at this time, of this subject.
    #[error("is an allow that is not to be taken for PASSED: {0}")]
    Bent(Bent),
    /// Nothing but the evidence was judged.
    #[error("names nothing that was judged besides its evidence")]
    Subject,
    /// Not a URI.
    #[error("{field} `{text}` is not a URI")]
    Uri {
        /// Which field.
        field: &'static str,
        /// What was given.
        text: String,
    },
}

/// Returns the summary of the record whose line has the digest `line` and which signs
/// `payload`.
///
/// # Errors
/// Records of anything but a gate, and an allow that was bent by what is not accepted.
pub fn summary(
    index: u64,
    line: Digest,
    payload: &[u8],
    context: &Context<'_>,
) -> Result<Summary, InteropError> {
    let refused = |source| InteropError::Vsa { index, source };
    context.hold().map_err(refused)?;
    let statement = gate(payload).map_err(refused)?;
    let predicate = &statement.predicate;
    let passed = passed(predicate, context.accepted).map_err(refused)?;
    let judged = judged(statement.subject.as_slice());
    if judged.is_empty() {
        return Err(refused(VsaError::Subject));
    }
    let document = json!({
        "_type": STATEMENT_TYPE,
        "subject": json::encode(&judged)?,
        "predicateType": VSA_TYPE,
        "predicate": projected(index, line, predicate, context, passed)?,
    });
    Ok(Summary {
        payload: json::canonical(&document)?,
        passed,
    })
}

fn gate(payload: &[u8]) -> Result<Statement, VsaError> {
    let unknown = |error: crate::record::RecordError| VsaError::Unknown {
        reason: error.to_string(),
    };
    if let Some(act) = Act::parse(payload).map_err(unknown)? {
        let kind = act.predicate.kind;
        return Err(VsaError::Act { kind });
    }
    let statement = Statement::parse(payload).map_err(unknown)?;
    let predicate = &statement.predicate;
    if predicate.kind != "gate" {
        return Err(VsaError::Kind {
            kind: predicate.kind.clone(),
            name: predicate.name.clone(),
        });
    }
    Ok(statement)
}

/// TRUST: what cannot be told is no pass.
fn passed(predicate: &Predicate, accepted: &[String]) -> Result<bool, VsaError> {
    match predicate.verdict.as_str() {
        "allow" => match predicate.bent(accepted) {
            Some(bent) => Err(VsaError::Bent(bent)),
            None => Ok(true),
        },
        "deny" | "inconclusive" => Ok(false),
        other => Err(VsaError::Verdict {
            verdict: other.to_owned(),
        }),
    }
}

fn judged(subject: &[ResourceDescriptor]) -> Vec<&ResourceDescriptor> {
    let judged = subject.iter().filter(|subject| subject.name != BUNDLE);
    judged.collect()
}

fn projected(
    index: u64,
    line: Digest,
    predicate: &Predicate,
    context: &Context<'_>,
    passed: bool,
) -> Result<Value, InteropError> {
    let digests = &predicate.digests;
    let (kind, name) = (&predicate.kind, &predicate.name);
    let policy_uri = context.policy_uri.map_or_else(
        || format!("{POLICIES}{kind}/{}", percent_encoded(name)),
        str::to_owned,
    );
    let mut inputs = vec![
        json!({
            "name": format!("record {index} of {}", predicate.ledger.origin),
            "digest": {"sha256": line},
        }),
        json!({"name": BUNDLE, "digest": {"sha256": digests.bundle}}),
    ];
    if let Some(signature) = digests.signature {
        inputs.push(json!({"name": "bundle.intoto.json", "digest": {"sha256": signature}}));
    }
    let (result, level) = if passed {
        // No level of a track of SLSA was looked at.
        ("PASSED", "SLSA_BUILD_LEVEL_UNEVALUATED")
    } else {
        ("FAILED", "FAILED")
    };
    let mut document = json!({
        "verifier": {
            "id": context.verifier_id,
            "version": {
                predicate.tool.name.as_str(): predicate.tool.version,
                "engine": predicate.tool.engine,
            },
        },
        "timeVerified": json::encode(&predicate.recorded_at)?,
        "resourceUri": context.resource_uri,
        "policy": {"uri": policy_uri, "digest": {"sha256": digests.policies}},
        "inputAttestations": inputs,
        "verificationResult": result,
        "verifiedLevels": [level],
    });
    if let Some(members) = document.as_object_mut()
        && !(predicate.relaxations.is_empty() && predicate.relaxations_omitted == 0)
    {
        let listed = json::encode(&predicate.relaxations)?;
        let omitted = predicate.relaxations_omitted;
        let relaxations = json!({"listed": listed, "omitted": omitted});
        members.insert(RELAXATIONS.to_owned(), relaxations);
    }
    Ok(document)
}

impl Context<'_> {
    fn hold(&self) -> Result<(), VsaError> {
        let policy_uri = self.policy_uri.map(|uri| ("policy URI", uri));
        let given = [
            ("verifier id", self.verifier_id),
            ("resource URI", self.resource_uri),
        ];
        for (field, text) in given.into_iter().chain(policy_uri) {
            if !is_uri(text) {
                let text = text.chars().take(80).collect();
                return Err(VsaError::Uri { field, text });
            }
        }
        Ok(())
    }
}

/// Whether `text` has a scheme and only characters of RFC 3986.
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let is_plain =
        |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte);
    is_scheme && !rest.is_empty() && rest.bytes().all(is_plain)
}

/// The text as one part of a URI.
fn percent_encoded(text: &str) -> String {
    let escaped = text.bytes().map(|byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    });
    escaped.collect()
}

#[cfg(test)]
mod tests;
