//! Evidence and waivers in; the documents that a record binds out.

use std::collections::{BTreeMap, BTreeSet};

use super::contracts::Terms;
use super::{AssessError, Input, Request, conftest};
use crate::clock::Timestamp;
use crate::decision::{self, Context, Decision, Question, RuleResult};
use crate::digest::Digest;
use crate::engine;
use crate::evidence::inputs::Inputs;
use crate::evidence::{Bundle, LoadOptions, Subject};
use crate::json::{self, Value, json};
use crate::ledger;
use crate::policy::PolicySet;
use crate::record::document::{self, Header};
use crate::record::{Digests, Draft, Relaxation, ResourceDescriptor, Tool};
use crate::signing::TrustPolicy;
use crate::tree;
use crate::waiver::{self, Waiver};

/// Most bytes in a waiver file.
const WAIVERS_SIZE_MAX: u64 = 4 << 20;

/// One document that policies see as `input`.
pub struct SeenInput {
    /// The file it comes from, where every file is an input of its own.
    pub file: Option<String>,
    /// Canonical JSON.
    pub bytes: Vec<u8>,
    /// What `data.conftest` is for it, where policies may look.
    pub conftest: Option<Value>,
}

/// Where the evidence comes from.
enum Evidence {
    Bundle(Box<Bundle>),
    Inputs(Inputs),
}

/// What a decision is made from, besides policies.
pub struct Material {
    evidence: Evidence,
    /// What policies see.
    pub inputs: Vec<SeenInput>,
    /// What is recorded as the input.
    input_bytes: Vec<u8>,
    subject: Vec<Subject>,
    waivers: Vec<Waiver>,
    waiver_bytes: Option<Vec<u8>>,
}

impl Material {
    /// Loads evidence and waivers.
    pub fn load(
        request: &Request<'_>,
        policies: &PolicySet,
        as_of: Timestamp,
    ) -> Result<Self, AssessError> {
        let options = LoadOptions {
            as_of,
            trust: request.trust,
            subject: (!request.subject.is_empty()).then(|| request.subject.clone()),
        };
        let (evidence, inputs, input_bytes) = match &request.input {
            Input::Folder(folder) => {
                let bundle = Bundle::load(folder, &options)?;
                let bytes = json::canonical(&bundle.input(as_of, &request.params))?;
                let inputs = vec![SeenInput {
                    file: None,
                    bytes: bytes.clone(),
                    conftest: None,
                }];
                (Evidence::Bundle(Box::new(bundle)), inputs, bytes)
            }
            Input::Files(files) => {
                let inputs =
                    Inputs::read(&files.paths, files.parser, &files.definitions, &|text| {
                        Ok(
                            engine::Supervisor::new(&request.worker).value(&engine::Program {
                                text: text.to_vec(),
                                limits: engine::Limits::PROGRAM,
                            })?,
                        )
                    })?;
                let names = conftest::reads_file_names(policies);
                let (seen, bytes) = if files.combined {
                    combined(&inputs, names)?
                } else {
                    every_document(&inputs, names)?
                };
                (Evidence::Inputs(inputs), seen, bytes)
            }
        };
        // What fired cannot be waived, so waivers are no part of what triggers are decided by.
        let (waivers, waiver_bytes) = match request.selection.question() {
            Question::Gate => waivers(request, policies)?,
            Question::Trigger => (Vec::new(), None),
        };
        Ok(Self {
            evidence,
            inputs,
            input_bytes,
            subject: request.subject.clone(),
            waivers,
            waiver_bytes,
        })
    }

    /// Returns the sealed evidence; none where plain files are the input.
    pub fn bundle(&self) -> Option<&Bundle> {
        match &self.evidence {
            Evidence::Bundle(bundle) => Some(bundle),
            Evidence::Inputs(_) => None,
        }
    }

    /// Returns how many evidence items there are.
    pub fn items(&self) -> usize {
        match &self.evidence {
            Evidence::Bundle(bundle) => bundle.items().len(),
            Evidence::Inputs(inputs) => inputs.files().len(),
        }
    }

    fn subject(&self) -> &[Subject] {
        match &self.evidence {
            Evidence::Bundle(bundle) => bundle.subject(),
            Evidence::Inputs(_) => &self.subject,
        }
    }

    fn manifest_bytes(&self) -> &[u8] {
        match &self.evidence {
            Evidence::Bundle(bundle) => bundle.manifest_bytes(),
            Evidence::Inputs(inputs) => inputs.manifest_bytes(),
        }
    }

    fn signature_bytes(&self) -> Option<&[u8]> {
        self.bundle().and_then(Bundle::signature_bytes)
    }

    fn raw(&self) -> Vec<Vec<u8>> {
        match &self.evidence {
            Evidence::Bundle(bundle) => {
                let items = bundle.items().iter();
                items
                    .filter_map(|item| item.bytes().map(<[u8]>::to_vec))
                    .collect()
            }
            Evidence::Inputs(inputs) => {
                let files = inputs.files().iter().map(|file| &file.bytes);
                let definitions = inputs.definitions().iter().map(|file| &file.bytes);
                files.chain(definitions).cloned().collect()
            }
        }
    }

    /// Folds the results.
    pub fn decide(
        &self,
        request: &Request<'_>,
        policies: &PolicySet,
        terms: &Terms,
        results: Vec<RuleResult>,
        as_of: Timestamp,
    ) -> Result<Decision, AssessError> {
        let subject = self.subject();
        let problems = self.bundle().into_iter().flat_map(Bundle::disagreements);
        let context = Context {
            as_of,
            subjects: subject.iter().map(|subject| subject.name.clone()).collect(),
            // One without an environment is in no environment's scope.
            environments: subject
                .iter()
                .map(|subject| subject.environment.clone().unwrap_or_default())
                .collect(),
            problems: problems.map(ToString::to_string).collect(),
            demands: terms.demands(self.bundle()),
            completeness: terms.completeness(self.bundle()),
            known_rules: policies
                .rules()
                .iter()
                .map(|rule| rule.id.clone())
                .collect::<BTreeSet<_>>(),
            fail_on_warn: request.fail_on_warn,
            question: request.selection.question(),
        };
        Ok(decision::decide(results, self.waivers.clone(), &context)?)
    }

    /// Makes the documents that the record binds.
    pub fn documents(
        &self,
        request: &Request<'_>,
        policies: &PolicySet,
        terms: &Terms,
        decision: &Decision,
        as_of: Timestamp,
    ) -> Result<Documents, AssessError> {
        let subject = Value::Array(self.subject().iter().map(subject_value).collect());
        let data = policies.data_bytes().to_vec();
        let trust = request.trust.map(TrustPolicy::document);
        let trust_bytes = match trust.transpose()?.flatten() {
            Some(document) => Some(json::canonical(&document)?),
            None => None,
        };
        let mut digests = Digests {
            bundle: Digest::of(self.manifest_bytes()),
            signature: self.signature_bytes().map(Digest::of),
            policies: policies.digest(),
            data: Digest::of(&data),
            waivers: self.waiver_bytes.as_deref().map(Digest::of),
            trust: trust_bytes.as_deref().map(Digest::of),
            contract: terms.contract_bytes().map(Digest::of),
            input: Digest::of(&self.input_bytes),
            decision: Digest::ZERO,
        };
        let files = policies.files().iter();
        let mut raw: Vec<Vec<u8>> = files.map(|file| file.text().as_bytes().to_vec()).collect();
        raw.extend(self.raw());
        let document = document::document(
            &Header {
                kind: request.selection.kind(),
                name: &request.selection.name(),
                as_of,
                fail_on_warn: request.fail_on_warn,
                subject: &subject,
                bundle: digests.bundle,
                signature: digests.signature,
                policies: digests.policies,
                data: digests.data,
                waivers: digests.waivers,
                trust: digests.trust,
                contract: digests.contract,
                input: digests.input,
                engine: engine::ENGINE,
                materials: &raw.iter().map(|bytes| Digest::of(bytes)).collect(),
            },
            decision,
        );
        let document_bytes = json::canonical(&document)?;
        digests.decision = Digest::of(&document_bytes);

        let mut blobs = vec![
            document_bytes,
            self.input_bytes.clone(),
            self.manifest_bytes().to_vec(),
            policies.manifest_bytes().to_vec(),
            data,
        ];
        blobs.extend(self.waiver_bytes.clone());
        blobs.extend(trust_bytes);
        blobs.extend(self.signature_bytes().map(<[u8]>::to_vec));
        blobs.extend(terms.contract_bytes().map(<[u8]>::to_vec));
        blobs.extend(raw);
        Ok(Documents {
            digests,
            decision: document,
            blobs,
            subjects: self.subject().iter().map(subject_text).collect(),
            descriptors: self.subject().iter().map(descriptor).collect(),
        })
    }
}

/// Returns every document as an input, and what the record binds of all of them.
fn every_document(
    files: &Inputs,
    with_names: bool,
) -> Result<(Vec<SeenInput>, Vec<u8>), AssessError> {
    let documents = files.files().iter().flat_map(|file| {
        let documents = file.documents.iter();
        documents.map(|document| (file.path.as_str(), document))
    });
    seen(documents, with_names)
}

/// Returns all documents as one input.
fn combined(files: &Inputs, with_names: bool) -> Result<(Vec<SeenInput>, Vec<u8>), AssessError> {
    let document = conftest::combined(files);
    seen([(conftest::COMBINED, &document)], with_names)
}

/// Returns each document as an input, under the name of its file, and what the record
/// binds of all of them.
fn seen<'d>(
    documents: impl IntoIterator<Item = (&'d str, &'d Value)>,
    with_names: bool,
) -> Result<(Vec<SeenInput>, Vec<u8>), AssessError> {
    let mut seen = Vec::new();
    let mut all = Vec::new();
    for (file, document) in documents {
        let conftest = with_names.then(|| conftest::file_names(file)).transpose()?;
        all.push(match &conftest {
            Some(names) => json!({"file": file, "input": document, "data": {"conftest": names}}),
            None => json!({"file": file, "input": document}),
        });
        seen.push(SeenInput {
            file: Some(file.to_owned()),
            bytes: json::canonical(document)?,
            conftest,
        });
    }
    Ok((seen, json::canonical(&all)?))
}

fn waivers(
    request: &Request<'_>,
    policies: &PolicySet,
) -> Result<(Vec<Waiver>, Option<Vec<u8>>), AssessError> {
    let (path, bytes) = match (&request.waivers, policies.waivers_file()) {
        (Some(path), _) => {
            let bytes = tree::read(path, WAIVERS_SIZE_MAX)?;
            (path.display().to_string(), bytes)
        }
        (None, Some(file)) => (file.path.display().to_string(), file.bytes.clone()),
        (None, None) => return Ok((Vec::new(), None)),
    };
    let waivers =
        waiver::parse_yaml(&bytes).map_err(|source| AssessError::Waiver { path, source })?;
    Ok((waivers, Some(bytes)))
}

fn subject_value(subject: &Subject) -> Value {
    json!({
        "name": subject.name,
        "digest": {"sha256": subject.digest.sha256},
        "environment": subject.environment,
    })
}

fn subject_text(subject: &Subject) -> String {
    let environment = subject
        .environment
        .as_ref()
        .map(|name| format!(" ({name})"))
        .unwrap_or_default();
    format!(
        "{}@sha256:{}…{environment}",
        subject.name,
        subject.digest.sha256.short()
    )
}

fn descriptor(subject: &Subject) -> ResourceDescriptor {
    ResourceDescriptor {
        name: subject.name.clone(),
        digest: BTreeMap::from([("sha256".to_owned(), subject.digest.sha256.hex())]),
    }
}

/// Everything that a record binds, ready to be written.
pub struct Documents {
    /// The decision document.
    pub decision: Value,
    /// Subjects for people.
    pub subjects: Vec<String>,
    digests: Digests,
    blobs: Vec<Vec<u8>>,
    descriptors: Vec<ResourceDescriptor>,
}

impl Documents {
    /// Returns the record, still without its place in the ledger.
    pub fn draft(
        &self,
        request: &Request<'_>,
        decision: &Decision,
        relaxations: &[Relaxation],
        as_of: Timestamp,
    ) -> Draft {
        Draft {
            subject: self.descriptors.clone(),
            kind: request.selection.kind().to_owned(),
            name: request.selection.name(),
            verdict: decision.verdict.name().to_owned(),
            counts: decision
                .counts()
                .into_iter()
                .map(|(name, count)| (name.to_owned(), count))
                .collect(),
            as_of,
            relaxations: relaxations.to_vec(),
            fail_on_warn: request.fail_on_warn,
            actor: request.actor.clone(),
            digests: self.digests.clone(),
            tool: Tool {
                name: env!("CARGO_PKG_NAME").to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                engine: engine::ENGINE.to_owned(),
            },
        }
    }

    /// Returns what is appended for `record`: its payload, and its documents as blobs.
    pub fn entry<'a>(&'a self, record: &'a Draft, recorded_at: Timestamp) -> ledger::Draft<'a> {
        let entry = ledger::Draft::new(move |position| Ok(record.payload(position, recorded_at)?));
        self.blobs
            .iter()
            .fold(entry, |entry, blob| entry.with_blob(blob.as_slice()))
    }
}
