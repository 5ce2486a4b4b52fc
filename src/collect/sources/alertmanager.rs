//! Alerts from the HTTP API of Alertmanager 0.16 and later
//! (<https://github.com/prometheus/alertmanager/blob/v0.25.0/api/v2/openapi.yaml>).
//!
//! INVARIANT: silenced and inhibited alerts are asked for too. Silencing is not repairing,
//! and an answer does not say what was left out of it.

use serde::Deserialize;

use super::{Ask, Errand, Given, Origin};
use crate::collect::run::Reached;
use crate::evidence::{Kind, manifest};
use crate::http::{Question, encoded};

const ENDPOINT: &str = "/api/v2/alerts";

pub(super) const ORIGIN: Origin = Origin {
    from: "alertmanager",
    needs_server: true,
    read: |own| {
        let alerts: Alerts = own.decode()?;
        let mut matchers = alerts.filter.iter();
        if let Some(matcher) = matchers.find(|matcher| !is_matcher(matcher)) {
            return Err(own.refuse(format!(
                "filter: `{matcher}` is no matcher, as `severity=\"critical\"`"
            )));
        }
        Ok(Box::new(alerts))
    },
};

/// Which alerts are asked for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Alerts {
    /// Matchers, as `severity="critical"`; an alert has to meet all of them.
    #[serde(default)]
    filter: Vec<String>,
    /// A regular expression that the name of a receiver matches as a whole.
    receiver: Option<String>,
}

impl Ask for Alerts {
    fn ask(&self, errand: &Errand<'_>) -> Result<Vec<Given>, String> {
        let reached = errand.reached()?;
        let asked = self.asked();
        let uri = format!("{}{asked}", reached.url);
        let question = Question::get(&uri, "application/json");
        let answer = reached.client.ask(&question, errand.deadline, errand.clock);
        let mut from = manifest::Source::of(&reached.url);
        if answer.is_ok() {
            from.server = reached.says(ORIGIN.from, || server(reached, errand));
        }
        from.request = Some(format!("GET {asked}"));
        let kind = Some(Kind::AlertmanagerAlerts);
        Ok(vec![errand.answered(
            errand.path.to_owned(),
            kind,
            from,
            answer,
        )])
    }
}

impl Alerts {
    /// The path to ask, and its query. Everything that may be left out is asked for by
    /// name, since what stands for a name that is absent is up to the server.
    fn asked(&self) -> String {
        let states = ["active", "silenced", "inhibited", "unprocessed"];
        let states = states.iter().map(|state| (*state, "true"));
        let filter = self.filter.iter();
        let pairs: Vec<_> = filter
            .map(|matcher| ("filter", matcher.as_str()))
            .chain(self.receiver.iter().map(|name| ("receiver", name.as_str())))
            .chain(states)
            .collect();
        format!("{ENDPOINT}?{}", encoded(&pairs))
    }
}

/// Whether it is a label name, an operator and something.
fn is_matcher(text: &str) -> bool {
    let name = text.trim_start();
    let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let rest = end.filter(|end| *end > 0).and_then(|end| name.get(end..));
    rest.is_some_and(|rest| rest.trim_start().starts_with(['=', '!']))
}

/// What the server says of itself, where it does.
fn server(reached: &Reached, errand: &Errand<'_>) -> Option<String> {
    let version = reached.version("/api/v2/status", "/versionInfo/version", errand)?;
    Some(format!("Alertmanager {version}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_states_are_asked_for_whatever_the_filter() {
        let alerts = Alerts {
            filter: vec!["severity=\"critical\"".into(), "team=~\"a|b\"".into()],
            receiver: Some("on-call".into()),
        };
        assert_eq!(
            alerts.asked(),
            "/api/v2/alerts?filter=severity%3D%22critical%22&filter=team%3D~%22a%7Cb%22&receiver=on-call&active=true&silenced=true&inhibited=true&unprocessed=true"
        );
    }

    #[test]
    fn matchers_have_a_name_and_an_operator() {
        for text in ["a=b", " a = \"b\"", "a!=\"\"", "a=~\"b|c\"", "a_1!~\"x\""] {
            assert!(is_matcher(text), "{text}");
        }
        for text in ["", "critical", "=\"b\"", "{a=\"b\"}", "a b"] {
            assert!(!is_matcher(text), "{text}");
        }
    }
}
