use super::*;

/// What OPA 1.22 gives for each expression, recorded with `opa eval`;
/// `conformance` runs more of them.
const AGREED: &[(&str, &str)] = &[
    (
        r#"array.flatten([1,[2,[3]],{4},"x"])"#,
        r#"[1,2,[3],[4],"x"]"#,
    ),
    (
        r#"crypto.hmac.sha256("hello","key")"#,
        r#""9307b3b915efb5171ff14d8cb55fbcc798c6c0ef1456d66ded1a6aa723a58b7b""#,
    ),
    (r#"crypto.hmac.equal("a","a")"#, "true"),
    (r#"crypto.hmac.equal("a","b")"#, "false"),
    (r#"crypto.hmac.equal("a","aa")"#, "false"),
    (r#"crypto.hmac.equal("","a")"#, "false"),
    (
        r#"net.cidr_contains_matches("10.0.0.0/8","10.0.0.0/9")"#,
        r#"[["10.0.0.0/8","10.0.0.0/9"]]"#,
    ),
    (
        r#"net.cidr_contains_matches("10.0.0.0/9","10.0.0.0/8")"#,
        "[]",
    ),
    (
        r#"net.cidr_contains_matches({"k": ["1.1.1.1/24", 1]}, ["9.9.9.9", "1.1.1.128"])"#,
        r#"[["k",1]]"#,
    ),
    (r#"net.cidr_contains_matches("::/0","10.0.0.1")"#, "[]"),
    (
        r#"net.cidr_contains_matches("::ffff:0:0/96","10.0.0.1")"#,
        r#"[["::ffff:0:0/96","10.0.0.1"]]"#,
    ),
    (
        r#"net.cidr_intersects("::ffff:0:0/96","10.0.0.1/32")"#,
        "true",
    ),
    (r#"strings.count("aaaa","aa")"#, "2"),
    (r#"strings.count("abc","")"#, "4"),
    (r#"strings.count("héé","")"#, "4"),
    (r#"strings.count("","")"#, "1"),
    (r#"strings.count("","a")"#, "0"),
    ("array.flatten([])", "[]"),
    (
        r#"crypto.sha256("ü")"#,
        r#""607474ca475a9724d7360aba71a56d5df77e61350e3f724cfa1f46e857e2d85f""#,
    ),
    (
        r#"net.cidr_intersects("192.168.0.0/16","192.168.1.0/24")"#,
        "true",
    ),
    (
        r#"net.cidr_intersects("192.168.1.0/25","192.168.1.64/25")"#,
        "true",
    ),
    (
        r#"net.cidr_intersects("192.168.1.0/25","192.168.1.128/25")"#,
        "false",
    ),
    (r#"net.cidr_intersects("0.0.0.0/0","10.1.2.3/32")"#, "true"),
    (r#"net.cidr_intersects("::/0","fe80::/10")"#, "true"),
    (r#"net.cidr_intersects("::/0","10.0.0.0/8")"#, "false"),
    (r#"strings.split_n("a,b,c",",",2)"#, r#"["a","b"]"#),
    (r#"strings.split_n("a,b,c",",",-1)"#, r#"["c"]"#),
    (r#"strings.split_n("a,b,c",",",0)"#, "[]"),
    (r#"strings.split_n("abc","",2)"#, r#"["a","b"]"#),
    (
        r#"urlquery.encode("a b+ü/~*-_.!")"#,
        r#""a+b%2B%C3%BC%2F~%2A-_.%21""#,
    ),
    (r#"urlquery.decode("a%20b+%C3")"#, "\"a b \u{fffd}\""),
    (
        r#"urlquery.encode_object({"b":["1","2"],"a":"x y"})"#,
        r#""a=x+y&b=1&b=2""#,
    ),
    (r#"urlquery.encode_object({"b":{"2","1"}})"#, r#""b=1&b=2""#),
    (
        r#"urlquery.decode_object("a=1&b=2&a=3&c")"#,
        r#"{"a":["1","3"],"b":["2"],"c":[""]}"#,
    ),
    (
        r#"yaml.unmarshal("a: 1\nb: [x, 2.5]")"#,
        r#"{"a":1,"b":["x",2.5]}"#,
    ),
    (r#"yaml.is_valid("a: [")"#, "false"),
    (r#"yaml.is_valid("a: 1")"#, "true"),
    ("yaml.is_valid(1)", "false"),
];

const REFUSED: &[(&str, &str)] = &[
    (r#"array.flatten("x")"#, "must be an array"),
    ("crypto.sha256(1)", "argument 1 must be a string"),
    (
        r#"net.cidr_intersects("10.0.0.0/33","10.0.0.0/8")"#,
        "not a CIDR",
    ),
    (
        r#"net.cidr_intersects("10.0.0.0/+8","10.0.0.0/8")"#,
        "not a CIDR",
    ),
    (
        r#"net.cidr_intersects("10.0.0.1","10.0.0.0/8")"#,
        "not a CIDR",
    ),
    (
        r#"net.cidr_contains_matches("10.0.0.0","10.0.0.0/8")"#,
        "not a CIDR",
    ),
    (
        r#"net.cidr_contains_matches(["10.0.0.0/8"],{"x"})"#,
        "neither a CIDR",
    ),
    (
        r#"net.cidr_contains_matches(["10.0.0.0/8"],[1])"#,
        "argument 2 holds",
    ),
    (
        r#"net.cidr_contains_matches([[]],"10.0.0.1")"#,
        "argument 1 holds",
    ),
    (r#"strings.split_n("a",",",1.5)"#, "must be an integer"),
    (r#"urlquery.decode("%zz")"#, "invalid escape"),
    (r#"urlquery.decode("%4")"#, "invalid escape"),
    (r#"urlquery.decode_object("a=1;b=2")"#, "`;`"),
    (r#"urlquery.encode_object({"a": 1})"#, "object of strings"),
    (r#"yaml.unmarshal("a: 1\na: 2")"#, "duplicate"),
    (
        r#"http.send({"method":"get","url":"http://localhost"})"#,
        "refused: collect",
    ),
    (r#"net.lookup_ip_addr("localhost")"#, "is refused"),
    ("opa.runtime()", "is refused"),
    (r#"rand.intn("x", 5)"#, "is refused"),
    (r#"uuid.rfc4122("x")"#, "is refused"),
];

fn evaluate(expression: &str) -> Result<Value, String> {
    let mut engine = Engine::new();
    install(&mut engine, 42).unwrap();
    let results = engine
        .eval_query(format!("x := {expression}"), false)
        .map_err(|error| error.to_string())?;
    Ok(results.result[0].bindings["x"].clone())
}

#[test]
fn functions_give_what_opa_gives() {
    for (expression, expected) in AGREED {
        let value = evaluate(expression).expect(expression);
        // Sets print as arrays, as they do in OPA's JSON.
        let text = json::canonical(&value).unwrap();
        let expected = json::parse(expected.as_bytes(), json::Limits::AUTHORED).unwrap();
        let found = json::parse(&text, json::Limits::AUTHORED).unwrap();
        assert_eq!(found, expected, "{expression}");
    }
}

#[test]
fn what_has_no_value_is_an_error_that_names_the_function() {
    for (expression, expected) in REFUSED {
        let error = evaluate(expression).expect_err(expression);
        let name = expression.split('(').next().unwrap();
        assert!(error.contains(expected), "{expression}: {error}");
        assert!(
            error.contains(&format!("`{name}`")),
            "{expression}: {error}"
        );
    }
}

#[test]
fn time_stands_still() {
    assert_eq!(evaluate("time.now_ns()").unwrap(), Value::from(42_i64));
}

#[test]
fn no_other_function_replaces_one_of_the_engines_own() {
    let replaced: Vec<&str> = names()
        .filter(|name| regorus::unstable::BUILTINS.contains_key(name))
        .collect();
    assert_eq!(replaced, ["strings.count", NOW]);
    assert!(FUNCTIONS.is_sorted_by_key(|entry| entry.0));
}
