use std::sync::LazyLock;

use super::*;
use crate::evidence::vector_tests::schema::obeys;
use crate::json::json;

const FULL: &str = "schema: assize/json-map/v1
name: load-report
collected_at: {pointer: /at, type: unix-milliseconds}
expect: [{pointer: /state, equals: done, else: partial}]
facts:
  p95_ms: {pointer: /latency/p95, type: number}
  rows: {pointer: /rows, type: list, may_be_empty: true, each: {ok: {pointer: /ok, type: boolean}}}
";

fn refused(text: &str) -> String {
    Mapping::parse(text.as_bytes()).expect_err(text).to_string()
}

#[test]
fn a_mapping_is_its_document_however_it_is_written() {
    let yaml = Mapping::parse(FULL.as_bytes()).unwrap();
    assert_eq!(yaml.name(), "load-report");
    assert!(yaml.is_dating());
    let canonical = json::canonical(&yaml).unwrap();
    assert_eq!(yaml.digest(), Digest::of(&canonical));
    let document = json::parse(&canonical, LIMITS).unwrap();
    for again in [
        Mapping::parse(&canonical).unwrap(),
        Mapping::parse(json::pretty(&document).as_bytes()).unwrap(),
        json::decode(document.clone()).unwrap(),
        Mapping::parse(format!("\u{feff}# a comment\n{FULL}").as_bytes()).unwrap(),
    ] {
        assert_eq!(again, yaml);
    }
    // Also where YAML has a number that canonical JSON writes in another way.
    let number = |value: &str| {
        let text = FULL.replace("equals: done", &format!("equals: {value}"));
        Mapping::parse(text.as_bytes()).unwrap()
    };
    assert_eq!(number("1.0"), number("1"));
    assert_ne!(number("1").digest(), number("'1'").digest());
}

#[test]
fn every_part_of_a_mapping_is_in_its_digest() {
    let digest = Mapping::parse(FULL.as_bytes()).unwrap().digest();
    for (from, to) in [
        ("load-report", "load-reports"),
        ("/at", "/ended"),
        ("unix-milliseconds", "unix-seconds"),
        ("equals: done", "differs: done"),
        ("equals: done", "equals: finished"),
        ("else: partial", "else: empty"),
        ("/latency/p95", "/latency/p50"),
        ("type: number", "type: integer"),
        ("type: number", "type: number, required: false"),
        ("may_be_empty: true", "may_be_empty: false"),
        ("{ok: {", "{good: {"),
    ] {
        let text = FULL.replace(from, to);
        assert_ne!(text, FULL, "{from}");
        assert_ne!(
            Mapping::parse(text.as_bytes()).unwrap().digest(),
            digest,
            "{to}"
        );
    }
}

/// What is written in the place of what, and what is said of it.
const WRONG: &str = r"json-map/v1 | json-map/v2 | `schema`: is `assize/json-map/v2`, expected one of assize/json-map/v1
schema: assize/json-map/v1 | # | `schema`: is missing
name: load-report | # | `name`: is missing
load-report | Load report | `name`: is no name in lower case
name: | title: x\nname: | unknown field `title`: expected schema, name, collected_at, expect, facts
expect: | guards: []\nexpect: | unknown field `guards`
else: partial | otherwise: partial | `expect[0]`: unknown field `otherwise`: expected pointer, equals, differs, else
else: partial | else: ok | `expect[0].else`: is `ok`, expected one of error, partial, empty
equals: done, | | `expect[0]`: expected one of `equals` and `differs`
equals: done | equals: 1, differs: 2 | `expect[0]`: expected one of
equals: done | equals: [1] | `expect[0]`: what is compared with
equals: done | equals: {} | `expect[0]`: what is compared with
pointer: /state, | | `expect[0].pointer`: is missing
type: unix-milliseconds | type: integer | `collected_at.type`: is `integer`, expected one of instant
pointer: /at | pointer: at | `collected_at.pointer`: is not a JSON Pointer (RFC 6901)
/latency/p95 | /latency/~2 | `facts.p95_ms.pointer`: is not a JSON Pointer
/latency/p95 | $.latency.p95 | `facts.p95_ms.pointer`: is not a JSON Pointer
p95_ms: | P95: | `facts.P95`: a fact has a name in lower case
p95_ms: | p95-ms: | `facts.p95-ms`: a fact has a name in lower case
p95_ms: | map: | `facts.map`: this fact says which mapping it was
type: number | type: float | `facts.p95_ms.type`: is `float`, expected one of text, integer
type: number | typ: number | `facts.p95_ms.type`: is missing
type: number | type: number, enum: [a] | `facts.p95_ms`: unknown field `enum`: expected pointer, type, required
type: number | type: number, optional: true | `facts.p95_ms`: unknown field `optional`
type: number | type: number, required: 1 | `facts.p95_ms.required`: expected true or false
type: number | type: number, may_be_empty: true | unknown field `may_be_empty`
type: number | type: text, enum: [] | `facts.p95_ms.enum`: names no value
type: number | type: text, enum: [1] | `facts.p95_ms.enum[0]`: expected a string
type: number | type: list | `facts.p95_ms`: a list has either `each`
type: number | type: list, of: list | `facts.p95_ms.of`: is `list`, expected one of text
type: number | type: members, each: {a: {pointer: '', type: text}} | `facts.p95_ms.key`: is missing
type: number | type: members, key: name | `facts.p95_ms.each`: is missing
type: number | type: members, key: Name, each: {a: {pointer: '', type: text}} | `facts.p95_ms.key`: a fact has a name in lower case
type: number | type: members, key: a, each: {a: {pointer: '', type: text}} | `facts.p95_ms.key`: `each` has a fact `a`, too
type: number | type: members, key: a, of: text | `facts.p95_ms`: unknown field `of`
type: number | type: list, key: a, of: text | `facts.p95_ms`: unknown field `key`
type: boolean | type: bool | `facts.rows.each.ok.type`: is `bool`
may_be_empty: true, | of: text, | `facts.rows`: a list has either
{ok: {pointer: /ok, type: boolean}} | {} | `facts.rows.each`: names no fact
p95_ms: { | rows: { | duplicate";

#[test]
fn what_is_wrong_is_said_with_its_field() {
    for line in WRONG.lines() {
        let [from, to, what] = line.splitn(3, '|').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let text = FULL.replace(from.trim(), &to.trim().replace("\\n", "\n"));
        assert_ne!(text, FULL, "{from}");
        let error = refused(&text);
        assert!(error.contains(what.trim()), "{to}: {error}");
    }
    let facts =
        |facts: &str| format!("{{\"schema\": \"assize/json-map/v1\", \"name\": \"a\"{facts}}}");
    for (text, what) in [
        (String::new(), "object"),
        ("[]".into(), "object"),
        ("facts".into(), "object"),
        (
            "{\"schema\": 1, \"schema\": 1}".into(),
            "duplicate key `schema`",
        ),
        (facts(", \"facts\": {}"), "`facts`: names no fact"),
        (facts(""), "`facts`: is missing"),
    ] {
        assert!(refused(&text).contains(what), "{text}: {}", refused(&text));
    }
}

#[test]
fn mappings_have_bounds() {
    let of = |facts: Value| {
        let map = json!({"schema": "assize/json-map/v1", "name": "a", "facts": facts});
        Mapping::parse(map.to_string().as_bytes())
    };
    let many = |count: usize| -> Value {
        let fact = json!({"pointer": "/a", "type": "text"});
        let facts = (0..count).map(|n| (format!("a{n}"), fact.clone()));
        Value::Object(facts.collect())
    };
    assert!(of(many(500)).is_ok());
    assert!(
        of(many(501))
            .unwrap_err()
            .to_string()
            .contains("more than 500 facts")
    );
    let nested = |levels: usize| {
        (0..levels).fold(
            json!({"a": {"pointer": "", "type": "text"}}),
            |inner, _| json!({"a": {"pointer": "", "type": "list", "each": inner}}),
        )
    };
    assert!(of(nested(3)).is_ok());
    assert!(
        of(nested(4))
            .unwrap_err()
            .to_string()
            .contains("more than 3 lists")
    );
    assert!(
        of(nested(20))
            .unwrap_err()
            .to_string()
            .contains("deeper than 12")
    );
    let long = json!({"a": {"pointer": format!("/{}", "x".repeat(SIZE_MAX)), "type": "text"}});
    assert!(
        of(long)
            .unwrap_err()
            .to_string()
            .contains("more than the limit of 65536")
    );
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let refs = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb = format!("{bomb}a{level}: &a{level} [{refs}]\n");
    }
    refused(&bomb);
}

#[test]
fn the_page_names_the_digest_of_its_mapping() {
    let page = include_str!("../../../../../docs/evidence/json-map.md");
    let block = page.split("```yaml\n").nth(1).unwrap();
    let block = block.split("```\n").next().unwrap();
    let map = Mapping::parse(block.as_bytes()).unwrap();
    assert!(page.contains(&format!("sha256:{}\n", map.digest())));
    assert!(page.contains(&format!("map: {}\n", map.digest())));
    let samples = include_str!("../../../../../tests/vectors/evidence/json-map/map.yaml");
    assert_eq!(Mapping::parse(samples.as_bytes()).unwrap(), map);
}

/// Whether the reader takes `document`, which the schema must say, too.
fn is_taken(document: &Value) -> bool {
    static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
        let bytes = include_bytes!("../../../../../docs/evidence/json-map-mapping.schema.json");
        json::parse(bytes, Limits::AUTHORED).unwrap()
    });
    let said = obeys(&SCHEMA, document, "mapping");
    let read = Mapping::of(document);
    assert_eq!(read.is_ok(), said.is_ok(), "{document}: {read:?} {said:?}");
    read.is_ok()
}

/// How many of `documents` are taken and how many are refused.
fn counted(documents: &[Value]) -> (usize, usize) {
    let taken = documents
        .iter()
        .filter(|document| is_taken(document))
        .count();
    (taken, documents.len() - taken)
}

#[test]
fn the_schema_takes_the_fields_that_the_reader_takes() {
    let types = "text integer number boolean instant unix-seconds unix-milliseconds count list members object";
    let fields = [
        ("required", [json!(false), Value::Null, json!(0)]),
        ("may_be_empty", [json!(true), Value::Null, json!("no")]),
        ("enum", [json!(["x"]), Value::Null, json!([])]),
        (
            "each",
            [
                json!({"b": {"pointer": "/b", "type": "text"}}),
                Value::Null,
                json!({}),
            ],
        ),
        ("of", [json!("integer"), Value::Null, json!("list")]),
        ("key", [json!("k"), Value::Null, json!("K")]),
        ("pointer", [json!(""), Value::Null, json!("a")]),
        ("unit", [json!("ms"), Value::Null, json!(1)]),
    ];
    let fields = fields.iter();
    let values: Vec<_> = fields
        .flat_map(|(name, values)| values.iter().map(move |value| (name, value)))
        .collect();
    let mut documents = Vec::new();
    for of_type in types.split(' ') {
        for (name, value) in &values {
            for (other, next) in &values {
                let mut fact = json!({"pointer": "/a", "type": of_type});
                fact[**name] = (*value).clone();
                fact[**other] = (*next).clone();
                let facts = json!({"a": fact});
                documents
                    .push(json!({"schema": "assize/json-map/v1", "name": "m", "facts": facts}));
            }
        }
    }
    let (taken, refused) = counted(&documents);
    assert!(taken > 150 && refused > 2_000, "{taken} {refused}");
}

#[test]
fn the_schema_takes_the_values_that_the_reader_takes() {
    let odd = json!([
        "", "a", "A b", "error", "ok", "instant", [], [1], {}, 1, false, null,
        {"b": {"pointer": "/b", "type": "text"}}
    ]);
    let places = "/schema /name /facts /facts/map /facts/a /facts/A /collected_at /more \
        /collected_at/type /collected_at/required /collected_at/unit /expect /expect/0/equals \
        /expect/0/differs /expect/0/else /expect/0/pointer /expect/0/x /facts/rows/each/map \
        /facts/rows/each";
    let full = json::yaml::parse(FULL.as_bytes(), LIMITS).unwrap();
    let mut documents = Vec::new();
    for place in places.split_whitespace() {
        let (parent, name) = place.rsplit_once('/').unwrap();
        let with = |value: Option<&Value>| {
            let mut document = full.clone();
            let at = document.pointer_mut(parent).unwrap();
            let at = at.as_object_mut().unwrap();
            match value {
                Some(value) => at.insert(name.to_owned(), value.clone()),
                None => at.remove(name),
            };
            document
        };
        documents.extend(
            odd.as_array()
                .unwrap()
                .iter()
                .map(|value| with(Some(value))),
        );
        documents.push(with(None));
    }
    let (taken, refused) = counted(&documents);
    assert!(taken > 30 && refused > 100, "{taken} {refused}");
}

#[test]
fn the_schema_refuses_what_is_wrong_and_takes_every_sample() {
    for line in WRONG.lines() {
        let [from, to, what] = line.splitn(3, '|').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let text = FULL.replace(from.trim(), &to.trim().replace("\\n", "\n"));
        // What no schema can tell: keys that stand twice, and that one names another.
        let Ok(document) = json::yaml::parse(text.as_bytes(), LIMITS) else {
            continue;
        };
        assert!(
            what.contains("has a fact `a`") || !is_taken(&document),
            "{line}"
        );
    }
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/vectors/evidence/json-map"
    );
    let mut samples = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.to_str().unwrap().ends_with("map.yaml") {
            let text = std::fs::read(&path).unwrap();
            assert!(
                is_taken(&json::yaml::parse(&text, LIMITS).unwrap()),
                "{path:?}"
            );
            samples += 1;
        }
    }
    assert!(samples > 5, "{samples}");
}
