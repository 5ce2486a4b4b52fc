//! One document by HTTP: what an exporter, a prober or any other service answers.

use serde::Deserialize;

use super::{Ask, Errand, Given, Origin};
use crate::evidence::{Kind, manifest};
use crate::http::{Question, encoded};
use crate::json::{Map, Value};

/// Names of parameters that carry what must not be recorded.
const SECRET: [&str; 9] = [
    "token",
    "access_token",
    "secret",
    "password",
    "apikey",
    "api_key",
    "api-key",
    "sig",
    "signature",
];

pub(super) const ORIGIN: Origin = Origin {
    from: "http",
    needs_server: true,
    read: |own| {
        let settings: Settings = own.decode()?;
        let document = settings.read();
        Ok(Box::new(document.map_err(|reason| own.refuse(reason))?))
    },
};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The path to ask for, with or without a query.
    get: String,
    /// Parameters that are put into the query: each a text, or a list of them.
    #[serde(default)]
    query: Map<String, Value>,
    /// `Accept`.
    #[serde(default = "anything")]
    accept: String,
    /// What the answer is to be.
    kind: Option<String>,
}

/// What is asked for.
#[derive(Debug, Clone)]
struct Document {
    target: String,
    accept: String,
    kind: Option<Kind>,
}

fn anything() -> String {
    "*/*".to_owned()
}

impl Settings {
    fn read(self) -> Result<Document, String> {
        let kind = super::kind(self.kind.as_deref());
        if self.accept.is_empty()
            || self
                .accept
                .contains(|c: char| c.is_ascii_control() || !c.is_ascii())
        {
            return Err("accept: expected media types".into());
        }
        Ok(Document {
            target: target(&self.get, &self.query).map_err(|reason| format!("get: {reason}"))?,
            accept: self.accept,
            kind: kind?,
        })
    }
}

impl Ask for Document {
    /// The extension tells a reader what to open it with. What it is, its content says.
    fn path(&self, name: &str) -> String {
        match self.kind {
            Some(Kind::PrometheusText | Kind::Blob) => format!("{name}.txt"),
            Some(Kind::Yaml | Kind::PrometheusRuleFile) => format!("{name}.yaml"),
            Some(Kind::JunitXml) => format!("{name}.xml"),
            _ => format!("{name}.json"),
        }
    }

    fn leaves_kinds_open(&self) -> bool {
        self.kind.is_none()
    }

    fn ask(&self, errand: &Errand<'_>) -> Result<Vec<Given>, String> {
        let reached = errand.reached()?;
        let uri = format!("{}{}", reached.url, self.target);
        let question = Question::get(&uri, &self.accept);
        let answer = reached.client.ask(&question, errand.deadline, errand.clock);
        let mut from = manifest::Source::of(&reached.url);
        from.request = Some(format!("GET {}", self.target));
        let path = errand.path.to_owned();
        Ok(vec![errand.answered(path, self.kind, from, answer)])
    }
}

/// The path `get` with its query and the parameters `query`, or what is wrong with them.
pub(super) fn target(get: &str, query: &Map<String, Value>) -> Result<String, String> {
    if !get.starts_with('/') {
        return Err("expected a path, as `/metrics`".into());
    }
    let is_sent = |c: char| c.is_ascii_graphic() && !"\"#<>\\^`{|}".contains(c);
    if let Some(c) = get.chars().find(|c| !is_sent(*c)) {
        return Err(format!("`{}` must be percent-encoded", c.escape_default()));
    }
    let mut pairs = Vec::new();
    for (name, value) in query {
        let values = match value {
            Value::Array(values) => values.as_slice(),
            one => std::slice::from_ref(one),
        };
        for value in values {
            let text = value.as_str();
            let text = text.ok_or_else(|| format!("query.{name}: expected texts"))?;
            pairs.push((name.as_str(), text));
        }
    }
    let given = get.split_once('?').map_or("", |(_, query)| query);
    let given = given.split('&').map(|pair| pair.split('=').next());
    let mut names = given.flatten().chain(pairs.iter().map(|(name, _)| *name));
    if let Some(name) = names.find(|name| SECRET.contains(&name.to_ascii_lowercase().as_str())) {
        return Err(format!(
            "`{name}` would be recorded; send it as a header of the server"
        ));
    }
    Ok(match (pairs.is_empty(), get.contains('?')) {
        (true, _) => get.to_owned(),
        (false, false) => format!("{get}?{}", encoded(&pairs)),
        (false, true) => format!("{get}&{}", encoded(&pairs)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;

    fn asked(get: &str, query: &Value) -> Result<String, String> {
        target(get, query.as_object().unwrap())
    }

    #[test]
    fn parameters_are_encoded_and_a_query_stays_as_it_is() {
        let query = json!({"module": "http_2xx", "target": "https://a.test/?b=c d"});
        assert_eq!(
            asked("/probe", &query).unwrap(),
            "/probe?module=http_2xx&target=https%3A%2F%2Fa.test%2F%3Fb%3Dc%20d"
        );
        let many = json!({"match[]": ["up", "down"]});
        assert_eq!(
            asked("/federate?a=b%20c", &many).unwrap(),
            "/federate?a=b%20c&match%5B%5D=up&match%5B%5D=down"
        );
        assert_eq!(asked("/metrics", &json!({})).unwrap(), "/metrics");
    }

    #[test]
    fn what_cannot_be_asked_or_recorded_is_refused() {
        for (get, query, what) in [
            ("metrics", json!({}), "expected a path"),
            ("https://a.test/", json!({}), "expected a path"),
            ("/a b", json!({}), "percent-encoded"),
            ("/a\r\nHost: b", json!({}), "percent-encoded"),
            ("/a#b", json!({}), "percent-encoded"),
            ("/a", json!({"b": 1}), "query.b: expected texts"),
            ("/a?x=1&Token=t0k", json!({}), "`Token` would be recorded"),
            ("/a", json!({"api_key": "k"}), "`api_key` would be recorded"),
        ] {
            let error = asked(get, &query).unwrap_err();
            assert!(error.contains(what), "{get}: {error}");
            assert!(!error.contains("t0k"), "{error}");
        }
    }

    #[test]
    fn a_kind_is_one_that_there_is() {
        let settings = |kind: &str| Settings {
            get: "/a".into(),
            query: Map::new(),
            accept: anything(),
            kind: Some(kind.into()),
        };
        let document = settings("prometheus-text").read().unwrap();
        assert_eq!(document.kind, Some(Kind::PrometheusText));
        assert_eq!(document.path("a"), "a.txt");
        assert!(
            settings("prometheus")
                .read()
                .unwrap_err()
                .contains("`prometheus`")
        );
    }
}
