use super::*;
use crate::json::{Value, json};

fn entry(id: &str, path: &str) -> Value {
    json!({
        "id": id, "kind": "json", "path": path, "media_type": "application/json",
        "size": 2, "sha256": Digest::of(b"{}").hex(), "status": "ok"
    })
}

fn manifest(items: &[Value]) -> Value {
    json!({"schema": SCHEMA, "subject": [], "items": items})
}

fn refused(value: &Value) -> String {
    Manifest::parse(value.to_string().as_bytes())
        .expect_err(&value.to_string())
        .to_string()
}

#[test]
fn writes_canonical_bytes_and_a_newline() {
    let value = json!({
        "schema": SCHEMA,
        "subject": [{"name": "registry", "digest": {"sha256": Digest::of(b"abc").hex()}}],
        "created_at": "2026-11-23T14:00:00+01:00",
        "items": [entry("a", "a.json")],
    });
    let bytes = Manifest::parse(value.to_string().as_bytes())
        .unwrap()
        .to_bytes()
        .unwrap();
    assert_eq!(
        String::from_utf8(bytes.clone()).unwrap(),
        "{\"collector\":null,\"created_at\":\"2026-11-23T13:00:00Z\",\"items\":[{\
         \"collected_at\":null,\"id\":\"a\",\"kind\":\"json\",\"media_type\":\"application/json\",\
         \"observed\":null,\"path\":\"a.json\",\"provenance\":null,\"reason\":null,\
         \"sha256\":\"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\",\
         \"size\":2,\"source\":null,\"status\":\"ok\",\"valid_until\":null}],\
         \"schema\":\"assize/bundle/v1\",\"subject\":[{\"digest\":{\"sha256\":\
         \"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"},\
         \"environment\":null,\"name\":\"registry\"}]}\n"
    );
    let again = Manifest::parse(&bytes).unwrap().to_bytes().unwrap();
    assert_eq!(again, bytes);
}

#[test]
fn refuses_paths_that_leave_the_folder_or_hide() {
    for path in [
        "",
        "/etc/passwd",
        "../a.json",
        "a/../../b.json",
        "./a.json",
        "a//b.json",
        "a/",
        ".hidden.json",
        "a/.git/config",
        "a\\b.json",
        "a\u{0}.json",
        "a\nb",
        "bundle.json",
    ] {
        let error = refused(&manifest(&[entry("a", path)]));
        assert!(error.contains("item `a`: path `"), "{path:?}: {error}");
    }
}

#[test]
fn refuses_duplicates_and_disorder() {
    let twice = [entry("a", "a.json"), entry("a", "b.json")];
    assert!(refused(&manifest(&twice)).contains("two items have the id `a`"));
    let shared = [entry("a", "x.json"), entry("b", "x.json")];
    assert!(refused(&manifest(&shared)).contains("two items name the file `x.json`"));
    let disorder = [entry("b", "b.json"), entry("a", "a.json")];
    assert!(refused(&manifest(&disorder)).contains("`a` stands after `b`"));
    let text = manifest(&[entry("a", "a.json")])
        .to_string()
        .replace("\"id\":\"a\"", "\"id\":\"a\",\"id\":\"b\"");
    let error = Manifest::parse(text.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("duplicate key `id`"), "{error}");
}

#[test]
fn refuses_other_versions_fields_and_values() {
    let with = |field: &str, value: Value| {
        let mut item = entry("a", "a.json");
        item[field] = value;
        refused(&manifest(&[item]))
    };
    assert!(with("kind", json!("sbom")).contains("unknown variant `sbom`"));
    assert!(with("status", json!("fine")).contains("unknown variant `fine`"));
    assert!(with("size", json!(-1)).contains("-1"));
    assert!(with("size", json!(1_u64 << 40)).contains("larger than the limit"));
    assert!(with("sha256", json!("44136FA3")).contains("not a SHA-256 digest"));
    assert!(with("mtime", json!(0)).contains("unknown field `mtime`"));
    assert!(with("id", json!(" ")).contains("printable text"));
    assert!(with("id", json!("x".repeat(256))).contains("255 bytes"));
    assert!(with("collected_at", json!("yesterday")).contains("`yesterday`"));
    assert!(
        with(
            "observed",
            json!({"from": "2026-11-24", "to": "2026-11-23"})
        )
        .contains("later than `observed.to`")
    );
    for told in ["ok", "partial", "error"] {
        let mut item = entry("a", "a.json");
        item["status"] = json!("partial");
        item["told"] = json!({"status": told, "reason": null});
        let error = refused(&manifest(&[item]));
        assert!(
            error.contains("`told.status` is worse than `ok`"),
            "{error}"
        );
    }
    let mut newer = manifest(&[]);
    newer["schema"] = json!("assize/bundle/v2");
    assert!(refused(&newer).contains("expected `assize/bundle/v1`"));
    let mut nameless = manifest(&[]);
    nameless["subject"] = json!([{"name": "", "digest": {"sha256": Digest::of(b"").hex()}}]);
    assert!(refused(&nameless).contains("has no name"));
    assert!(refused(&json!([])).contains("`bundle.json`"));
}

#[test]
fn bounds_items_and_their_sum() {
    let items: Vec<_> = (0..=ITEMS_MAX)
        .map(|n| entry(&format!("{n:05}"), &format!("{n:05}.json")))
        .collect();
    assert!(refused(&manifest(&items)).contains("more than 10000 items"));
    let large: Vec<_> = (0..9)
        .map(|n| {
            let mut item = entry(&format!("{n}"), &format!("{n}.json"));
            item["size"] = json!(ITEM_SIZE_MAX);
            item
        })
        .collect();
    assert!(refused(&manifest(&large)).contains("bundle is larger"));
}

fn mapped(map: &Value) -> Value {
    let mut item = entry("a", "a.json");
    item["kind"] = json!("json-map");
    item["map"] = map.clone();
    manifest(&[item])
}

fn map() -> Value {
    json!({"schema": "assize/json-map/v1", "name": "m",
           "facts": {"a": {"pointer": "/a", "type": "integer"}}})
}

#[test]
fn a_mapping_stands_where_it_is_needed_and_nowhere_else() {
    let read = Manifest::parse(mapped(&map()).to_string().as_bytes()).unwrap();
    let bytes = read.to_bytes().unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    let canonical = String::from_utf8(json::canonical(&map()).unwrap()).unwrap();
    assert!(
        text.contains(&format!("\"map\":{canonical},\"media_type\"")),
        "{text}"
    );
    assert_eq!(Manifest::parse(&bytes).unwrap(), read);

    let mut on_another = mapped(&map());
    on_another["items"][0]["kind"] = json!("json");
    let error = refused(&on_another);
    assert!(
        error.contains("item `a`: only a `json-map` has a `map`"),
        "{error}"
    );
    for none in [Value::Null, json!({})] {
        let error = refused(&mapped(&none));
        let without = error.contains("item `a`: a `json-map` has a `map`, and it has none");
        assert!(
            without || error.contains("`items[0].map`: `schema`: is missing"),
            "{error}"
        );
    }
    let mut odd = map();
    odd["facts"]["a"]["typ"] = json!("text");
    let error = refused(&mapped(&odd));
    assert!(
        error.contains("`items[0].map`: `facts.a`: unknown field `typ`"),
        "{error}"
    );
    let twice = mapped(&map())
        .to_string()
        .replace("\"name\":\"m\"", "\"name\":\"m\",\"name\":\"n\"");
    let error = Manifest::parse(twice.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("duplicate key `name`"), "{error}");
}

#[test]
fn a_manifest_that_could_not_be_read_back_is_not_written() {
    let mut many = map();
    many["facts"] = (0..400)
        .map(|n| {
            (
                format!("a{n}"),
                json!({"pointer": format!("/{}", "x".repeat(120)), "type": "text"}),
            )
        })
        .collect();
    let items: Vec<_> = (0..1_000)
        .map(|n| {
            let mut item = entry(&format!("{n:05}"), &format!("{n:05}.json"));
            item["kind"] = json!("json-map");
            item
        })
        .collect();
    let mut read: Manifest = json::decode(manifest(&items)).unwrap();
    let map: Mapping = json::decode(many).unwrap();
    for item in &mut read.items {
        item.map = Some(map.clone());
    }
    let error = read.to_bytes().unwrap_err().to_string();
    assert!(error.contains("larger than 33554432 bytes"), "{error}");
}
