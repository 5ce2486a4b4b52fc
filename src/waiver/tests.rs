use super::*;

const ONE: &str = "  - id: W-2026-014
    rule: deploy.no-open-findings
    term: CVE-2026-1234
    scope: {environment: production, subject: registry}
    reason: not reachable
    requested_by: ada@example.com
    approved_by: grace@example.com
    approved_at: 2026-11-01T00:00:00Z
    expires_at: 2026-12-01T00:00:00Z
";

fn file(waivers: &str) -> String {
    format!("schema: assize/waivers/v1\nwaivers:\n{waivers}")
}

fn refused(text: &str) -> String {
    parse_yaml(text.as_bytes()).expect_err(text).to_string()
}

#[test]
fn reads_waivers_in_any_order() {
    let other = ONE
        .replace("W-2026-014", "W-2026-002")
        .replace("    term: CVE-2026-1234\n", "")
        .replace(
            "    scope: {environment: production, subject: registry}\n",
            "",
        );
    let forwards = parse_yaml(file(&format!("{ONE}{other}")).as_bytes()).unwrap();
    let backwards = parse_yaml(file(&format!("{other}{ONE}")).as_bytes()).unwrap();
    assert_eq!(forwards, backwards);
    let [whole, term] = forwards.as_slice() else {
        panic!("{forwards:?}")
    };
    assert_eq!((whole.id.as_str(), &whole.term), ("W-2026-002", &None));
    assert_eq!(whole.scope, Scope::default());
    assert_eq!(term.term.as_deref(), Some("CVE-2026-1234"));
    assert_eq!(term.scope.environment.as_deref(), Some("production"));
    assert!(
        parse_yaml(b"{\"schema\": \"assize/waivers/v1\", \"waivers\": []}")
            .unwrap()
            .is_empty()
    );
}

#[test]
fn two_people_whatever_their_spelling() {
    for same in ["ada@example.com", "ADA@example.com", " ada@example.com "] {
        let text = file(&ONE.replace("grace@example.com", &format!("{same:?}")));
        let error = refused(&text);
        assert!(
            error.contains("waiver `W-2026-014`: `approved_by`"),
            "{error}"
        );
    }
}

#[test]
fn refuses_what_is_not_exactly_a_waiver() {
    for (from, to, what) in [
        (
            "    expires_at: 2026-12-01T00:00:00Z\n",
            "",
            "missing field `expires_at`",
        ),
        (
            "expires_at: 2026-12-01",
            "expires_at: 2026-11-01",
            "must be later than `approved_at`",
        ),
        (
            "expires_at: 2026-12-01T00:00:00Z",
            "expires_at: never",
            "`never`",
        ),
        (
            "expires_at: 2026-12-01T00:00:00Z",
            "expires_at: 2026-12-01T00:00:00",
            "not a timestamp",
        ),
        ("    reason: not reachable\n", "", "missing field `reason`"),
        (
            "reason: not reachable",
            "reason: ' '",
            "`reason` must not be empty",
        ),
        (
            "term: CVE-2026-1234",
            "term: ''",
            "`term` must not be empty",
        ),
        ("term: CVE-2026-1234", "term: 5", "expected a string"),
        ("term:", "terms:", "unknown field `terms`"),
        (
            "environment: production",
            "env: production",
            "unknown field `env`",
        ),
    ] {
        let error = refused(&file(&ONE.replace(from, to)));
        assert!(error.starts_with("waiver `W-2026-014`: "), "{error}");
        assert!(error.contains(what), "{to}: {error}");
    }
    let nameless = refused(&file(&ONE.replace("id: W-2026-014", "name: x")));
    assert!(nameless.starts_with("waiver `#1`: "), "{nameless}");
    assert_eq!(
        refused(&file(&format!("{ONE}{ONE}"))),
        "waiver `W-2026-014`: the id occurs twice"
    );
}

#[test]
fn refuses_other_documents() {
    for (text, what) in [
        ("[]", "expected an object"),
        ("waivers: []", "`schema` is missing"),
        (
            "schema: assize/waivers/v2\nwaivers: []",
            "expected `assize/waivers/v1`",
        ),
        ("schema: assize/waivers/v1", "`waivers` must be an array"),
        (
            "schema: assize/waivers/v1\nwaivers: {}",
            "`waivers` must be an array",
        ),
        (
            "schema: assize/waivers/v1\nwaivers: []\nextra: 1",
            "unknown field `extra`",
        ),
        (
            "schema: assize/waivers/v1\nschema: assize/waivers/v1\nwaivers: []",
            "line 2",
        ),
        ("schema: [", "line"),
    ] {
        let error = refused(text);
        assert!(error.contains(what), "{text}: {error}");
    }
    let many: String = (0..=WAIVERS_MAX)
        .map(|n| ONE.replace("W-2026-014", &format!("W-{n}")))
        .collect();
    assert!(refused(&file(&many)).contains("more than 1000 waivers"));
}

#[test]
fn another_spelling_is_not_another_person() {
    use super::same_person;
    for (one, other) in [
        ("ada@example.com", " Ada@Example.com "),
        ("ada@example.com", "ada@example.com\u{200b}"),
        ("ada@example.com", "ada @example.com"),
        ("ada@example.com", "Ada Lovelace <ADA@example.com>"),
        ("Ada Lovelace", "ada.lovelace"),
        ("?", " ? "),
    ] {
        assert!(same_person(one, other), "{one} {other}");
    }
    for (one, other) in [
        ("ada@example.com", "bob@example.com"),
        ("Ada <ada@example.com>", "Ada <ada2@example.com>"),
        ("ada", "ad"),
        ("?", "!"),
        ("东", "西"),
    ] {
        assert!(!same_person(one, other), "{one} {other}");
    }
}
