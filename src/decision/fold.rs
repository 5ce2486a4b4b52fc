//! The fold itself.

use std::collections::BTreeSet;

use super::{
    Context, Decision, DecisionError, Finding, Meaning, Outcome, Question, RuleDecision,
    RuleResult, Said, State, Statement, Verdict, WaiverDecision, WaiverState,
};
use crate::waiver::Waiver;

pub(super) fn decide(
    mut results: Vec<RuleResult>,
    mut waivers: Vec<Waiver>,
    context: &Context,
) -> Result<Decision, DecisionError> {
    results.sort_by(|a, b| a.rule.id.cmp(&b.rule.id));
    waivers.sort_by(|a, b| a.id.cmp(&b.id));
    refuse_unsound(&results)?;

    let mut used = BTreeSet::new();
    let rules: Vec<_> = results
        .into_iter()
        .map(|result| judge(result, &waivers, context, &mut used))
        .collect();
    let waivers: Vec<_> = waivers
        .into_iter()
        .map(|waiver| WaiverDecision {
            state: waiver_state(&waiver, &used, context),
            waiver,
        })
        .collect();
    let mut problems = context.problems.clone();
    problems.sort();
    problems.dedup();
    let mut demands = context.demands.clone();
    demands.sort();
    demands.dedup();
    Ok(Decision {
        verdict: verdict(&rules, &waivers, &problems, context),
        rules,
        waivers,
        problems,
        demands,
        completeness: context.completeness,
    })
}

fn refuse_unsound(results: &[RuleResult]) -> Result<(), DecisionError> {
    if results.is_empty() {
        return Err(DecisionError::NoRules);
    }
    let twice = results
        .iter()
        .zip(results.iter().skip(1))
        .find(|(a, b)| a.rule.id == b.rule.id);
    if let Some((rule, _)) = twice {
        return Err(DecisionError::Duplicate {
            id: rule.rule.id.clone(),
        });
    }
    let failures: Vec<_> = results
        .iter()
        .filter_map(|result| match &result.outcome {
            Outcome::Failed(message) => Some((result.rule.id.clone(), message.clone())),
            Outcome::Evaluated(_) | Outcome::Unmet(_) => None,
        })
        .collect();
    if failures.is_empty() {
        Ok(())
    } else {
        Err(DecisionError::RuleErrors { failures })
    }
}

fn judge(
    result: RuleResult,
    waivers: &[Waiver],
    context: &Context,
    used: &mut BTreeSet<String>,
) -> RuleDecision {
    let said = match result.outcome {
        Outcome::Evaluated(said) => said,
        Outcome::Unmet(reasons) => cannot_tell(reasons),
        // INVARIANT: `refuse_unsound` ran first; kept as what cannot be decided.
        Outcome::Failed(message) => cannot_tell(vec![message]),
    };
    let mut readings = said.readings;
    readings.sort();
    readings.dedup();
    let rule = result.rule;
    let ahead = rule.effective_on.is_some_and(|on| context.as_of < on);
    let mut findings: Vec<_> = said
        .statements
        .into_iter()
        .map(|statement| {
            let covering = waivers
                .iter()
                .find(|waiver| covers(waiver, &rule.id, &statement, context));
            let state = match statement.meaning {
                Meaning::Blocks if ahead => State::NotEffective,
                Meaning::Blocks if covering.is_some() || statement.excepted_by.is_some() => {
                    State::Waived
                }
                Meaning::Blocks => State::Fail,
                Meaning::Warns => State::Warn,
                Meaning::CannotTell => State::Inconclusive,
                Meaning::DoesNotApply => State::NotApplicable,
                Meaning::Fires => State::Fired,
            };
            let waiver = covering
                .filter(|_| state == State::Waived)
                .map(|waiver| waiver.id.clone());
            used.extend(waiver.clone());
            Finding {
                state,
                statement,
                waiver,
            }
        })
        .collect();
    findings.sort();
    findings.dedup();
    let state = findings.iter().map(|finding| finding.state).max();
    let mut evidence = result.evidence;
    evidence.sort();
    RuleDecision {
        rule,
        state: state.unwrap_or(State::Pass),
        evidence,
        findings,
        readings,
    }
}

fn cannot_tell(reasons: Vec<String>) -> Said {
    Said {
        statements: reasons.into_iter().map(unmet).collect(),
        readings: Vec::new(),
    }
}

fn unmet(reason: String) -> Statement {
    Statement {
        head: "requires".to_owned(),
        meaning: Meaning::CannotTell,
        msg: reason,
        term: None,
        severity: None,
        evidence: Vec::new(),
        details: None,
        excepted_by: None,
    }
}

/// The first covering waiver by id is taken, so that the order of the file is nothing.
fn covers(waiver: &Waiver, rule: &str, statement: &Statement, context: &Context) -> bool {
    // A finding does not say which subject it is about, so all must be in scope.
    let in_scope = |wanted: &Option<String>, present: &BTreeSet<String>| {
        wanted
            .as_ref()
            .is_none_or(|name| !present.is_empty() && present.iter().all(|other| other == name))
    };
    waiver.rule == rule
        && waiver
            .term
            .as_ref()
            .is_none_or(|term| statement.term.as_ref() == Some(term))
        && waiver.approved_at <= context.as_of
        && context.as_of < waiver.expires_at
        && in_scope(&waiver.scope.environment, &context.environments)
        && in_scope(&waiver.scope.subject, &context.subjects)
}

fn waiver_state(waiver: &Waiver, used: &BTreeSet<String>, context: &Context) -> WaiverState {
    if used.contains(&waiver.id) {
        WaiverState::Used
    } else if !context.known_rules.contains(&waiver.rule) {
        WaiverState::UnknownRule
    } else if waiver.expires_at <= context.as_of {
        WaiverState::Expired
    } else if context.as_of < waiver.approved_at {
        WaiverState::NotYet
    } else {
        WaiverState::Unused
    }
}

pub(super) fn warns(rules: &[RuleDecision], waivers: &[WaiverDecision]) -> bool {
    let findings = rules.iter().flat_map(|rule| &rule.findings);
    findings
        .into_iter()
        .any(|finding| matches!(finding.state, State::Warn | State::NotEffective))
        || waivers
            .iter()
            .any(|waiver| waiver.state != WaiverState::Used)
}

fn verdict(
    rules: &[RuleDecision],
    waivers: &[WaiverDecision],
    problems: &[String],
    context: &Context,
) -> Verdict {
    let worst = rules.iter().map(|rule| rule.state).max();
    let is_unmet = context
        .demands
        .iter()
        .any(|demand| !demand.unmet.is_empty());
    let none_applied = rules.iter().all(|rule| rule.state == State::NotApplicable);
    let (well, ill) = match context.question {
        Question::Gate => (Verdict::Allow, Verdict::Deny),
        Question::Trigger => (Verdict::Clear, Verdict::Fired),
    };
    if worst >= Some(State::Fail) || context.fail_on_warn && warns(rules, waivers) {
        ill
    } else if worst == Some(State::Inconclusive) || none_applied || is_unmet || !problems.is_empty()
    {
        Verdict::Inconclusive
    } else {
        well
    }
}
