use super::*;
use crate::waiver::Scope;
use proptest::prelude::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn context() -> Context {
    Context {
        as_of: at("2026-11-23T13:00:00Z"),
        subjects: BTreeSet::from(["registry".to_owned()]),
        environments: BTreeSet::from(["production".to_owned()]),
        problems: Vec::new(),
        demands: Vec::new(),
        completeness: Completeness::default(),
        known_rules: BTreeSet::from(["a".to_owned(), "b".to_owned()]),
        fail_on_warn: false,
        question: Question::Gate,
    }
}

fn said(meaning: Meaning, term: Option<&str>) -> Statement {
    Statement {
        head: "head".into(),
        meaning,
        msg: "says so".into(),
        term: term.map(str::to_owned),
        severity: None,
        evidence: Vec::new(),
        details: None,
        excepted_by: None,
    }
}

fn result(id: &str, statements: Vec<Statement>) -> RuleResult {
    RuleResult {
        rule: RuleRef {
            id: id.into(),
            package: format!("gates.deploy.{id}"),
            title: id.into(),
            severity: "high".into(),
            controls: Vec::new(),
            remediation: None,
            effective_on: None,
            trigger: None,
            path: format!("gates/deploy/{id}.rego"),
            line: 1,
        },
        evidence: Vec::new(),
        outcome: Outcome::Evaluated(Said {
            statements,
            readings: Vec::new(),
        }),
    }
}

fn waiver(id: &str, rule: &str, term: Option<&str>) -> Waiver {
    Waiver {
        id: id.into(),
        rule: rule.into(),
        term: term.map(str::to_owned),
        scope: Scope::default(),
        reason: "known".into(),
        requested_by: "ada".into(),
        approved_by: "grace".into(),
        approved_at: at("2026-11-01"),
        expires_at: at("2026-12-01"),
    }
}

fn verdict_of(results: Vec<RuleResult>, waivers: Vec<Waiver>) -> Verdict {
    decide(results, waivers, &context()).unwrap().verdict
}

#[test]
fn nothing_evaluated_is_an_error() {
    assert_eq!(
        decide(vec![], vec![], &context()),
        Err(DecisionError::NoRules)
    );
}

#[test]
fn two_results_for_one_rule_are_an_error() {
    let twice = vec![result("a", vec![]), result("a", vec![])];
    assert!(matches!(
        decide(twice, vec![], &context()),
        Err(DecisionError::Duplicate { .. })
    ));
}

#[test]
fn a_rule_the_engine_failed_on_leaves_no_verdict() {
    let mut failed = result("b", vec![]);
    failed.outcome = Outcome::Failed("division by zero".into());
    let error = decide(
        vec![result("a", vec![said(Meaning::Blocks, None)]), failed],
        vec![],
        &context(),
    );
    assert_eq!(
        error.unwrap_err().to_string(),
        "1 rule failed to evaluate: `b`: division by zero"
    );
}

#[test]
fn the_worst_wins() {
    use Meaning::{Blocks, CannotTell, DoesNotApply, Warns};
    let one = |meanings: &[Meaning]| {
        let statements = meanings.iter().map(|m| said(*m, None)).collect();
        verdict_of(vec![result("a", statements), result("b", vec![])], vec![])
    };
    assert_eq!(one(&[]), Verdict::Allow);
    assert_eq!(one(&[Warns]), Verdict::Allow);
    assert_eq!(one(&[DoesNotApply]), Verdict::Allow);
    assert_eq!(one(&[CannotTell]), Verdict::Inconclusive);
    assert_eq!(one(&[CannotTell, Blocks, Warns]), Verdict::Deny);
    assert_eq!(one(&[DoesNotApply, Blocks]), Verdict::Deny);
}

#[test]
fn rules_that_all_do_not_apply_allow_nothing() {
    let results = vec![
        result("a", vec![said(Meaning::DoesNotApply, None)]),
        result("b", vec![said(Meaning::DoesNotApply, None)]),
    ];
    assert_eq!(verdict_of(results, vec![]), Verdict::Inconclusive);
}

#[test]
fn unmet_requirements_are_inconclusive_even_under_a_waiver() {
    let mut unmet = result("a", vec![]);
    unmet.outcome = Outcome::Unmet(vec!["`slo` is missing".into()]);
    let decision = decide(vec![unmet], vec![waiver("W", "a", None)], &context()).unwrap();
    assert_eq!(decision.verdict, Verdict::Inconclusive);
    assert_eq!(decision.waivers[0].state, WaiverState::Unused);
}

#[test]
fn a_problem_with_the_evidence_forbids_allow_but_not_deny() {
    let mut context = context();
    context.problems = vec!["`x.json` is not in the manifest".into()];
    let pass = decide(vec![result("a", vec![])], vec![], &context).unwrap();
    assert_eq!(pass.verdict, Verdict::Inconclusive);
    let fail = decide(
        vec![result("a", vec![said(Meaning::Blocks, None)])],
        vec![],
        &context,
    );
    assert_eq!(fail.unwrap().verdict, Verdict::Deny);
}

#[test]
fn a_waiver_covers_its_term_and_no_other() {
    let statements = vec![
        said(Meaning::Blocks, Some("CVE-1")),
        said(Meaning::Blocks, Some("CVE-2")),
    ];
    let decision = decide(
        vec![result("a", statements.clone())],
        vec![waiver("W", "a", Some("CVE-1"))],
        &context(),
    )
    .unwrap();
    assert_eq!(decision.verdict, Verdict::Deny);
    let states: Vec<_> = decision.rules[0].findings.iter().map(|f| f.state).collect();
    assert_eq!(states, [State::Waived, State::Fail]);

    let both = decide(
        vec![result("a", statements)],
        vec![waiver("W", "a", None)],
        &context(),
    );
    let both = both.unwrap();
    assert_eq!(
        (both.verdict, both.rules[0].state),
        (Verdict::Allow, State::Waived)
    );
    assert_eq!(both.rules[0].findings[0].waiver.as_deref(), Some("W"));
}

#[test]
fn a_waiver_out_of_force_or_scope_covers_nothing_and_is_reported() {
    let mut expired = waiver("W1", "a", None);
    expired.expires_at = at("2026-11-23T13:00:00Z");
    let mut early = waiver("W2", "a", None);
    early.approved_at = at("2026-11-23T13:00:01Z");
    let mut elsewhere = waiver("W3", "a", None);
    elsewhere.scope.environment = Some("staging".into());
    let mut other = waiver("W4", "a", None);
    other.scope.subject = Some("ledger".into());
    let unknown = waiver("W5", "typo", None);
    let decision = decide(
        vec![result("a", vec![said(Meaning::Blocks, None)])],
        vec![unknown, other, elsewhere, early, expired],
        &context(),
    )
    .unwrap();
    assert_eq!(decision.verdict, Verdict::Deny);
    let states: Vec<_> = decision.waivers.iter().map(|w| w.state.name()).collect();
    assert_eq!(
        states,
        ["expired", "not-yet", "unused", "unused", "unknown-rule"]
    );
    assert!(decision.has_warnings());
}

#[test]
fn a_waiver_for_one_subject_does_not_cover_what_is_about_two() {
    let mut scoped = waiver("W1", "a", None);
    scoped.scope.subject = Some("registry".into());
    let mut here = waiver("W2", "a", None);
    here.scope.environment = Some("production".into());
    for waiver in [scoped, here] {
        let verdict = |context: &Context| {
            let results = vec![result("a", vec![said(Meaning::Blocks, None)])];
            decide(results, vec![waiver.clone()], context)
                .unwrap()
                .verdict
        };
        let mut subjects = context();
        subjects.subjects = ["registry".into()].into();
        subjects.environments = ["production".into()].into();
        assert_eq!(verdict(&subjects), Verdict::Allow);
        subjects.subjects.insert("billing".into());
        subjects.environments.insert("staging".into());
        assert_eq!(verdict(&subjects), Verdict::Deny);
        assert_eq!(
            verdict(&Context {
                subjects: BTreeSet::new(),
                environments: BTreeSet::new(),
                ..context()
            }),
            Verdict::Deny
        );
    }
}

#[test]
fn before_its_date_a_failure_is_shown_and_does_not_block() {
    let mut ahead = result("a", vec![said(Meaning::Blocks, None)]);
    ahead.rule.effective_on = Some(at("2026-11-23T13:00:01Z"));
    let decision = decide(vec![ahead.clone()], vec![], &context()).unwrap();
    assert_eq!(decision.verdict, Verdict::Allow);
    assert_eq!(decision.rules[0].state, State::NotEffective);
    ahead.rule.effective_on = Some(at("2026-11-23T13:00:00Z"));
    assert_eq!(verdict_of(vec![ahead], vec![]), Verdict::Deny);
}

#[test]
fn fail_on_warn_denies_warnings_and_idle_waivers() {
    let mut strict = context();
    strict.fail_on_warn = true;
    let verdict = |results, waivers| decide(results, waivers, &strict).unwrap().verdict;
    assert_eq!(verdict(vec![result("a", vec![])], vec![]), Verdict::Allow);
    assert_eq!(
        verdict(vec![result("a", vec![said(Meaning::Warns, None)])], vec![]),
        Verdict::Deny
    );
    assert_eq!(
        verdict(vec![result("a", vec![])], vec![waiver("W", "a", None)]),
        Verdict::Deny
    );
}

fn any_results() -> impl Strategy<Value = Vec<RuleResult>> {
    let meaning = prop_oneof![
        Just(Meaning::Blocks),
        Just(Meaning::Warns),
        Just(Meaning::CannotTell),
        Just(Meaning::DoesNotApply),
    ];
    let statement = (meaning, prop::option::of("[xy]"))
        .prop_map(|(meaning, term)| said(meaning, term.as_deref()));
    prop::collection::btree_map("[a-e]", prop::collection::vec(statement, 0..4), 1..5)
        .prop_map(|rules| rules.into_iter().map(|(id, s)| result(&id, s)).collect())
}

fn any_waivers() -> impl Strategy<Value = Vec<Waiver>> {
    prop::collection::btree_map("W[1-9]", ("[a-e]", prop::option::of("[xy]")), 0..4).prop_map(
        |all| {
            all.iter()
                .map(|(id, (rule, term))| waiver(id, rule, term.as_deref()))
                .collect()
        },
    )
}

proptest! {
    #[test]
    fn order_changes_nothing(mut results in any_results(), mut waivers in any_waivers()) {
        let first = decide(results.clone(), waivers.clone(), &context()).unwrap();
        results.reverse();
        waivers.reverse();
        for result in &mut results {
            if let Outcome::Evaluated(Said { statements, .. }) = &mut result.outcome {
                statements.reverse();
            }
        }
        prop_assert_eq!(decide(results, waivers, &context()).unwrap(), first);
    }

    #[test]
    fn another_blocking_statement_never_helps(results in any_results(), waivers in any_waivers()) {
        let before = decide(results.clone(), waivers.clone(), &context()).unwrap();
        let mut worse = results;
        if let Some(Outcome::Evaluated(Said { statements, .. })) = worse.first_mut().map(|r| &mut r.outcome) {
            statements.push(said(Meaning::Blocks, Some("z")));
        }
        let after = decide(worse, waivers, &context()).unwrap();
        prop_assert!(after.rules[0].state >= before.rules[0].state);
    }

    #[test]
    fn a_waiver_never_makes_a_rule_pass(results in any_results(), waivers in any_waivers()) {
        let without = decide(results.clone(), vec![], &context()).unwrap();
        let with = decide(results, waivers, &context()).unwrap();
        for (a, b) in without.rules.iter().zip(&with.rules) {
            prop_assert_eq!(a.state == State::Pass, b.state == State::Pass);
        }
    }
}

fn reading(id: &str, verdict: Truth) -> Reading {
    Reading {
        term: None,
        id: id.into(),
        msg: "4.9 points, limit 5".into(),
        verdict,
        used: true,
        evidence: Vec::new(),
        details: "{}".into(),
    }
}

fn triggered(results: Vec<RuleResult>, waivers: Vec<Waiver>) -> Decision {
    let context = Context {
        question: Question::Trigger,
        ..context()
    };
    decide(results, waivers, &context).unwrap()
}

#[test]
fn a_trigger_is_fired_or_inconclusive_or_clear() {
    use Meaning::{CannotTell, DoesNotApply, Fires};
    let one = |meanings: &[Meaning]| {
        let statements = meanings.iter().map(|m| said(*m, None)).collect();
        let decision = triggered(vec![result("a", statements)], vec![]);
        (decision.verdict, decision.rules[0].state)
    };
    assert_eq!(one(&[]), (Verdict::Clear, State::Pass));
    assert_eq!(one(&[Fires]), (Verdict::Fired, State::Fired));
    assert_eq!(
        one(&[CannotTell]),
        (Verdict::Inconclusive, State::Inconclusive)
    );
    assert_eq!(
        one(&[CannotTell, Fires, DoesNotApply]),
        (Verdict::Fired, State::Fired)
    );
    assert_eq!(
        one(&[DoesNotApply]),
        (Verdict::Inconclusive, State::NotApplicable)
    );
    let mixed = triggered(
        vec![
            result("a", vec![said(Fires, None)]),
            result("b", vec![said(CannotTell, None)]),
        ],
        vec![],
    );
    assert_eq!(mixed.verdict, Verdict::Fired);
}

#[test]
fn neither_waivers_nor_dates_touch_what_fired() {
    let mut fired = result("a", vec![said(Meaning::Fires, Some("t"))]);
    fired.rule.effective_on = Some(at("2027-01-01"));
    for term in [None, Some("t")] {
        let decision = triggered(vec![fired.clone()], vec![waiver("W-1", "a", term)]);
        assert_eq!(decision.verdict, Verdict::Fired);
        assert_eq!(decision.rules[0].findings[0].waiver, None);
        assert_eq!(decision.waivers[0].state, WaiverState::Unused);
    }
    // Where a gate meets one all the same, it does not pass.
    assert_eq!(verdict_of(vec![fired], vec![]), Verdict::Deny);
}

#[test]
fn readings_are_kept_and_change_nothing() {
    for verdict in [Truth::True, Truth::False, Truth::Unknown] {
        for (question, well) in [
            (Question::Gate, Verdict::Allow),
            (Question::Trigger, Verdict::Clear),
        ] {
            let mut result = result("a", vec![]);
            result.outcome = Outcome::Evaluated(Said {
                statements: Vec::new(),
                readings: vec![reading("relative", verdict), reading("points", verdict)],
            });
            let context = Context {
                question,
                ..context()
            };
            let decision = decide(vec![result], vec![], &context).unwrap();
            assert_eq!(
                (decision.verdict, decision.rules[0].state),
                (well, State::Pass)
            );
            let ids: Vec<_> = decision.rules[0].readings.iter().map(|r| &r.id).collect();
            assert_eq!(ids, ["points", "relative"]);
        }
    }
}

fn demand(id: &str, unmet: &[&str]) -> Demand {
    Demand {
        evidence: Seen {
            id: id.into(),
            kind: None,
            status: "missing".into(),
            reason: None,
            age_s: None,
            sha256: None,
            redactions: Redactions::default(),
        },
        unmet: unmet.iter().map(|reason| (*reason).to_owned()).collect(),
    }
}

#[test]
fn an_unmet_demand_allows_and_clears_nothing() {
    use Meaning::{Blocks, Fires};
    for (question, meaning, well, ill) in [
        (Question::Gate, Blocks, Verdict::Allow, Verdict::Deny),
        (Question::Trigger, Fires, Verdict::Clear, Verdict::Fired),
    ] {
        let verdict = |demands: &[Demand], statements: &[Meaning]| {
            let context = Context {
                question,
                demands: demands.to_vec(),
                ..context()
            };
            let statements = statements.iter().map(|m| said(*m, None)).collect();
            // Waivers excuse failures of rules, not what was not seen.
            let waivers = vec![waiver("W-1", "b", None)];
            let decision = decide(vec![result("a", statements)], waivers, &context).unwrap();
            (decision.verdict, decision.unmet_demands().count())
        };
        let unmet = demand("x", &["evidence `x` is missing"]);
        assert_eq!(verdict(&[demand("x", &[])], &[]), (well, 0));
        assert_eq!(
            verdict(std::slice::from_ref(&unmet), &[]),
            (Verdict::Inconclusive, 1)
        );
        assert_eq!(
            verdict(&[demand("w", &[]), unmet.clone()], &[]),
            (Verdict::Inconclusive, 1)
        );
        // What stands against it stands all the same.
        assert_eq!(verdict(&[unmet], &[meaning]), (ill, 1));
    }
}
