use super::*;
use proptest::prelude::*;

mod expected;

fn mapping(text: &str) -> Mapping {
    let text = format!("schema: assize/json-map/v1\nname: sample\n{text}");
    Mapping::parse(text.as_bytes()).unwrap()
}

fn reading(map: &str, document: &str) -> Result<Reading, KindError> {
    read(document.as_bytes(), &mapping(map))
}

fn refused(map: &str, document: &str) -> String {
    reading(map, document).unwrap_err().to_string()
}

/// What a mapping of one fact with this type makes of `value`.
fn one(of_type: &str, value: &str) -> Result<Value, String> {
    let map = format!("facts: {{a: {{pointer: /a, type: {of_type}}}}}");
    match reading(&map, &format!("{{\"a\": {value}}}")) {
        Ok(mut reading) => Ok(reading.facts["a"].take()),
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn nothing_is_converted_silently() {
    for (of_type, value, expected) in [
        ("text", "\"0\"", json!("0")),
        ("text", "\"\"", json!("")),
        (
            "integer",
            "9007199254740993",
            json!(9_007_199_254_740_993_u64),
        ),
        ("integer", "18446744073709551615", json!(u64::MAX)),
        ("integer", "-9223372036854775808", json!(i64::MIN)),
        (
            "number",
            "9007199254740993",
            json!(9_007_199_254_740_993_u64),
        ),
        ("number", "0.1", json!(0.1)),
        ("number", "-0.0", json!(0)),
        ("number", "1.5e3", json!(1500)),
        ("boolean", "false", json!(false)),
        (
            "instant",
            "\"2026-11-23T13:00:00+01:00\"",
            json!("2026-11-23T12:00:00Z"),
        ),
        ("unix-seconds", "1795438800", json!("2026-11-23T13:00:00Z")),
        (
            "unix-seconds",
            "1795438800.25",
            json!("2026-11-23T13:00:00.250Z"),
        ),
        (
            "unix-milliseconds",
            "1795438800001",
            json!("2026-11-23T13:00:00.001Z"),
        ),
        ("unix-milliseconds", "0", json!("1970-01-01T00:00:00Z")),
    ] {
        assert_eq!(one(of_type, value), Ok(expected), "{of_type} {value}");
    }
}

#[test]
fn a_value_of_another_type_is_an_error() {
    for (of_type, values) in [
        ("text", ["0", "true", "null", "[]", "{}", "[\"a\"]"]),
        ("integer", ["1.0", "1e0", "\"1\"", "true", "null", "[1]"]),
        (
            "number",
            [
                "\"1\"",
                "9007199254740992.0",
                "1e300",
                "-1e16",
                "null",
                "{}",
            ],
        ),
        ("boolean", ["0", "1", "\"true\"", "\"\"", "null", "[]"]),
        (
            "instant",
            [
                "\"2026-11-23\"",
                "\"noon\"",
                "1795438800",
                "\"\"",
                "null",
                "true",
            ],
        ),
        (
            "unix-seconds",
            ["-1", "\"1\"", "1e19", "1795438800000", "null", "-0.1"],
        ),
        (
            "unix-milliseconds",
            ["-1", "\"1\"", "1e19", "18446744073709551615", "null", "{}"],
        ),
        ("count", ["0", "{}", "\"ab\"", "null", "true", "1.5"]),
    ] {
        for value in values {
            let error = one(of_type, value).unwrap_err();
            assert!(error.starts_with("`/a`: "), "{of_type} {value}: {error}");
        }
    }
}

#[test]
fn a_text_is_one_of_those_that_are_named() {
    let map = "facts: {a: {pointer: /a, type: text, enum: [passed, failed]}}";
    assert_eq!(
        reading(map, "{\"a\": \"failed\"}").unwrap().facts["a"],
        "failed"
    );
    for odd in ["Passed", "", "passed ", "skipped"] {
        let error = refused(map, &json!({"a": odd}).to_string());
        assert!(error.contains("expected one of passed, failed"), "{error}");
    }
}

#[test]
fn what_may_be_absent_is_null_and_of_its_type_where_it_is_there() {
    let map = "facts: {a: {pointer: /x/a, type: integer, required: false}}";
    for absent in ["{}", "[]", "1", "{\"x\": 1}", "{\"x\": {\"a\": null}}"] {
        let reading = reading(map, absent).unwrap();
        assert_eq!(
            (&reading.facts["a"], reading.status),
            (&Value::Null, Status::Ok)
        );
    }
    assert!(refused(map, "{\"x\": {\"a\": \"1\"}}").contains("expected a whole number"));
    let mark = json!({"x": {"assize/redacted/v1": "0".repeat(64)}}).to_string();
    assert_eq!(refused(map, &mark), "`/x/a`: was redacted");
}

#[test]
fn what_the_pointers_do_not_lead_into_is_no_row_of_nulls() {
    let map = |each: &str| format!("facts: {{a: {{pointer: /a, type: list, each: {{{each}}}}}}}");
    let optional = map(
        "b: {pointer: /b, type: text, required: false}, c: {pointer: '', type: integer, required: false}",
    );
    let named = map("b: {pointer: /b, type: text, required: false}");
    let first = map("b: {pointer: /0, type: integer, required: false}");
    let whole = map("b: {pointer: '', type: integer}");
    for (map, value) in [
        (&named, "1"),
        (&named, "\"text\""),
        (&named, "true"),
        (&named, "null"),
        (&named, "[]"),
        (&named, "[1]"),
        (&optional, "1"),
        (&first, "1"),
        (&first, "null"),
    ] {
        let error = refused(map, &format!("{{\"a\": [{value}]}}"));
        assert!(
            error.starts_with("`/a/0`: is ") && error.ends_with("expected an object"),
            "{value}: {error}"
        );
    }
    let facts = |map: &str, value: &str| {
        let mut reading = reading(map, &format!("{{\"a\": [{value}]}}")).unwrap();
        reading.facts["a"].take()
    };
    assert_eq!(facts(&named, "{}"), json!([{"b": null}]));
    assert_eq!(facts(&whole, "7, 8"), json!([{"b": 7}, {"b": 8}]));
    assert_eq!(
        facts(&first, "[7], {\"0\": 8}"),
        json!([{"b": 7}, {"b": 8}])
    );
    let mark = json!({"a": [{"assize/redacted/v1": "0".repeat(64)}]}).to_string();
    assert_eq!(refused(&named, &mark), "`/a/0/b`: was redacted");
}

#[test]
fn the_members_of_an_object_are_a_list_with_their_names() {
    let map = |more: &str| {
        format!(
            "facts: {{services: {{pointer: /services, type: members, key: name, \
             each: {{up: {{pointer: /up, type: boolean, required: false}}}}{more}}}}}"
        )
    };
    let document = json!({"services": {"b": {"up": true}, "a/~": {}, "": {"up": false}}});
    let found = reading(&map(""), &document.to_string()).unwrap();
    assert_eq!(
        found.facts["services"],
        json!([
            {"name": "", "up": false}, {"name": "a/~", "up": null}, {"name": "b", "up": true}
        ])
    );
    let odd = |services: Value| refused(&map(""), &json!({"services": services}).to_string());
    assert_eq!(odd(json!([])), "`/services`: is [], expected an object");
    assert_eq!(odd(Value::Null), "`/services`: is null");
    let error = odd(json!({"a/~": 1}));
    assert_eq!(error, "`/services/a~1~0`: is 1, expected an object");
    let error = odd(json!({"a": {"up": 1}}));
    assert_eq!(error, "`/services/a/up`: is 1, expected true or false");
    let mark = json!({"assize/redacted/v1": "0".repeat(64)});
    assert_eq!(odd(mark.clone()), "`/services`: was redacted");
    assert_eq!(odd(json!({"a": mark})), "`/services/a/up`: was redacted");

    let none = reading(&map(""), "{\"services\": {}}").unwrap();
    assert_eq!(none.status, Status::Empty);
    assert_eq!(none.reason.unwrap(), "`/services`: is an empty object");
    let none = reading(&map(", may_be_empty: true"), "{\"services\": {}}").unwrap();
    assert_eq!(
        (none.status, &none.facts["services"]),
        (Status::Ok, &json!([]))
    );

    // Values that are no objects, and members of members.
    let map = "facts: {load: {pointer: '', type: members, key: host, each: {\
               cores: {pointer: '', type: members, key: core, each: {busy: {pointer: '', type: number}}}}}}";
    let found = reading(map, "{\"one\": {\"0\": 0.5}}").unwrap();
    assert_eq!(
        found.facts["load"],
        json!([{"host": "one", "cores": [{"core": "0", "busy": 0.5}]}])
    );
    let wide: Map<String, Value> = (0..=VALUES_MAX / 2)
        .map(|n| (n.to_string(), json!({})))
        .collect();
    let map = "facts: {a: {pointer: '', type: members, key: name, each: {b: {pointer: /b, type: text, required: false}}}}";
    assert!(refused(map, &Value::from(wide).to_string()).contains("values in facts"));
}

#[test]
fn nothing_looked_at_is_told_from_nothing_found() {
    let map = |more: &str| format!("facts: {{a: {{pointer: /a, type: {more}}}}}");
    for list in [
        "count",
        "list, of: text",
        "list, each: {b: {pointer: /b, type: text}}",
    ] {
        let empty = reading(&map(list), "{\"a\": []}").unwrap();
        assert_eq!(empty.status, Status::Empty, "{list}");
        assert_eq!(empty.reason.unwrap(), "`/a`: is an empty list");
        let may_be = reading(&map(&format!("{list}, may_be_empty: true")), "{\"a\": []}").unwrap();
        assert_eq!((may_be.status, may_be.reason), (Status::Ok, None), "{list}");
    }
    // Inside another list, too.
    let nested = "facts: {a: {pointer: '', type: list, each: {b: {pointer: /b, type: count}}}}";
    let found = reading(nested, "[{\"b\": [1]}, {\"b\": []}]").unwrap();
    assert_eq!(found.status, Status::Empty);
    assert_eq!(found.reason.unwrap(), "`/1/b`: is an empty list");
}

#[test]
fn the_facts_say_which_mapping_it_was() {
    let map = mapping("facts: {a: {pointer: '', type: integer}}");
    let reading = read(b"1", &map).unwrap();
    assert_eq!(
        reading.facts,
        json!({"a": 1, "map": {"name": "sample", "sha256": map.digest().hex()}})
    );
    assert_eq!(reading.collected_at, None);
    let dated = "collected_at: {pointer: /at, type: unix-seconds}\nfacts: {a: {pointer: /a, type: integer}}";
    let at = super::super::read_mapped(
        b"{\"at\": 1795438800, \"a\": 1}",
        None,
        Some(&mapping(dated)),
        super::super::Signatures::Unseen,
    );
    assert_eq!(at.collected_at.unwrap().to_string(), "2026-11-23T13:00:00Z");
    assert_eq!(refused(dated, "{\"a\": 1}"), "`/at`: is missing");
    let undated = dated.replace("unix-seconds", "unix-seconds, required: false");
    assert_eq!(
        self::reading(&undated, "{\"a\": 1}").unwrap().collected_at,
        None
    );
}

#[test]
fn facts_grow_no_further_than_their_bounds() {
    let flood = format!("[{}]", vec!["[1]"; VALUES_MAX].join(","));
    let each = "facts: {a: {pointer: '', type: list, each: {b: {pointer: /0, type: integer}}}}";
    assert!(refused(each, &flood).contains("more than 200000 values"));
    // Nor by facts that all are the same list, nor by ones that are absent.
    let rows = |row: &str| format!("[{}]", vec![row; 2_000].join(","));
    let many = |of: &str| {
        let facts = (0..120).map(|n| format!("a{n}: {{pointer: '', type: list, {of}}}"));
        format!("facts: {{{}}}", facts.collect::<Vec<_>>().join(", "))
    };
    for (of, row) in [
        ("of: integer", "0"),
        (
            "each: {b: {pointer: /x, type: text, required: false}}",
            "{}",
        ),
    ] {
        assert!(
            refused(&many(of), &rows(row)).contains("more than 200000 values"),
            "{of}"
        );
    }
    let text = json!("x".repeat(1 << 20)).to_string();
    let facts: Vec<_> = (0..17)
        .map(|n| format!("a{n}: {{pointer: '', type: text}}"))
        .collect();
    let texts = format!("facts: {{{}}}", facts.join(", "));
    assert!(refused(&texts, &text).contains("more than 16777216 bytes of text"));
}

#[test]
fn only_one_json_document_is_read() {
    let map = "facts: {a: {pointer: '', type: count, required: false}}";
    for (text, what) in [
        ("{\"a\": 1, \"a\": 2}", "duplicate key `a`"),
        ("{} {}", "line 1"),
        ("{\"a\":", "line 1"),
        ("a: 1", "line 1"),
        ("NaN", "line 1"),
        ("[1e400]", "line 1"),
        ("18446744073709551616", "does not fit 64 bits"),
    ] {
        assert!(
            refused(map, text).contains(what),
            "{text}: {}",
            refused(map, text)
        );
    }
    assert!(refused(map, &"[".repeat(300_000)).contains("deeper than 96"));
    assert!(
        read(b"\"\xff\"", &mapping(map))
            .unwrap_err()
            .to_string()
            .contains("UTF-8")
    );
    for empty in ["", " \n", "\u{feff}"] {
        assert_eq!(reading(map, empty).unwrap().status, Status::Empty);
    }
    assert_eq!(reading(map, "\u{feff}null").unwrap().status, Status::Ok);
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e6..1e6).prop_map(Value::from),
        "[a-c]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-c]", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn a_fact_is_the_value_at_its_pointer_or_an_error(
        document in any_value(),
        pointer in "(/[a-c0-1]){0,3}",
        of_type in proptest::sample::select(vec!["text", "integer", "number", "boolean"]),
        is_required in any::<bool>(),
    ) {
        let map = format!("facts: {{a: {{pointer: '{pointer}', type: {of_type}, required: {is_required}}}}}");
        let value = document.pointer(&pointer).cloned().unwrap_or_default();
        let is_of_type = match of_type {
            "text" => value.is_string(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            _ => value.is_boolean(),
        };
        match reading(&map, &document.to_string()) {
            Ok(reading) if value.is_null() => {
                prop_assert!(!is_required);
                prop_assert_eq!(&reading.facts["a"], &Value::Null);
            }
            Ok(reading) => {
                prop_assert!(is_of_type);
                prop_assert_eq!(reading.facts["a"].as_f64(), value.as_f64());
                prop_assert!(value.is_number() || reading.facts["a"] == value);
            }
            Err(_) => prop_assert!(!is_of_type && (is_required || !value.is_null())),
        }
    }

    #[test]
    fn a_list_has_all_of_its_elements(numbers in prop::collection::vec(any::<i64>(), 1..20)) {
        let map = "facts: {n: {pointer: '', type: count}, a: {pointer: '', type: list, of: integer}, \
                   b: {pointer: '', type: list, each: {c: {pointer: '', type: integer}}}}";
        let facts = reading(map, &json!(numbers).to_string()).unwrap().facts;
        prop_assert_eq!(&facts["n"], &json!(numbers.len()));
        prop_assert_eq!(&facts["a"], &json!(numbers));
        let each: Vec<_> = numbers.iter().map(|n| json!({"c": n})).collect();
        prop_assert_eq!(&facts["b"], &json!(each));
    }

    #[test]
    fn no_mapping_and_no_document_are_too_odd(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..4), 0..5),
    ) {
        let map = include_bytes!("../../../../tests/vectors/evidence/json-map/ok-every-type.json.map.yaml");
        let document = include_bytes!("../../../../tests/vectors/evidence/json-map/ok-every-type.json");
        let mut bytes = [map.as_slice(), b"\0", document].concat();
        for (at, byte, how) in edits {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => { bytes.remove(at); }
                2 => bytes.insert(at, byte),
                _ => bytes.swap(at, (usize::from(byte) * 7) % (at + 1)),
            }
        }
        let (status, facts) = crate::evidence::facts_of(&bytes, Some(Kind::JsonMap));
        prop_assert_eq!(status.shows_facts(), !facts.is_null());
        prop_assert!(json::canonical(&facts).is_ok());
        if status.shows_facts() {
            prop_assert_eq!(facts[MAP]["sha256"].as_str().map(str::len), Some(64));
        }
    }
}
