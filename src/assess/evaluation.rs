//! Policies → rule results: selection, lint, requirements, engine.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{AssessError, Lint, Request, Selection, conftest, documents::Material};
use crate::clock::Timestamp;
use crate::decision::{Outcome, RuleRef, RuleResult, Said, TriggerRef};
use crate::engine::{
    self, requirements,
    statements::{self, Source},
    supervisor::Supervisor,
    wire,
};
use crate::json::Value;
use crate::policy::{self, Family, LintSeverity, PolicySet, Rule, Severity};
use crate::triggers::Matrix;

/// Severity of a rule that gives none, as conftest policies do not.
const UNRATED: &str = "unrated";

/// What evaluation gives.
pub struct Evaluated {
    /// One result per selected rule.
    pub results: Vec<RuleResult>,
    /// Lint findings that do not block.
    pub lint: Vec<String>,
    /// What policies printed.
    pub prints: Vec<String>,
}

/// Loads the policy set and refuses what its text already tells.
pub fn load_policies(request: &Request<'_>) -> Result<PolicySet, AssessError> {
    conftest::refuse_nested_data(request)?;
    let options = policy::LoadOptions {
        roots: request.policies.clone(),
        data: request.data.clone(),
        ..policy::LoadOptions::default()
    };
    Ok(PolicySet::load(&options)?)
}

/// Everything that lint has to say.
pub fn lint(policies: &PolicySet, worker: &Path) -> Result<Vec<Lint>, AssessError> {
    let mut findings = text_lint(policies, Notes::Shown);
    findings.extend(policy::remarks(policies).iter().map(shown));
    // What the text alone condemns may not even parse.
    if findings.iter().all(|finding| !finding.refuses) {
        let response =
            Supervisor::new(worker).evaluate(&request_for(policies, Vec::new(), Vec::new(), 0))?;
        findings.extend(tree_lint(&response));
    }
    findings.sort();
    findings.dedup();
    Ok(findings)
}

/// Returns the decision matrix, with a row for each trigger that is selected; an empty
/// one where no triggers are.
pub fn matrix(request: &Request<'_>, policies: &PolicySet) -> Result<Matrix, AssessError> {
    if request.selection != Selection::Family(Family::Trigger) {
        return Ok(Matrix::default());
    }
    let rules = policies.select_family(&Family::Trigger);
    let named = rules
        .iter()
        .map(|rule| (rule.id.as_str(), rule.matrix.as_deref()));
    Ok(Matrix::read(policies.data(), named)?)
}

/// Evaluates the selected rules over the material.
pub fn evaluate(
    request: &Request<'_>,
    policies: &PolicySet,
    material: &Material,
    as_of: Timestamp,
) -> Result<Evaluated, AssessError> {
    let mut lint = refuse(text_lint(policies, Notes::Hidden))?;
    refuse_unknown_gates(request, policies)?;
    let rules = select(&request.selection, policies)?;
    let plan = Plan::of(&rules, material);
    let response = answers(request, policies, material, &plan, as_of)?;
    lint.extend(refuse(tree_lint(&response))?);
    refuse_unread_heads(&rules, &response)?;
    let prints = response
        .results
        .iter()
        .flat_map(|result| result.prints.clone())
        .collect();
    let results = rules
        .iter()
        .map(|rule| plan.result(rule, material, &response))
        .collect();
    Ok(Evaluated {
        results,
        lint,
        prints,
    })
}

/// Asks the engine. Files of which policies may ask the name are evaluated one by one,
/// each with base data of its own.
fn answers(
    request: &Request<'_>,
    policies: &PolicySet,
    material: &Material,
    plan: &Plan,
    as_of: Timestamp,
) -> Result<wire::Response, AssessError> {
    let bytes = material.inputs.iter().map(|input| input.bytes.clone());
    let mut wired = request_for(
        policies,
        bytes.collect(),
        plan.calls.clone(),
        as_of.unix_nanoseconds(),
    );
    wired.modules.extend(plan.modules.iter().cloned());
    let supervisor = Supervisor::new(&request.worker);
    let Some(names) = file_names(material) else {
        return Ok(supervisor.evaluate(&wired)?);
    };
    let mut all = None;
    let mut answered = BTreeMap::new();
    for conftest in names {
        let is_of_file = |call: &wire::Call| {
            let input = material.inputs.get(call.input);
            input.and_then(|input| input.conftest.as_ref()) == Some(conftest)
        };
        let (places, calls): (Vec<_>, Vec<_>) = plan
            .calls
            .iter()
            .cloned()
            .enumerate()
            .filter(|(_, call)| is_of_file(call))
            .unzip();
        wired.calls = calls;
        wired.data = conftest::with_file_names(policies.data(), conftest)?;
        let mut response = supervisor.evaluate(&wired)?;
        answered.extend(places.into_iter().zip(response.results.drain(..)));
        all.get_or_insert(response);
    }
    // In the order of the calls, as if all had been asked at once.
    let mut response = all.ok_or(AssessError::NoRules {
        what: "there is no input".to_owned(),
    })?;
    response.results = answered.into_values().collect();
    Ok(response)
}

/// Returns what `data.conftest` is for each file; nothing where no policy looks.
fn file_names(material: &Material) -> Option<Vec<&Value>> {
    let mut names: Vec<_> = material
        .inputs
        .iter()
        .map(|input| input.conftest.as_ref())
        .collect::<Option<_>>()?;
    names.dedup();
    Some(names)
}

fn request_for(
    policies: &PolicySet,
    inputs: Vec<Vec<u8>>,
    calls: Vec<wire::Call>,
    as_of_ns: i64,
) -> wire::Request {
    let modules = policies.modules().map(|file| wire::Module {
        path: file.shown.clone(),
        source: file.text().to_owned(),
    });
    wire::Request {
        modules: modules.collect(),
        data: policies.data_bytes().to_vec(),
        inputs,
        as_of_ns,
        calls,
        lint: true,
        testing: None,
        limits: engine::Limits::DEFAULT,
    }
}

/// Whether findings that the data acknowledges are told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Notes {
    Shown,
    Hidden,
}

fn text_lint(policies: &PolicySet, notes: Notes) -> Vec<Lint> {
    policy::lint(policies)
        .iter()
        .filter(|finding| notes == Notes::Shown || finding.severity != LintSeverity::Note)
        .map(shown)
        .collect()
}

fn shown(finding: &policy::LintFinding) -> Lint {
    Lint {
        text: finding.to_string(),
        refuses: finding.severity == LintSeverity::Error,
    }
}

fn tree_lint(response: &wire::Response) -> Vec<Lint> {
    let findings = response.findings.iter();
    findings
        .map(|finding| Lint {
            text: finding.to_string(),
            refuses: finding.level == wire::Level::Refuse,
        })
        .collect()
}

/// Returns what does not refuse; one that does refuses all, with all of them named.
fn refuse(findings: Vec<Lint>) -> Result<Vec<String>, AssessError> {
    let (errors, warnings): (Vec<_>, Vec<_>) =
        findings.into_iter().partition(|finding| finding.refuses);
    let texts = |findings: Vec<Lint>| findings.into_iter().map(|finding| finding.text).collect();
    if errors.is_empty() {
        Ok(texts(warnings))
    } else {
        Err(AssessError::Lint(texts(errors)))
    }
}

/// Returns the rules that are selected: at least one.
pub fn select<'p>(
    selection: &Selection,
    policies: &'p PolicySet,
) -> Result<Vec<&'p Rule>, AssessError> {
    let rules = match selection {
        Selection::Gate(name) => policies.select_gate(name),
        Selection::Family(family) => policies.select_family(family),
        Selection::Phase(phase) => {
            let below = format!("readiness.{phase}.");
            let rules = policies.select_family(&Family::Readiness);
            rules
                .into_iter()
                .filter(|rule| rule.package.starts_with(&below))
                .collect()
        }
        Selection::Namespaces(patterns) => namespaces(patterns, policies)?,
        Selection::All => policies.select_namespace::<&str>(&[]),
    };
    if rules.is_empty() {
        let what = match selection {
            Selection::Gate(name) => {
                let known: BTreeSet<_> = policies.gates().into_iter().collect();
                format!("gate `{name}` has none{}", known_list("gates", &known))
            }
            Selection::Family(family) => format!("the policy set has no {family}"),
            Selection::Phase(phase) => {
                let rules = policies.select_family(&Family::Readiness);
                let phases: BTreeSet<_> = rules
                    .iter()
                    .filter_map(|rule| rule.package.split('.').nth(1))
                    .collect();
                format!("`{phase}` has none{}", known_list("phases", &phases))
            }
            Selection::Namespaces(patterns) => no_namespace(&patterns.join("`, `"), policies),
            Selection::All => "the policy set has none".to_owned(),
        };
        return Err(AssessError::NoRules { what });
    }
    let is_stray = |rule: &&&Rule| {
        rule.family == Family::Trigger && *selection != Selection::Family(Family::Trigger)
    };
    match rules.iter().find(is_stray) {
        None => Ok(rules),
        Some(stray) => Err(AssessError::TriggerInGate {
            package: stray.package.clone(),
        }),
    }
}

/// Returns the rules of the packages that match. A pattern that matches nothing is an
/// error, whatever the others match: it is misspelt.
fn namespaces<'p>(
    patterns: &[String],
    policies: &'p PolicySet,
) -> Result<Vec<&'p Rule>, AssessError> {
    let theirs: Vec<_> = patterns.iter().map(|p| conftest::pattern(p)).collect();
    for (pattern, given) in theirs.iter().zip(patterns) {
        if policies.select_namespace(&[pattern]).is_empty() {
            return Err(AssessError::NoRules {
                what: no_namespace(given, policies),
            });
        }
    }
    Ok(policies.select_namespace(&theirs))
}

fn no_namespace(given: &str, policies: &PolicySet) -> String {
    let known: BTreeSet<_> = policies
        .select_namespace::<&str>(&[])
        .into_iter()
        .map(|rule| rule.package.as_str())
        .collect();
    format!(
        "namespace `{given}` has none{}",
        known_list("packages", &known)
    )
}

/// A section for a gate that does not exist is a misspelt one: its settings, such as the
/// evidence folder, would not be in force.
fn refuse_unknown_gates(request: &Request<'_>, policies: &PolicySet) -> Result<(), AssessError> {
    let known: BTreeSet<_> = policies.gates().into_iter().collect();
    let unknown = request
        .configured_gates
        .iter()
        .find(|gate| !known.contains(gate.as_str()));
    match unknown {
        None => Ok(()),
        Some(gate) => Err(AssessError::NoRules {
            what: format!(
                "the settings have a section for gate `{gate}`, which has none{}",
                known_list("gates", &known)
            ),
        }),
    }
}

fn known_list(what: &str, known: &BTreeSet<&str>) -> String {
    if known.is_empty() {
        String::new()
    } else {
        let names: Vec<_> = known.iter().take(10).copied().collect();
        format!("; {what} with rules: {}", names.join(", "))
    }
}

/// INVARIANT: our reading of a rule's heads and the engine's are the same. Where they
/// differ, a head would go unevaluated, which is a silent pass.
fn refuse_unread_heads(rules: &[&Rule], response: &wire::Response) -> Result<(), AssessError> {
    let unread: Vec<_> = response
        .heads
        .iter()
        .filter(|head| head.form == wire::Form::Set)
        .filter(|head| {
            rules.iter().any(|rule| {
                rule.package == head.package
                    && rule.family.head_kind(&head.name).is_some()
                    && !rule.heads.iter().any(|known| known.name == head.name)
            })
        })
        .map(|head| {
            format!(
                "{}:{}: head `{}` was not read by the loader",
                head.path, head.line, head.name
            )
        })
        .collect();
    if unread.is_empty() {
        Ok(())
    } else {
        Err(AssessError::Lint(unread))
    }
}

/// Which calls to make, and which of them belong to which rule.
struct Plan {
    calls: Vec<wire::Call>,
    /// Whose each call is.
    owners: Vec<Owner>,
    /// Modules that take arrays apart.
    modules: Vec<wire::Module>,
    /// Rules that are not evaluated, with the reasons.
    unmet: Vec<(String, Vec<String>)>,
}

/// Whose a call is.
struct Owner {
    rule: String,
    input: usize,
    /// It takes the arrays of the call before it apart.
    gathers: bool,
}

impl Plan {
    fn of(rules: &[&Rule], material: &Material) -> Self {
        let mut plan = Self {
            calls: Vec::new(),
            owners: Vec::new(),
            modules: Vec::new(),
            unmet: Vec::new(),
        };
        for (index, rule) in rules.iter().enumerate() {
            let reasons = requirements::unmet(&rule.requires, material.bundle());
            if !reasons.is_empty() {
                plan.unmet.push((rule.id.clone(), reasons));
                continue;
            }
            let values = conftest::value_heads(rule);
            if !values.is_empty() {
                plan.modules.push(conftest::module(index, rule, &values));
            }
            for input in 0..material.inputs.len() {
                plan.call(rule, input, None, evaluated_heads(rule));
                if !values.is_empty() {
                    let package = conftest::package(index);
                    plan.call(rule, input, Some(package), values.clone());
                }
            }
        }
        plan
    }

    fn call(&mut self, rule: &Rule, input: usize, gathers: Option<String>, heads: Vec<String>) {
        self.owners.push(Owner {
            rule: rule.id.clone(),
            input,
            gathers: gathers.is_some(),
        });
        self.calls.push(wire::Call {
            id: rule.id.clone(),
            input,
            package: gathers.unwrap_or_else(|| rule.package.clone()),
            heads,
        });
    }

    fn result(&self, rule: &Rule, material: &Material, response: &wire::Response) -> RuleResult {
        let outcome = match self.unmet.iter().find(|(id, _)| *id == rule.id) {
            Some((_, reasons)) => Outcome::Unmet(reasons.clone()),
            None => self.outcome(rule, material, response),
        };
        RuleResult {
            evidence: requirements::seen(&rule.requires, material.bundle()),
            outcome,
            rule: RuleRef {
                id: rule.id.clone(),
                package: rule.package.clone(),
                title: rule.title.clone().unwrap_or_else(|| rule.package.clone()),
                severity: rule.severity.map_or(UNRATED, Severity::name).to_owned(),
                controls: rule.controls.clone(),
                remediation: rule.remediation.clone(),
                effective_on: rule.effective_on,
                trigger: (rule.family == Family::Trigger).then(|| TriggerRef {
                    condition: rule.condition.clone(),
                    class: rule.class.clone(),
                    matrix: rule.matrix.clone(),
                }),
                path: rule.path.clone(),
                line: rule.line as u64,
            },
        }
    }

    fn outcome(&self, rule: &Rule, material: &Material, response: &wire::Response) -> Outcome {
        let named: Vec<_> = rule.requires.iter().map(|r| r.evidence.clone()).collect();
        let mut all = Said::default();
        let mut answered = false;
        let values = conftest::value_heads(rule);
        let owned = self.owners.iter().zip(&response.results);
        let next = owned.clone().skip(1).map(Some).chain([None]);
        for ((owner, result), next) in owned.zip(next) {
            if owner.rule != rule.id || owner.gathers {
                continue;
            }
            answered = true;
            let gathered = next.filter(|(next, _)| next.gathers).map(|(_, r)| r);
            let result = conftest::settled(result, gathered, &values);
            let file = material.inputs.get(owner.input);
            let source = match file.and_then(|input| input.file.as_deref()) {
                Some(file) => Source::File(file),
                None => Source::Items(&named),
            };
            match statements::outcome(&result, source) {
                Outcome::Evaluated(said) => {
                    all.statements.extend(said.statements);
                    all.readings.extend(said.readings);
                }
                // Which of several files it was.
                Outcome::Failed(message) => {
                    return Outcome::Failed(match source {
                        Source::File(file) => format!("over `{file}`: {message}"),
                        Source::Items(_) => message,
                    });
                }
                unmet @ Outcome::Unmet(_) => return unmet,
            }
        }
        // A rule without an answer must not look like one that said nothing.
        if answered {
            Outcome::Evaluated(all)
        } else {
            Outcome::Failed("was not evaluated".into())
        }
    }
}

fn evaluated_heads(rule: &Rule) -> Vec<String> {
    rule.heads.iter().map(|head| head.name.clone()).collect()
}
