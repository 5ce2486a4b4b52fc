//! `assize evidence redact|disclosed`, and what everybody is told of a redaction.

use std::collections::BTreeMap;
use std::fs;

use assize::json::{self, Limits, Value};

use crate::repo::Repo;

const PLAIN: &str = r#"{"user": {"mail": "a@mail.example", "age": 41}, "severity": "low"}"#;

/// A sealed folder with one item.
fn sealed() -> Repo {
    let repo = Repo::empty();
    repo.write("e/a.json", PLAIN);
    repo.run(&["seal", "e", "--collected-at", "2026-11-23T12:00:00Z"])
        .exits(0);
    repo
}

fn parsed(text: &str) -> Value {
    json::parse(text.as_bytes(), Limits::EVIDENCE).unwrap()
}

/// Every file below the folder, with its content.
fn files(repo: &Repo) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![repo.path(".")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.display().to_string(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

fn redact<'a>(flags: &[&'a str]) -> Vec<&'a str> {
    let mut args = vec!["evidence", "redact", "e", "a"];
    args.extend(flags);
    args
}

#[test]
fn a_value_is_taken_out_and_shown_to_be_the_one_that_was_there() {
    let repo = sealed();
    repo.run(&redact(&[
        "--pointer",
        "/user/*",
        "--reason",
        "personal",
        "--disclosures",
        "kept.json",
    ]))
    .exits(0)
    .says("partial    a\n           what was redacted is missing from the facts\n")
    .says("           redacted `/user/mail`, `/user/age`\n")
    .says("kept what was taken out in kept.json\nsealed e/bundle.json\n");
    let all = files(&repo);
    let with_value = all.iter().filter(|(_, bytes)| {
        let text = String::from_utf8_lossy(bytes);
        text.contains("mail.example") || text.contains("41}")
    });
    assert_eq!(with_value.count(), 0);
    let text = repo.read("e/a.json");
    assert!(text.starts_with(r#"{"user": {"mail": {"assize/redacted/v1":""#));
    assert!(text.ends_with(r#"}}, "severity": "low"}"#));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(repo.path("kept.json")).unwrap().permissions();
        assert_eq!(mode.mode() & 0o777, 0o600);
    }
    repo.run(&["evidence", "list", "e"])
        .exits(0)
        .says("partial    json               a")
        .says("           redacted `/user/mail`, `/user/age`\n");
    let list = repo.run(&["evidence", "list", "e", "-o", "json"]).exits(0);
    let item = &parsed(&list.stdout)["items"][0];
    assert_eq!(item["redactions"][0]["pointer"], "/user/mail");
    assert_eq!(item["redactions"][0]["reason"], "personal");
    assert_eq!(item["collected_at"], "2026-11-23T12:00:00Z");
    let shown = repo.run(&["evidence", "show", "a", "-e", "e"]).exits(0);
    assert_eq!(
        parsed(&shown.stdout)["redactions"][1]["pointer"],
        "/user/age"
    );
    repo.run(&["evidence", "validate", "e/a.json"])
        .says("redacted `/user/mail`, `/user/age`");

    let disclosed = ["evidence", "disclosed", "e", "kept.json"];
    let ran = repo
        .run(&disclosed)
        .exits(0)
        .says("committed      a.json  /user/mail  \"a@mail.example\"\n")
        .says("committed      a.json  /user/age  41\n");
    let manifest = fs::read(repo.path("e/bundle.json")).unwrap();
    let digest = assize::digest::Digest::of(&manifest);
    assert!(ran.stdout.ends_with(&format!("bundle sha256:{digest}\n")));
    // Sealed again, also beside others, it stays as it is.
    repo.write("e/b.json", "{}");
    repo.run(&["seal", "e"]).exits(0);
    repo.run(&disclosed).exits(0);
    repo.run(&["evidence", "list", "e"]).says("partial    json");
}

#[test]
fn a_value_that_was_not_there_is_not_shown() {
    let repo = sealed();
    let flags = ["--pointer", "/user/age", "--disclosures", "kept.json"];
    repo.run(&redact(&flags)).exits(0);
    let disclosed = ["evidence", "disclosed", "e", "kept.json"];
    let kept = parsed(&repo.read("kept.json"));
    let text = kept["disclosures"][0]["disclosure"].as_str().unwrap();
    let inner = assize::signing::base64::decode_url(text).unwrap();
    let forged = String::from_utf8(inner).unwrap().replace("41", "40");
    let forged = assize::signing::base64::encode_url(forged.as_bytes());
    repo.edit("kept.json", text, &forged);
    repo.run(&disclosed)
        .exits(1)
        .says("NOT COMMITTED  a.json  /user/age  40\n")
        .says("something else, or has another salt");
    repo.edit("kept.json", &forged, text);
    repo.edit("kept.json", "a.json", "b.json");
    repo.run(&disclosed).exits(1).says("no such item");
    repo.edit("kept.json", "b.json", "a.json");
    repo.run(&disclosed).exits(0);
    // The file is put back; the manifest is not.
    repo.write("e/a.json", PLAIN);
    repo.run(&disclosed)
        .exits(1)
        .says("not the one that was sealed");
    repo.write("kept.json", "{}");
    repo.run(&disclosed).exits(2).complains("no disclosure");
}

#[test]
fn what_cannot_be_redacted_is_left_as_it_was() {
    let repo = sealed();
    repo.write("taken.json", "");
    repo.write("unsealed/a.json", PLAIN);
    let before = files(&repo);
    for (args, what) in [
        (
            redact(&["--pointer", "/user/name"]),
            "`/user/name` finds nothing",
        ),
        (redact(&["--pointer", "user"]), "no JSON Pointer"),
        (
            redact(&["--pointer", "/user", "--disclosures", "e/kept.json"]),
            "is in an evidence folder",
        ),
        (
            redact(&["--pointer", "/user", "--disclosures", "e/../e/.kept"]),
            "is in an evidence folder",
        ),
        (
            redact(&["--pointer", "/user", "--disclosures", "taken.json"]),
            "is there already",
        ),
        (
            redact(&["--pointer", "/user", "--disclosures", "none/kept.json"]),
            "cannot write `none/kept.json`",
        ),
        (
            vec!["evidence", "redact", "e", "b", "--pointer", "/user"],
            "there is no such item: there is a",
        ),
        (
            vec!["evidence", "redact", "unsealed", "a", "--pointer", "/user"],
            "holds no `bundle.json`",
        ),
        (redact(&[]), "--pointer"),
    ] {
        repo.run(&args).exits(2).complains(what);
        assert!(files(&repo) == before, "{args:?}");
    }
    // What differs from what was sealed is not sealed by the way.
    repo.write("e/planted.json", "{}");
    repo.run(&redact(&["--pointer", "/user"]))
        .exits(2)
        .complains("`planted.json`: the manifest does not name this file");
    assert_eq!(repo.read("e/a.json"), PLAIN);
}

#[test]
fn a_signature_is_not_lost_by_the_way() {
    let repo = sealed();
    repo.run(&["keys", "generate", "ci"]).exits(0);
    let key = ".assize/keys/ci.pem";
    let sign = ["seal", "e", "--add-signature", "--key", key];
    repo.run(&sign).exits(0);
    let before = files(&repo);
    let plain = redact(&["--pointer", "/user/mail"]);
    repo.run(&plain)
        .exits(2)
        .complains("`e` is signed, and what is redacted is not what was signed")
        .complains("--drop-signature");
    assert!(files(&repo) == before);
    let flags = ["--pointer", "/user/mail", "--drop-signature"];
    repo.run(&redact(&flags))
        .exits(0)
        .says("removed e/bundle.intoto.json: it does not sign this manifest")
        .says("kept nothing of what was taken out: nobody can show it");
    assert!(!repo.path("e/bundle.intoto.json").exists());
    repo.run(&sign).exits(0);
    repo.run(&["evidence", "list", "e"])
        .exits(0)
        .says("redacted `/user/mail`");
}

const RULES: &str = "# METADATA
# title: Nothing severe
# custom:
#   id: deploy.severe
#   severity: high
#   remediation: mend it
#   requires:
#   - evidence: a
package gates.deploy.severe

deny contains \"severe\" if input.evidence.a.facts.severity == \"high\"
";

/// Looks at all there is and asks for nothing.
const LAX: &str = "# METADATA
# title: Nothing severe anywhere
# custom:
#   id: deploy.lax
#   severity: high
#   remediation: mend it
package gates.deploy.lax

deny contains id if {
	some id, item in input.evidence
	item.facts.severity == \"high\"
}
";

#[test]
fn a_gate_does_not_pass_for_want_of_what_was_removed() {
    let repo = Repo::empty();
    repo.write("e/a.json", "{\"severity\": \"high\", \"note\": 1}");
    repo.write("policies/gates/deploy/severe.rego", RULES);
    repo.run(&["seal", "e"]).exits(0);
    let gate = ["gate", "-p", "policies", "-e", "e"];
    let denied = repo.run(&gate).exits(1);
    assert!(!denied.stdout.contains("redacted"));
    repo.run(&redact(&["--pointer", "/severity"])).exits(0);
    repo.run(&gate)
        .exits(3)
        .says("evidence `a` is partial: what was redacted is missing from the facts")
        .says("              redacted `/severity`\n")
        .says("`a` was redacted: 1 value taken out");
    let json = [&gate[..], &["-o", "json"]].concat();
    let report = parsed(&repo.run(&json).exits(3).stdout);
    let expected = parsed(r#"{"count": 1, "pointers": ["/severity"]}"#);
    let seen = &report["decision"]["rules"][0]["evidence"][0];
    assert_eq!(seen["redactions"], expected);
    let relaxation = parsed(r#"{"kind": "redaction", "evidence": "a", "count": 1}"#);
    assert_eq!(report["relaxations"][0], relaxation);
    repo.run(&["log", "show"])
        .exits(0)
        .says("relaxation  {\"count\":1,\"evidence\":\"a\",\"kind\":\"redaction\"}");
    // The first record was of what was there then.
    repo.run(&["log", "list"]).exits(0).says("(1 relaxation)");
    repo.run(&["verify"]).exits(0);
    // A rule that asks for nothing is not stopped; that it was so is in the record.
    fs::remove_file(repo.path("policies/gates/deploy/severe.rego")).unwrap();
    repo.write("policies/gates/deploy/lax.rego", LAX);
    repo.run(&gate)
        .exits(0)
        .says("`a` was redacted: 1 value taken out");
    repo.run(&["log", "show"]).says("\"kind\":\"redaction\"");
}

#[test]
fn the_page_shows_what_the_sample_prints() {
    let page = include_str!("../../docs/redaction.md");
    let repo = Repo::sample();
    // As on the page, where the file lies beside the repository.
    let tried = |line: &str| {
        let line = line.replace("../release", "release");
        let args: Vec<_> = line.split(' ').map(str::to_owned).collect();
        let args: Vec<_> = args.iter().map(String::as_str).collect();
        repo.run(&args).exits(0).stdout
    };
    let mut blocks = 0;
    for block in page.split("```text\n$ assize ").skip(1) {
        let (block, _) = block.split_once("\n```").unwrap();
        let (line, expected) = block.split_once('\n').unwrap();
        let printed = tried(line);
        for (shown, printed) in expected.lines().zip(printed.lines()) {
            let shown = shown.replace("../release", "release");
            let shown = shown.split('…').next().unwrap();
            let is_digest = shown.starts_with("bundle sha256:");
            let same = printed.starts_with(if is_digest { &shown[..14] } else { shown });
            assert!(same, "{shown}\n{printed}");
        }
        assert_eq!(expected.lines().count(), printed.lines().count());
        blocks += 1;
    }
    assert_eq!(blocks, 2);
}

#[test]
fn disclosures_among_the_evidence_are_refused_by_name() {
    let repo = sealed();
    let kept = ["--pointer", "/user/mail", "--disclosures", "kept.json"];
    repo.run(&redact(&kept)).exits(0);
    let policy = "# METADATA\n# scope: package\n# title: Nothing\n# custom:\n#   id: deploy.p\n\
                  #   severity: low\npackage gates.deploy.p\n\n\
                  deny contains \"no\" if count(input.subject) > 5\n";
    repo.write("policies/gates/deploy/p.rego", policy);
    let gate = ["gate", "-e", "e"];
    repo.run(&gate).exits(0);
    let records = |count: &str| repo.run(&["log", "head"]).exits(0).says(count);
    records("1 records");
    let kept = repo.read("kept.json");
    let cut = &kept[..kept.len() - 20];
    for text in [&kept, &format!("\u{feff}\n{kept}"), cut] {
        repo.write("e/sub/kept.json", text);
        let named = "`sub/kept.json` is a file of disclosures";
        repo.run(&["seal", "e"])
            .exits(2)
            .complains(named)
            .complains("move it out of the folder");
        // Beside a manifest that does not name it, it is no item and is not kept.
        repo.run(&gate)
            .exits(3)
            .says("`sub/kept.json`: is a file of disclosures");
        // Without a manifest, or with one that another has sealed, it would be kept.
        let manifest = repo.read("e/bundle.json");
        fs::remove_file(repo.path("e/bundle.json")).unwrap();
        repo.run(&gate).exits(2).complains(named).gives_no_verdict();
        repo.write("e/bundle.json", &manifest);
        let digest = assize::digest::Digest::of(text.as_bytes());
        let entry = format!(
            "{{\"id\":\"b\",\"kind\":\"json\",\"media_type\":\"application/json\",\
             \"path\":\"sub/kept.json\",\"sha256\":\"{digest}\",\"size\":{},\"status\":\"ok\"}}",
            text.len()
        );
        repo.edit(
            "e/bundle.json",
            "],\"schema\"",
            &format!(",{entry}],\"schema\""),
        );
        repo.run(&gate).exits(2).complains(named).gives_no_verdict();
        repo.write("e/bundle.json", &manifest);
        fs::remove_file(repo.path("e/sub/kept.json")).unwrap();
    }
    records("4 records");
    // What only speaks of them is none.
    repo.write("e/b.json", "{\"about\": \"assize/disclosures/v1\"}");
    repo.run(&["seal", "e"]).exits(0);

    // Nor are they written beside the items of another bundle.
    repo.write("other/sub/a.json", PLAIN);
    repo.run(&["seal", "other"]).exits(0);
    let more = |path| redact(&["--pointer", "/user/age", "--disclosures", path]);
    for path in ["other/kept.json", "other/sub/kept.json"] {
        repo.run(&more(path))
            .exits(2)
            .complains("is in an evidence folder");
    }
    fs::create_dir(repo.path("private")).unwrap();
    repo.run(&more("private/kept.json")).exits(0);
}
