//! Declarations, baselines, reviews: what people answer for, under the built command.

use std::fs;

use crate::repo::Repo;

const DECLARE: [&str; 12] = [
    "declare",
    "--id",
    "D-1",
    "--statement",
    "The tool is bought.",
    "--value",
    r#"{"tool":"x"}"#,
    "--declared-by",
    "ada@example.com",
    "--expires-at",
    "2200-01-01",
    "--key",
];

/// The sample with two key pairs that may declare.
fn declaring() -> Repo {
    let repo = Repo::sample();
    let trust = ["ada", "bob"].map(|name| {
        repo.run(&["keys", "generate", name]).exits(0);
        format!(
            "[[key]]\nname = \"{name}\"\npublic_key = \".assize/keys/{name}.pub.pem\"\n\
             roles = [\"declaration\"]\n"
        )
    });
    repo.write("trust.toml", &trust.concat());
    repo
}

fn declare(repo: &Repo, file: &str) {
    let args = [&DECLARE[..], &[".assize/keys/ada.pem", "-o", file]].concat();
    repo.run(&args).exits(0);
}

#[test]
fn two_people_sign_one_declaration() {
    let repo = declaring();
    repo.run(&["keys", "generate", "mallory"]).exits(0);
    fs::create_dir(repo.path("evidence/two")).unwrap();
    declare(&repo, "evidence/two/d.json");
    let add = |key: &str| {
        let key = format!(".assize/keys/{key}.pem");
        repo.run(&[
            "declare",
            "--add-signature",
            "evidence/two/d.json",
            "--key",
            &key,
        ])
    };
    add("ada").exits(2).complains("signed already");
    add("bob")
        .exits(0)
        .says("The tool is bought.")
        .says(r#"{"tool":"x"}"#)
        .says("  ada\n")
        .says("  bob\n");
    // As policies see it.
    repo.write(
        "p/gates/g/two.rego",
        "# METADATA\n# title: Two sign\n# custom:\n#   id: g.two\n#   severity: high\n\
         #   requires: [{evidence: d, kind: declaration}]\npackage gates.g.two\n\n\
         deny contains \"one signer\" if count(input.evidence.d.facts.signed_by) < 2\n",
    );
    let gate = ["gate", "g", "-p", "p", "-e", "evidence/two"];
    repo.run(&gate).exits(0).says("1 pass");
    // A third whom nobody trusts spoils it; and says so when signing.
    add("mallory")
        .exits(0)
        .says("until it is, the item is unverified");
    repo.run(&gate).exits(3).says("signature 3 of 3: no key");
    add("bob").exits(2).complains("nothing was added");
}

#[test]
fn nobody_adds_a_signature_to_what_was_altered_or_is_over() {
    let repo = declaring();
    let bob = ["--key", ".assize/keys/bob.pem"];
    declare(&repo, "d.json");
    let genuine = repo.read("d.json");
    // Another payload under the first signature.
    let args = [&DECLARE[..], &[".assize/keys/ada.pem", "-o", "other.json"]].concat();
    let args: Vec<_> = args
        .iter()
        .map(|arg| {
            if arg.contains("\"tool\"") {
                r#"{"tool":"y"}"#
            } else {
                arg
            }
        })
        .collect();
    repo.run(&args).exits(0);
    let other = repo.read("other.json");
    let payload = |text: &str| text.split('"').nth(3).unwrap().to_owned();
    repo.write(
        "d.json",
        &genuine.replace(&payload(&genuine), &payload(&other)),
    );
    let altered = repo.read("d.json");
    repo.run(&[&["declare", "--add-signature", "d.json"], &bob[..]].concat())
        .exits(2)
        .complains("does not match; nothing was added");
    assert_eq!(repo.read("d.json"), altered);

    let args: Vec<_> = DECLARE
        .iter()
        .copied()
        .chain([
            ".assize/keys/ada.pem",
            "-o",
            "old.json",
            "--declared-at",
            "2020-01-01",
        ])
        .map(|arg| {
            if arg == "2200-01-01" {
                "2021-01-01"
            } else {
                arg
            }
        })
        .collect();
    repo.run(&args).exits(0);
    repo.run(&[&["declare", "--add-signature", "old.json"], &bob[..]].concat())
        .exits(2)
        .complains("expired at 2021-01-01T00:00:00Z; nothing was added");
}

#[test]
fn a_declaration_that_no_gate_would_read_is_not_written() {
    let repo = declaring();
    let with = |from: &str, to: &str| {
        let mut args: Vec<_> = DECLARE
            .iter()
            .map(|arg| if *arg == from { to } else { arg })
            .collect();
        args.extend([".assize/keys/ada.pem", "-o", "d.json"]);
        let ran = repo.run(&args).exits(2);
        assert!(!repo.path("d.json").exists(), "{from}");
        ran
    };
    with("2200-01-01", "2001-01-01").complains("must be later than `declared_at`");
    with("2200-01-01", "soon").complains("--expires-at");
    with(r#"{"tool":"x"}"#, "null").complains("`value`: is missing");
    with(r#"{"tool":"x"}"#, "{tool}").complains("expected JSON");
    with(r#"{"tool":"x"}"#, "@no/such.json").complains("cannot read `no/such.json`");
    with("The tool is bought.", " ").complains("`statement`: must not be empty");
    declare(&repo, "d.json");
    let args = [&DECLARE[..], &[".assize/keys/bob.pem", "-o", "d.json"]].concat();
    let before = repo.read("d.json");
    repo.run(&args).exits(2).complains("cannot write `d.json`");
    assert_eq!(repo.read("d.json"), before);
    repo.run(&["declare", "--key", ".assize/keys/ada.pem"])
        .exits(2)
        .complains("--output");
}

const SET: [&str; 10] = [
    "baseline",
    "set",
    "coordination_latency",
    "105",
    "--reason",
    "measured anew",
    "--requested-by",
    "ada",
    "--approved-by",
    "bob",
];
const DATA: &str = "policies/baselines/data.json";

fn set(repo: &Repo, from: &str, to: &str) -> crate::repo::Ran {
    let args: Vec<_> = SET
        .iter()
        .map(|arg| if *arg == from { to } else { arg })
        .collect();
    repo.run(&args)
}

#[test]
fn a_baseline_changes_with_a_record_and_nothing_else_changes() {
    let repo = Repo::sample();
    repo.run(&["baseline", "show"])
        .exits(0)
        .says("before any record");
    let before = repo.read(DATA);
    repo.write("measured.json", "{\"p95\": 105}");
    let args = [&SET[..], &["--evidence", "measured.json"]].concat();
    repo.run(&args).exits(0).says("107 -> 105 ms  version 2");
    let expected = before
        .replace("\"version\": 1", "\"version\": 2")
        .replace("\"baseline\": 107", "\"baseline\": 105");
    assert_eq!(repo.read(DATA), expected);
    repo.run(&["baseline", "show"])
        .exits(0)
        .says("record 0, approved by bob");
    repo.run(&["log", "list"])
        .exits(0)
        .says("changed       baseline coordination_latency");
    repo.run(&["log", "show", "0"])
        .exits(0)
        .says("requested by ada")
        .says("\"reason\": \"measured anew\"");
    let kept = |name: &str| {
        repo.run(&["log", "show", "0", "--document", name])
            .exits(0)
            .stdout
    };
    assert_eq!(kept("before"), before);
    assert_eq!(kept("after"), expected);
    assert_eq!(kept("evidence.1"), "{\"p95\": 105}");
    repo.run(&["log", "show", "0", "--document", "evidence.2"])
        .exits(2)
        .complains("is not in the ledger");
    // The gate still reads it, and its record stands behind this one.
    repo.run(&["gate", "-q"]).exits(0);
    repo.run(&["verify"]).exits(0).says("2 records");
    let document = assize_digest(&kept("after"));
    fs::write(repo.path(&document), "altered").unwrap();
    repo.run(&["verify"]).exits(1);
}

/// Where a ledger keeps content.
fn assize_digest(content: &str) -> String {
    let hex = assize::digest::Digest::of(content.as_bytes()).hex();
    format!(".assize/ledger/blob/sha256/{}/{hex}", &hex[..2])
}

#[test]
fn no_record_no_change_and_no_change_no_record() {
    let repo = Repo::sample();
    let before = repo.read(DATA);
    for (from, to, what) in [
        ("bob", " ADA ", "two people"),
        ("measured anew", "", "--reason is blank"),
        ("105", "121", "would miss the target 120"),
        ("105", "107", "it is that already"),
        ("105", "-5", "it is not a ms"),
        ("coordination_latency", "latency", "there is no metric"),
    ] {
        set(&repo, from, to).exits(2).complains(what);
    }
    let args = [&SET[..], &["--evidence", "no/such"]].concat();
    repo.run(&args).exits(2);
    assert!(!repo.path(".assize/ledger").exists());
    // A ledger that cannot be written.
    repo.write("file", "");
    let args = [&SET[..], &["--ledger", "file/ledger"]].concat();
    repo.run(&args).exits(2);
    assert_eq!(repo.read(DATA), before);
}

#[test]
fn what_no_record_explains_is_noticed() {
    let repo = Repo::sample();
    let first = repo.read(DATA);
    set(&repo, "", "").exits(0);
    let second = repo.read(DATA);

    // Interrupted between record and file.
    repo.write(DATA, &first);
    repo.run(&["baseline", "show"])
        .exits(1)
        .says("INTERRUPTED: record 0 set 105");
    set(&repo, "105", "104")
        .exits(2)
        .complains("nothing was changed");
    set(&repo, "", "").exits(0);
    assert_eq!(repo.read(DATA), second);
    repo.run(&["baseline", "show"]).exits(0).says("record 1");

    // Edited by hand: the changed metric, another one, the version.
    for (from, to, what) in [
        (
            "\"baseline\": 105",
            "\"baseline\": 106",
            "NO RECORD explains 106: record 1 says 105",
        ),
        (
            "\"baseline\": 0.98,",
            "\"baseline\": 0.99,",
            "NO RECORD explains 0.99",
        ),
        (
            "\"version\": 2",
            "\"version\": 3",
            "NO RECORD explains version 3",
        ),
    ] {
        repo.edit(DATA, from, to);
        repo.run(&["baseline", "show"]).exits(1).says(what);
        set(&repo, "105", "103")
            .exits(2)
            .complains("nothing was changed");
        repo.write(DATA, &second);
    }
    // Targets are ordinary data.
    repo.edit(DATA, "\"target\": 120", "\"target\": 119");
    repo.run(&["baseline", "show"]).exits(0);
    repo.write(DATA, &second);

    // A ledger without the document cannot tell.
    let document = repo
        .run(&["log", "show", "1", "--document", "document"])
        .exits(0)
        .stdout;
    fs::remove_file(repo.path(&assize_digest(&document))).unwrap();
    repo.run(&["baseline", "show"])
        .exits(3)
        .says("cannot be told: record");
    set(&repo, "105", "103").exits(2);

    // Nor does an empty ledger explain a later version.
    fs::remove_dir_all(repo.path(".assize/ledger")).unwrap();
    repo.run(&["baseline", "show", "-o", "json"])
        .exits(1)
        .says("\"unexplained\"");
}

/// Two triggers, of which one fires above 120 and one is nobody's to tell, with a schedule.
fn reviewed() -> Repo {
    let repo = Repo::empty();
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in ["governance", "baselines"] {
        let folder = format!("policies/{name}");
        crate::repo::copy(&source.join(&folder), &repo.path(&folder));
    }
    for (name, body) in [
        (
            "latency",
            "trigger contains \"above 120\" if input.evidence.latency.facts.value > 120\n",
        ),
        (
            "audit",
            "inconclusive contains {\"id\": \"unmeasured\", \"msg\": \"nobody has declared it\"}\n\n\
             trigger contains \"demanded\" if input.evidence.latency.facts.demanded == true\n",
        ),
    ] {
        repo.write(
            &format!("policies/triggers/sla/{name}.rego"),
            &format!(
                "# METADATA\n# title: Title of {name}\n# custom:\n#   id: sla.{name}\n\
                 #   severity: high\n#   matrix: sla\n\
                 #   requires: [{{evidence: latency, kind: json}}]\npackage triggers.sla.{name}\n\n{body}"
            ),
        );
    }
    fs::create_dir(repo.path("evidence")).unwrap();
    repo
}

fn triggers(repo: &Repo, as_of: &str, latency: Option<u32>) {
    let path = repo.path("evidence/latency.json");
    match latency {
        Some(value) => repo.write("evidence/latency.json", &format!("{{\"value\": {value}}}")),
        None => fs::remove_file(path).unwrap(),
    }
    repo.run(&["triggers", "-q", "--as-of", as_of]).exits(0);
}

fn review(repo: &Repo, more: &[&str]) -> crate::repo::Ran {
    let args = [
        "review",
        "monthly",
        "--attended",
        "ada,bob",
        "--approved-by",
        "cid",
    ];
    repo.run(&[&args[..], more].concat())
}

#[test]
fn a_review_lists_what_fired_what_nobody_can_tell_and_what_changed() {
    let repo = reviewed();
    triggers(&repo, "2026-11-20T12:00:00Z", Some(100));
    let first = review(
        &repo,
        &["--as-of", "2026-11-20T18:00:00Z", "--note", "all well"],
    )
    .exits(0)
    .says("monthly 2026-11  Trigger check")
    .says("set by --as-of: not the time of this run")
    .says("UNMEASURED (1)")
    .says("nobody has declared it")
    .says("the first review of its kind")
    .says("HELD  record 1");
    assert!(!first.stdout.contains("FIRED"), "{}", first.stdout);

    triggers(&repo, "2026-12-18T12:00:00Z", Some(130));
    set(&repo, "", "").exits(0);
    review(&repo, &["--as-of", "2026-12-18T18:00:00Z"])
        .exits(0)
        .says("monthly 2026-12")
        .says("FIRED (1)")
        .says("immediate, due 2027-01-01 to 2027-01-15")
        .says("newly fired: sla.latency")
        .says("baseline coordination_latency was set, record 3")
        .says("changes   since record 1");

    // Without evidence nobody can tell; that is not clear.
    triggers(&repo, "2027-01-20T12:00:00Z", None);
    let ran = review(&repo, &["--as-of", "2027-01-20T18:00:00Z", "-o", "json"]).exits(0);
    let report = assize::json::parse(ran.stdout.as_bytes(), assize::json::Limits::EVIDENCE);
    let report = report.unwrap();
    let document = &report["review"];
    assert_eq!(document["unknown"].as_array().unwrap().len(), 2);
    assert_eq!(
        document["changes"]["newly_unknown"],
        assize::json::json!(["sla.latency"])
    );
    assert_eq!(document["changes"]["cleared"], assize::json::json!([]));
    assert!(document["changes"]["data"]["after"].is_string());
    assert!(document["changes"]["policies"].is_null());

    triggers(&repo, "2027-02-20T12:00:00Z", Some(90));
    review(&repo, &["--as-of", "2027-02-20T18:00:00Z"])
        .exits(0)
        .says("CLEAR (1)");
    repo.run(&["log", "list"])
        .exits(0)
        .says("held          review monthly 2027-02");
    repo.run(&["log", "show", "1"])
        .exits(0)
        .says("approved by cid")
        .says("\"note\": \"all well\"");
    repo.run(&["verify"]).exits(0).says("9 records");
    // The document is bound: altered, `verify` says so.
    let document = repo
        .run(&["log", "show", "1", "--document", "document"])
        .exits(0)
        .stdout;
    let altered = document.replace("all well", "all good");
    fs::write(repo.path(&assize_digest(&document)), altered).unwrap();
    repo.run(&["verify"]).exits(1).says("index 1: was altered");
}

#[test]
fn a_review_is_refused_over_triggers_that_are_old_or_were_never_looked_at() {
    let repo = reviewed();
    review(&repo, &[])
        .exits(2)
        .complains("no trigger record")
        .complains("run `assize triggers`");
    set(&repo, "", "").exits(0);
    review(&repo, &[])
        .exits(2)
        .complains("holds no record of triggers");
    triggers(&repo, "2026-11-20T12:00:00Z", Some(100));
    for (as_of, what) in [
        (
            "2026-11-21T12:00:01Z",
            "a monthly review reads one that is at most 24 h old",
        ),
        ("2026-11-20T11:59:59Z", "which is after the review"),
    ] {
        review(&repo, &["--as-of", as_of])
            .exits(2)
            .complains(what)
            .complains("run `assize triggers`");
    }
    let at = ["--as-of", "2026-11-21T12:00:00Z"];
    for (more, what) in [
        (["--period", "2026-13"], "is not a monthly period"),
        (["--period", "2026-12"], "2026-12 has not begun"),
        (["--attended", "Ada"], "stands twice"),
        (["--attended", " "], "a name is blank"),
    ] {
        review(&repo, &[&at[..], &more].concat())
            .exits(2)
            .complains(what);
    }
    let quarterly = [
        "review",
        "quarterly",
        "--attended",
        "a",
        "--approved-by",
        " ",
    ];
    repo.run(&quarterly)
        .exits(2)
        .complains("--approved-by is blank");
    repo.run(&["log", "head"]).exits(0).says("2 records");
    review(&repo, &at).exits(0);
}

#[test]
fn a_missed_review_is_told_also_over_no_ledger() {
    let repo = reviewed();
    let status = |as_of: &str| repo.run(&["review", "status", "--as-of", as_of]);
    status("2026-11-30")
        .exits(0)
        .says("monthly    2026-11  open    ends 2026-11-30, in time until 2026-12-07");
    status("2026-12-07T23:59:59Z")
        .exits(0)
        .says("monthly    2026-11  due     in time until 2026-12-07");
    status("2026-12-08")
        .exits(1)
        .says("monthly    2026-11  MISSED");
    status("2027-01-08")
        .exits(1)
        .says("quarterly  2026-Q4  MISSED")
        .says("annual     2026     MISSED");
    let ran = status("2026-12-08");
    assert!(!ran.stdout.contains("2026-10"), "{}", ran.stdout);

    // This test runs after the sample's dates: what is recorded now is recorded late, and
    // a date of its own does not make it early.
    repo.edit(
        "policies/governance/data.yaml",
        "{title: Trigger check, since: \"2026-11-01\"",
        "{title: Trigger check, since: \"2020-01-31\"",
    );
    triggers(&repo, "2020-02-03T12:00:00Z", Some(100));
    review(&repo, &["--as-of", "2020-02-03T18:00:00Z"])
        .exits(0)
        .says("monthly 2020-01");
    status("2020-02-03T18:00:00Z")
        .exits(0)
        .says("monthly    2020-01  LATE    record 1");
    repo.run(&["review", "status", "--as-of", "2020-04-08", "-o", "json"])
        .exits(1)
        .says("\"state\": \"missed\"");
}
