//! `assize triggers` and `assize triggers explain` over small policies of their own.

use std::fs;

use assize::json::{self, Limits, Value, json};

use crate::gate::shape;
use crate::repo::{Ran, Repo};

/// The decision matrix.
const MATRIX: &str = "matrix:
  sla: {urgency: immediate, due_min_days: 14, due_max_days: 28}
  business: {urgency: low, due: next-quarter}
";

/// METADATA of a trigger, with its package.
fn header(group: &str, name: &str, matrix: &str, requires: &str) -> String {
    format!(
        "# METADATA\n# scope: package\n# title: Title of {name}\n# custom:\n\
         #   id: {group}.{name}\n#   condition: {name} is above its limit\n#   class: measured\n\
         #   matrix: {matrix}\n#   severity: high\n#   controls: [\"SOC2:CC7.2\"]\n\
         #   remediation: Look into it.\n#   requires: [{requires}]\n\
         package triggers.{group}.{name}\n\n"
    )
}

/// A trigger that fires above a limit, with a second reading by half the limit.
const LATENCY: &str = r#"
facts := input.evidence.latency.facts

limits := data.triggers.sla.thresholds.latency

above(limit) := "true" if facts.value > limit

above(limit) := "false" if facts.value <= limit

trigger contains {"msg": sprintf("%v ms, limit %v ms", [facts.value, limits.limit]), "evidence": ["latency"], "details": {"value": facts.value}} if {
	above(limits.limit) == "true"
}

reading contains {
	"id": "whole",
	"msg": sprintf("%v ms against %v ms", [facts.value, limits.limit]),
	"evidence": ["latency"],
	"details": {"verdict": above(limits.limit), "used": true, "value": facts.value},
}

reading contains {
	"id": "half",
	"msg": sprintf("%v ms against half of %v ms", [facts.value, limits.limit]),
	"evidence": ["latency"],
	"details": {"verdict": above(limits.limit / 2), "used": false},
}
"#;

/// A trigger that only a person can tell.
const DECLARED: &str = r#"
default plan := null

plan := input.evidence.plan

inconclusive contains {"id": "unmeasured", "msg": "nobody has declared `plan`"} if plan == null

trigger contains "declared" if plan.kind == "declaration"
"#;

/// A repository with two triggers and no evidence.
pub fn repo() -> Repo {
    let repo = Repo::empty();
    repo.write("policies/governance/data.yaml", MATRIX);
    repo.write(
        "policies/triggers/sla/data.yaml",
        "thresholds:\n  latency: {limit: 120}\n",
    );
    let latency = header("sla", "latency", "sla", "{evidence: latency, kind: json}");
    repo.write("policies/triggers/sla/latency.rego", &(latency + LATENCY));
    let plan = header(
        "business",
        "plan",
        "business",
        "{evidence: plan, kind: declaration, optional: true}",
    );
    repo.write("policies/triggers/business/plan.rego", &(plan + DECLARED));
    fs::create_dir(repo.path("evidence")).unwrap();
    repo
}

/// Evaluates at `as_of`, with `latency` as evidence; without where it is none.
pub fn at(repo: &Repo, as_of: &str, latency: Option<u32>, flags: &[&str]) -> Ran {
    match latency {
        Some(value) => repo.write("evidence/latency.json", &format!("{{\"value\": {value}}}")),
        None => {
            let _ = fs::remove_file(repo.path("evidence/latency.json"));
        }
    }
    let args = ["triggers", "--as-of", as_of];
    repo.run(&[&args[..], flags].concat())
}

/// The lines of the table from the one that begins with `id` on, up to the next trigger.
fn of(ran: &Ran, id: &str) -> String {
    let mut lines = ran.stdout.lines();
    let first = lines
        .find(|line| line.trim_start().starts_with(id))
        .unwrap_or_else(|| panic!("no `{id}` in:\n{}", ran.stdout));
    let rest = lines.take_while(|line| line.starts_with("    "));
    std::iter::once(first)
        .chain(rest)
        .collect::<Vec<_>>()
        .join("\n")
}

#[track_caller]
fn holds(text: &str, part: &str) {
    assert!(text.contains(part), "no `{part}` in:\n{text}");
}

fn records(repo: &Repo) -> usize {
    repo.run(&["log", "list"]).stdout.lines().count()
}

#[test]
fn what_fired_comes_first_and_the_record_says_so() {
    let repo = repo();
    let ran = at(&repo, "2026-10-01", Some(140), &[]).exits(0);
    let latency = of(&ran, "sla.latency");
    holds(&latency, "2026-10-01");
    holds(&latency, "immediate");
    holds(&latency, "2026-10-15 to 2026-10-29");
    holds(&latency, "140 ms, limit 120 ms");
    holds(&latency, "whole: 140 ms against 120 ms");
    holds(&of(&ran, "business.plan"), "nobody has declared");
    let (fired, unmeasured) = (
        ran.stdout.find("FIRED (1)"),
        ran.stdout.find("UNMEASURED (1)"),
    );
    assert!(fired.unwrap() < unmeasured.unwrap(), "{}", ran.stdout);
    ran.says("FIRED  1 fired, 1 unmeasured")
        .says("sla.latency: immediate, due 2026-10-15 to 2026-10-29");
    let payload = repo.run(&["log", "show", "--document", "payload"]).stdout;
    holds(&payload, r#""kind":"trigger","#);
    holds(&payload, r#""name":"triggers""#);
    holds(&payload, r#""verdict":"fired""#);
    holds(&payload, r#""counts":{"fired":1,"inconclusive":1}"#);
    repo.run(&["verify"]).exits(0).says("1 record");
}

#[test]
fn exit_codes_are_asked_for() {
    let repo = repo();
    for (latency, flags, code) in [
        (Some(140), &[][..], 0),
        (Some(140), &["--exit-code"][..], 1),
        (Some(10), &["--exit-code"][..], 3),
        (None, &["--exit-code"][..], 3),
        (None, &[][..], 0),
    ] {
        at(&repo, "2026-10-01", latency, flags).exits(code);
    }
    fs::remove_file(repo.path("policies/triggers/business/plan.rego")).unwrap();
    at(&repo, "2026-10-02", Some(10), &["--exit-code"])
        .exits(0)
        .says("CLEAR  1 clear");
    at(&repo, "2026-10-02", None, &["--exit-code", "-q"])
        .exits(3)
        .says("INCONCLUSIVE  1 unknown  record");
}

#[test]
fn an_episode_begins_with_the_first_fired_record_and_ends_with_a_clear_one() {
    let repo = repo();
    let since = |as_of: &str, latency| of(&at(&repo, as_of, latency, &[]).exits(0), "sla.latency");
    holds(&since("2026-10-01", Some(10)), "2026-10-01");
    holds(&since("2026-10-02", Some(140)), "2026-10-16 to 2026-10-30");
    // That nobody could tell ends nothing.
    let unknown = since("2026-10-05", None);
    holds(
        &unknown,
        "fired 2026-10-02 (record 1) and not clear since: still open",
    );
    holds(&unknown, "2026-10-16 to 2026-10-30");
    holds(&since("2026-10-10", Some(130)), "2026-10-16 to 2026-10-30");
    let late = at(&repo, "2026-10-31", Some(130), &["--fail-on-overdue"]).exits(1);
    holds(&of(&late, "sla.latency"), "by 1 day");
    at(
        &repo,
        "2026-10-30T23:59:59Z",
        Some(130),
        &["--fail-on-overdue"],
    )
    .exits(0);
    // Still due while nobody can tell.
    at(&repo, "2026-11-02", None, &["--fail-on-overdue"]).exits(1);
    let clear = since("2026-11-03", Some(10));
    assert!(!clear.contains("immediate"), "{clear}");
    holds(&since("2026-11-04", Some(140)), "2026-11-18 to 2026-12-02");
    // A run at an earlier instant sees the past as it was then.
    holds(&since("2026-10-20", Some(140)), "2026-10-16 to 2026-10-30");
    holds(&since("2026-09-30", Some(140)), "2026-10-14 to 2026-10-28");
}

#[test]
fn the_next_quarter_is_due_on_its_first_day() {
    let repo = repo();
    repo.edit(
        "policies/triggers/sla/latency.rego",
        "matrix: sla",
        "matrix: business",
    );
    let fired = of(
        &at(&repo, "2026-11-23", Some(140), &[]).exits(0),
        "sla.latency",
    );
    holds(&fired, "low        2027-01-01");
    at(&repo, "2027-01-01", Some(140), &["--fail-on-overdue"]).exits(0);
    at(&repo, "2027-01-02", Some(140), &["--fail-on-overdue"]).exits(1);
}

#[test]
fn a_record_that_cannot_be_read_is_said_and_never_guessed() {
    let repo = repo();
    fs::remove_file(repo.path("policies/triggers/business/plan.rego")).unwrap();
    at(&repo, "2026-10-01", Some(140), &[]).exits(0);
    at(&repo, "2026-10-10", Some(140), &[]).exits(0);
    let payload = repo
        .run(&["log", "show", "0", "--document", "payload"])
        .stdout;
    let (_, rest) = payload.split_once("\"decision\":\"").unwrap();
    let digest = &rest[..64];
    let blob = format!(".assize/ledger/blob/sha256/{}/{digest}", &digest[..2]);
    let sound = fs::read(repo.path(&blob)).unwrap();
    fs::remove_file(repo.path(&blob)).unwrap();

    let ran = at(&repo, "2026-10-12", Some(140), &["--fail-on-overdue"]).exits(3);
    let latency = of(&ran, "sla.latency");
    holds(&latency, "2026-10-10?");
    holds(
        &latency,
        "record 0 cannot be read, so it may have fired before 2026-10-10",
    );
    ran.says("record 0 cannot be read: its decision document is not in the ledger");
    // Whenever it began, it is overdue by now.
    at(&repo, "2026-12-24", Some(140), &["--fail-on-overdue"]).exits(1);
    // A clear one in between makes the past irrelevant.
    at(&repo, "2026-10-13", Some(10), &["--fail-on-overdue"]).exits(0);
    let fired = of(&at(&repo, "2026-10-14", Some(140), &[]), "sla.latency");
    holds(&fired, "2026-10-28 to 2026-11-11");

    let mut altered = sound;
    altered[10] ^= 1;
    fs::write(repo.path(&blob), altered).unwrap();
    let ran = at(&repo, "2026-10-11", None, &["--fail-on-overdue"]).exits(3);
    holds(&of(&ran, "sla.latency"), "fired 2026-10-10 (record 1)");
    ran.says("record 0 cannot be read").says("was altered");
}

#[test]
fn records_of_gates_are_no_part_of_the_history() {
    let repo = repo();
    let gate = header(
        "deploy",
        "latency",
        "sla",
        "{evidence: latency, kind: json}",
    )
    .replace("package triggers", "package gates")
    .replace("id: deploy.latency", "id: sla-latency-gate");
    repo.write(
        "policies/gates/deploy/latency.rego",
        &(gate + "deny contains \"no\" if input.evidence.latency.facts.value > 500\n"),
    );
    at(&repo, "2026-10-01", Some(140), &[]).exits(0);
    repo.run(&["gate", "--as-of", "2026-10-02"])
        .exits(0)
        .says("ALLOW");
    let ran = at(&repo, "2026-10-03", Some(140), &[]).exits(0);
    holds(&of(&ran, "sla.latency"), "2026-10-01");
    ran.says("1 earlier record\ncomplete  1 of 1 required item usable");
    repo.run(&["gate", "-n", "triggers.**"])
        .exits(2)
        .complains("is a trigger")
        .complains("assize triggers")
        .gives_no_verdict();
    repo.run(&["gate", "--all-namespaces"])
        .exits(2)
        .gives_no_verdict();
}

#[test]
fn waivers_do_not_touch_what_fired() {
    let repo = repo();
    repo.write(
        "policies/waivers.yaml",
        "schema: assize/waivers/v1\nwaivers:\n  - {id: W-1, rule: sla.latency, reason: known, \
         requested_by: ada, approved_by: grace, approved_at: 2026-09-01, expires_at: 2027-09-01}\n",
    );
    at(&repo, "2026-10-01", Some(140), &["--exit-code"]).exits(1);
    let payload = repo.run(&["log", "show", "--document", "payload"]).stdout;
    assert!(!payload.contains("waiver"), "{payload}");
}

#[test]
fn a_reading_of_another_shape_leaves_no_verdict_and_no_record() {
    for (element, what) in [
        (r#""a text""#, "expected an object"),
        (r#"{"id": "x", "msg": "m"}"#, "no object `details`"),
        (
            r#"{"id": "x", "msg": "m", "details": {"verdict": true, "used": true}}"#,
            "`details.verdict`",
        ),
        (
            r#"{"id": "x", "msg": "m", "details": {"verdict": "true"}}"#,
            "`details.used`",
        ),
    ] {
        let repo = repo();
        repo.write(
            "policies/triggers/sla/odd.rego",
            &(header("sla", "odd", "sla", "")
                + "trigger contains \"x\" if input.as_of_ns < 0\n\nreading contains "
                + element
                + "\n"),
        );
        let ran = at(&repo, "2026-10-01", Some(140), &[]).exits(2);
        assert_eq!(ran.stdout, "");
        ran.complains("`sla.odd`").complains(what);
        assert_eq!(records(&repo), 0);
    }
}

#[test]
fn without_triggers_a_ledger_or_a_row_there_is_no_table() {
    let nothing = |ran: Ran, what: &str| {
        let ran = ran.exits(2).complains(what);
        assert_eq!(ran.stdout, "");
    };
    let repo = repo();
    repo.write("file", "");
    nothing(
        at(&repo, "2026-10-01", Some(140), &["--ledger", "file/ledger"]),
        "the record could not be written, so there is no verdict",
    );
    repo.write(
        "policies/governance/data.yaml",
        "matrix: {sla: {urgency: low, due: next-quarter}}\n",
    );
    nothing(
        at(&repo, "2026-10-01", Some(140), &[]),
        "trigger `business.plan` names row `business`",
    );
    fs::remove_file(repo.path("policies/governance/data.yaml")).unwrap();
    nothing(
        at(&repo, "2026-10-01", Some(140), &[]),
        "no `governance.matrix`",
    );
    repo.write("policies/governance/data.yaml", MATRIX);
    repo.edit(
        "policies/triggers/sla/latency.rego",
        "#   matrix: sla\n",
        "",
    );
    nothing(
        at(&repo, "2026-10-01", Some(140), &[]),
        "`sla.latency` names no row",
    );
    fs::remove_dir_all(repo.path("policies/triggers")).unwrap();
    repo.write(
        "policies/gates/deploy/x.rego",
        &(header("deploy", "x", "sla", "").replace("package triggers", "package gates")
            + "deny contains \"x\" if input.as_of_ns < 0\n"),
    );
    nothing(at(&repo, "2026-10-01", Some(140), &[]), "no triggers");
    repo.write("assize.toml", "[triggers]\nevidense = \"x\"\n");
    nothing(repo.run(&["triggers"]), "evidense");
    assert_eq!(records(&repo), 0);
}

#[test]
fn the_settings_name_evidence_and_instant() {
    let repo = repo();
    repo.write(
        "assize.toml",
        "[triggers]\nevidence = \"ops\"\nas_of = \"2026-11-23T13:00:00Z\"\n",
    );
    repo.write("ops/latency.json", "{\"value\": 130}");
    repo.run(&["triggers"])
        .exits(0)
        .says("as of 2026-11-23T13:00:00Z, set by assize.toml: not the time of this run")
        .says("evidence  ops, 1 item\n")
        .says("130 ms, limit 120 ms");
}

/// A repository whose trigger says what an attacker may want it to say.
fn hostile() -> Repo {
    let repo = repo();
    repo.write(
        "policies/triggers/sla/odd.rego",
        &(header("sla", "odd", "sla", "")
            .replace("Title of odd", "\"<script>alert(1)</script>\"")
            .replace("odd is above its limit", "\"a | b [x](http://x.example) @ops\"")
            + r#"
trigger contains {"msg": "<img src=x onerror=alert(1)> | cell\nFIRED  9 fired [2J"}

reading contains {"id": "<b>", "msg": "](javascript:x) `x` <i>", "details": {"verdict": "true", "used": true}}
"#),
    );
    repo
}

#[test]
fn every_format_escapes_what_it_quotes() {
    let repo = hostile();
    let out = [
        "-o",
        "text=t.txt",
        "-o",
        "markdown=t.md",
        "-o",
        "html=t.html",
        "-o",
        "json",
    ];
    let ran = at(&repo, "2026-10-01", Some(70), &out).exits(0);
    assert!(ran.stdout.starts_with('{'));

    let text = repo.read("t.txt");
    assert!(
        !text.contains('\u{1b}') && !text.contains("\nFIRED  9"),
        "{text}"
    );
    for line in text.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
    let html = repo.read("t.html");
    for raw in [
        "<script",
        "<img",
        "<i>",
        " src=\"",
        "href=\"http",
        "href=\"java",
        "url(",
    ] {
        assert!(!html.contains(raw), "{raw} in:\n{html}");
    }
    holds(&html, "&lt;script&gt;alert(1)&lt;/script&gt;");
    let markdown = repo.read("t.md");
    let unescaped = markdown.replace("\\]", "").replace("\\|", "");
    for raw in ["<script", "<img", "](", "@ops", "http://"] {
        assert!(!unescaped.contains(raw), "{raw} in:\n{markdown}");
    }
    let rows = unescaped.lines().filter(|line| line.starts_with("| "));
    for row in rows {
        assert_eq!(row.matches('|').count(), 9, "{row}");
    }
}

#[test]
fn the_json_report_has_its_documented_shape() {
    let repo = repo();
    let schema = include_bytes!("../../docs/triggers-report.schema.json");
    let schema = json::parse(schema, Limits::AUTHORED).unwrap();
    for latency in [Some(140), Some(70), None] {
        let ran = at(&repo, "2026-10-01", latency, &["-o", "json"]).exits(0);
        let report = json::parse(ran.stdout.as_bytes(), Limits::EVIDENCE).unwrap();
        let mut wrong = Vec::new();
        shape(&schema, &report, "report", &mut wrong);
        assert!(wrong.is_empty(), "{wrong:?}");
    }
    let ran = at(&repo, "2026-10-02", Some(70), &["-o", "json"]).exits(0);
    let report = json::parse(ran.stdout.as_bytes(), Limits::EVIDENCE).unwrap();
    let latency = trigger(&report, "sla.latency");
    assert_eq!(latency["state"], "clear");
    assert_eq!(latency["readings_differ"], true);
    assert_eq!(latency["episode"]["state"], "none");
    assert_eq!(latency["condition"], "latency is above its limit");
    assert_eq!(trigger(&report, "business.plan")["state"], "unmeasured");
    assert_eq!(report["counts"], json!({"clear": 1, "unmeasured": 1}));
    assert_eq!(report["decision"]["rules"][1]["readings"][0]["id"], "half");
}

fn trigger<'v>(report: &'v Value, id: &str) -> &'v Value {
    let mut triggers = report["triggers"].as_array().unwrap().iter();
    triggers.find(|trigger| trigger["id"] == id).unwrap()
}

#[test]
fn explain_shows_the_last_record_and_makes_none() {
    let repo = repo();
    repo.run(&["triggers", "explain", "sla.latency"])
        .exits(2)
        .complains("no record of triggers")
        .complains("`assize triggers`");
    at(&repo, "2026-10-01", Some(10), &[]).exits(0);
    at(&repo, "2026-10-05", Some(70), &[]).exits(0);
    // What has changed on disk since then is no part of it.
    repo.write("evidence/latency.json", "{\"value\": 999}");
    let ran = repo.run(&["triggers", "explain", "sla.latency"]).exits(0);
    for part in [
        "CLEAR in record 1 as of 2026-10-05T00:00:00Z",
        "condition   latency is above its limit",
        "since       2026-10-01",
        "14 to 28 days after it fires (immediate)",
        "policy      triggers/sla/latency.rego:13",
        "whole  used  does not hold",
        "half  not used  holds  differs: would fire",
        "limit: 120",
        "latency json ok age unknown",
        "CHANGED SINCE record 0 as of 2026-10-01T00:00:00Z",
        "half: 10 ms against half of 120 ms -> 70 ms against half of 120 ms",
        "evidence latency: other content",
        "value=70",
    ] {
        holds(&ran.stdout, part);
    }
    holds(
        &ran.stdout,
        &format!("sha256:{}", assize::digest::Digest::of(b"{\"value\": 70}")),
    );
    assert!(!ran.stdout.contains("999"), "{}", ran.stdout);
    assert_eq!(records(&repo), 2);
    repo.run(&["triggers", "explain", "sla.latncy"])
        .exits(2)
        .complains("business.plan, sla.latency");
}

/// A series of one sample a minute over two hours with a breach and a hole.
fn series() -> String {
    let start = 1_790_812_800_i64;
    let samples: Vec<_> = (0..120)
        .filter(|minute| !(60..66).contains(minute))
        .map(|minute| {
            let value = if (30..90).contains(&minute) { 140 } else { 100 };
            format!("[{}, \"{value}\"]", start + 60 * minute)
        })
        .collect();
    format!(
        "{{\"status\":\"success\",\"data\":{{\"resultType\":\"matrix\",\"result\":[{{\"metric\":\
         {{\"cluster\":\"ld4\"}},\"values\":[{}]}}]}}}}",
        samples.join(",")
    )
}

#[test]
fn explain_draws_the_series_with_its_gaps() {
    let repo = repo();
    repo.write("evidence/p95.json", &series());
    repo.write(
        "policies/triggers/sla/p95.rego",
        &(header(
            "sla",
            "p95",
            "sla",
            "{evidence: p95, kind: prometheus-matrix}",
        ) + r#"
trigger contains "above" if input.evidence.p95.facts.series_count > 1

reading contains {"id": "sustained", "msg": "above for 30 min", "evidence": ["p95"], "details": {
	"verdict": "unknown", "used": true,
	"plot": {
		"evidence": "p95", "labels": {"cluster": "ld4"}, "threshold": 120, "side": "above",
		"from_ms": 1790812800000, "to_ms": 1790820000000, "step_s": 60, "unit": "ms",
	},
}}
"#),
    );
    at(&repo, "2026-10-01T02:00:00Z", Some(10), &[]).exits(0);
    let ran = repo.run(&["triggers", "explain", "sla.p95"]).exits(0);
    for part in [
        "p95 {cluster=ld4}: above 120 ms, 2026-10-01 00:00 to 2026-10-01 02:00 UTC",
        "gap: 420 s from 2026-10-01 00:59 UTC",
        "░",
        "120 │",
    ] {
        holds(&ran.stdout, part);
    }
    for line in ran.stdout.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
    let plain = repo
        .run(&["triggers", "explain", "sla.p95", "--ascii"])
        .exits(0);
    let drawn: Vec<_> = plain
        .stdout
        .lines()
        .filter(|line| line.contains(" |"))
        .collect();
    assert_eq!(drawn.len(), 9, "{}", plain.stdout);
    assert!(drawn.iter().all(|line| line.is_ascii()), "{drawn:?}");
    assert!(drawn.iter().any(|line| line.contains("???")), "{drawn:?}");
}
