use super::*;

fn plan(text: &str) -> Result<Plan, CollectError> {
    let value = json::toml::parse(text.as_bytes(), json::Limits::AUTHORED).unwrap();
    let tables = |name: &str| -> BTreeMap<String, Value> {
        let tables = value.get(name).and_then(Value::as_object);
        tables
            .into_iter()
            .flatten()
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    };
    Plan::read(
        &tables("server"),
        &tables("collect"),
        Some(Path::new("evidence")),
        Path::new("."),
    )
}

const SERVER: &str = "[server.p]\nurl = 'http://127.0.0.1:9090/'\n";

fn query(more: &str) -> String {
    format!(
        "{SERVER}[collect.a]\nfrom = 'prometheus'\nserver = 'p'\nquery = 'up'\nwindow = '2h'\nstep = '15s'\n{more}"
    )
}

#[test]
fn a_source_has_a_folder_a_file_and_a_server() {
    let read = plan(&query("path = 'slo/a.json'\nvalid_for = '1h'\n")).unwrap();
    let source = &read.sources[0];
    assert_eq!(source.folder, Path::new("evidence"));
    assert_eq!(source.paths(), ["slo/a.json"]);
    assert_eq!(source.valid_for, Some(Duration::from_hours(1)));
    assert_eq!(read.servers["p"].url, "http://127.0.0.1:9090");
    assert_eq!(plan(&query("")).unwrap().sources[0].path, "a.json");
    let computed = format!(
        "{SERVER}[collect.a]\nfrom = 'prometheus'\nserver = 'p'\nexpression = 'x'\ncoverage = 'y'\nwindow = '2h'\nstep = '15s'\n"
    );
    let computed = plan(&computed).unwrap();
    assert_eq!(computed.sources[0].paths(), ["a.json", "a-coverage.json"]);
}

#[test]
fn what_is_wrong_is_named_by_its_table() {
    let server = |more: &str| format!("[server.p]\nurl = 'https://p.test'\n{more}");
    for (text, what) in [
        (query("step2 = 1\n"), "`collect.a`: unknown field `step2`"),
        (query("path = '../a.json'\n"), "leads outside"),
        (query("path = '/a.json'\n"), "leads outside"),
        (query("valid_for = 'long'\n"), "valid_for: `long`"),
        (query("").replace("'2h'", "2"), "`collect.a`: `window`"),
        (
            query("").replace("server = 'p'", "server = 'q'"),
            "no table `server.q`",
        ),
        (query("").replace("server = 'p'\n", ""), "expected `server`"),
        (
            query("").replace("'prometheus'", "'graphite'"),
            "from is `graphite`",
        ),
        (
            query("").replace("from = 'prometheus'\n", ""),
            "missing field `from`",
        ),
        (
            query(
                "[collect.b]\nfrom = 'prometheus'\nserver = 'p'\nquery = 'up'\nwindow = '2h'\nstep = '15s'\npath = 'a.json'\n",
            ),
            "`a` and `b` both write `evidence/a.json`",
        ),
        (
            "collect.a = 1\n".to_owned(),
            "`collect.a`: expected a table",
        ),
        (
            "[server.p]\nurl = 'p.test'\n".to_owned(),
            "expected `https://",
        ),
        (
            "[server.p]\nurl = 'https://me:pw@p.test'\n".to_owned(),
            "would be recorded",
        ),
        (
            "[server.p]\nurl = 'https://p.test?a=b'\n".to_owned(),
            "no query",
        ),
        (server("token = 'x'\n"), "`server.p`: unknown field `token`"),
        (server("certificate = 'c.pem'\n"), "go together"),
        (
            server("bearer = 'env://A'\nbasic = {user = 'a', password = 'env://B'}\n"),
            "either",
        ),
    ] {
        let error = plan(&text).unwrap_err().to_string();
        assert!(error.contains(what), "{text}: {error}");
    }
}

const MAP: &str = "schema: assize/json-map/v1\nname: m\nfacts: {a: {pointer: /a, type: text}}\n";

#[test]
fn a_mapping_is_read_with_the_settings_and_where_it_says_something() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let map = write("m.yaml", MAP);
    let wrong = write("wrong.yaml", &MAP.replace("type", "typ"));
    let http = |more: &str| {
        plan(&format!(
            "{SERVER}[collect.a]\nfrom = 'http'\nserver = 'p'\nget = '/'\n{more}"
        ))
    };
    let files = |more: &str| {
        plan(&format!(
            "[collect.a]\nfrom = 'files'\nfile = 'a.json'\n{more}"
        ))
    };
    let command = |more: &str, map: &str| {
        plan(&format!(
            "[collect.a]\nfrom = 'command'\nrun = ['x']\nmap = '{map}'\n{more}"
        ))
    };
    let name = |plan: Result<Plan, CollectError>| {
        let map = plan.unwrap().sources.remove(0).map;
        map.unwrap().name().to_owned()
    };
    assert_eq!(name(files(&format!("map = '{map}'\n"))), "m");
    assert_eq!(name(http(&format!("map = '{map}'\n"))), "m");
    assert_eq!(name(command("stdout = 'out.json'\n", &map)), "m");
    assert_eq!(name(command("files = ['out.json']\n", &map)), "m");
    for (plan, what) in [
        (http("map = 'none.yaml'\n"), "none.yaml"),
        (
            http(&format!("map = '{wrong}'\n")),
            "wrong.yaml`: `facts.a.type`: is missing",
        ),
        (http("map = 1\n"), "`collect.a`: `map`"),
        (
            http(&format!("kind = 'sarif'\nmap = '{map}'\n")),
            "this `http` gives none",
        ),
        (http("kind = 'json-map'\n"), "`map` alone says"),
        (command("", &map), "this `command` gives none"),
        (
            files(&format!("kind = 'sarif'\nmap = '{map}'\n")),
            "this `files` gives none",
        ),
        (files("kind = 'json-map'\n"), "`map` alone says"),
        (
            plan(&query(&format!("map = '{map}'\n"))),
            "this `prometheus` gives none",
        ),
    ] {
        let error = plan.unwrap_err().to_string();
        assert!(error.contains(what), "{what}: {error}");
    }
}

#[test]
fn only_some_are_left_and_names_must_exist() {
    let both = query(
        "[collect.b]\nfrom = 'prometheus'\nserver = 'p'\nquery = 'up'\nwindow = '2h'\nstep = '15s'\n",
    );
    let left = plan(&both).unwrap().only(&["b".to_owned()]).unwrap();
    assert_eq!(left.names().collect::<Vec<_>>(), ["b"]);
    let error = plan(&both).unwrap().only(&["c".to_owned()]).unwrap_err();
    assert_eq!(error.to_string(), "there is no source `c`");
}

#[test]
fn secrets_in_the_settings_are_refused_without_being_repeated() {
    let told = |more: &str| {
        let plan = plan(&format!("[server.p]\nurl = 'https://p.test'\n{more}")).unwrap();
        let server = &plan.servers["p"];
        server.client("p", &plan.base).unwrap_err().to_string()
    };
    for (more, setting) in [
        ("bearer = 's3cr3t'\n", "server.p.bearer"),
        (
            "basic = {user = 'a', password = 's3cr3t'}\n",
            "server.p.basic.password",
        ),
        (
            "headers = {X-Api-Key = 's3cr3t'}\n",
            "server.p.headers.X-Api-Key",
        ),
        (
            "headers = {Authorization = 's3cr3t'}\n",
            "server.p.headers.Authorization",
        ),
    ] {
        let error = told(more);
        assert!(
            error.contains(setting) && error.contains("env://NAME"),
            "{error}"
        );
        assert!(!error.contains("s3cr3t"), "{error}");
    }
    let tenant = plan("[server.p]\nurl = 'https://p.test'\nheaders = {X-Scope-OrgID = 'acme'}\n");
    let tenant = tenant.unwrap();
    assert!(tenant.servers["p"].client("p", &tenant.base).is_ok());
}
