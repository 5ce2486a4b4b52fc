//! Which rules are tests, as OPA has it: by name, in whatever file.

use super::module::HeadForm;
use super::{PolicyFile, PolicySet};

/// What a rule's name begins with to be a test.
const TEST: &str = "test_";
/// What it begins with to be one that is not yet to be run.
const TODO: &str = "todo_test_";

/// A rule that is a test. Several of one name are several tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestRule {
    /// Package path, `.`-separated.
    pub package: String,
    /// Its name within the package.
    pub name: String,
    /// Its file, as the user would open it.
    pub path: String,
    /// 1-based line of its head.
    pub line: usize,
    /// Which of several of its name, from 0.
    pub repetition: usize,
    /// Whether there are several of its name.
    pub shares_name: bool,
    /// Whether it is only to be mentioned.
    pub is_todo: bool,
    /// Why it cannot be evaluated as a test.
    pub refusal: Option<&'static str>,
}

impl TestRule {
    /// The name that OPA gives the test: `data.p.test_x`, and `data.p.test_x#01` for the
    /// second of that name.
    pub fn full_name(&self) -> String {
        let name = format!("data.{}.{}", self.package, self.name);
        match self.repetition {
            0 => name,
            repetition => format!("{name}#{repetition:02}"),
        }
    }
}

impl PolicySet {
    /// The tests, in the order of files and lines.
    pub fn test_rules(&self) -> Vec<TestRule> {
        let mut tests: Vec<TestRule> = self.files.iter().flat_map(of_file).collect();
        let names: Vec<_> = tests
            .iter()
            .map(|test| (test.package.clone(), test.name.clone()))
            .collect();
        for (index, test) in tests.iter_mut().enumerate() {
            let is_same = |(package, name): &&(String, String)| {
                *package == test.package && *name == test.name
            };
            test.repetition = names.iter().take(index).filter(is_same).count();
            test.shares_name = names.iter().filter(is_same).count() > 1;
        }
        tests
    }
}

fn of_file(file: &PolicyFile) -> impl Iterator<Item = TestRule> + '_ {
    file.outline.rules.iter().filter_map(|rule| {
        let is_test = |part: &String| part.starts_with(TEST) || part.starts_with(TODO);
        let at = rule.name.iter().position(is_test)?;
        let named = rule.name.get(at)?;
        let is_whole = at + 1 == rule.name.len();
        Some(TestRule {
            package: file.package(),
            name: rule.name.join("."),
            path: file.shown.clone(),
            line: rule.line,
            repetition: 0,
            shares_name: false,
            is_todo: named.starts_with(TODO),
            refusal: match rule.form {
                HeadForm::Function => Some("a function is not a test: give the rule no arguments"),
                HeadForm::Object if !is_whole || rule.name.len() == 1 => {
                    Some("test cases in brackets are not supported: write one rule for each case")
                }
                _ => None,
            },
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tests_of(text: &str) -> Vec<TestRule> {
        let files = vec![("a_test.rego".to_owned(), text.as_bytes().to_vec())];
        PolicySet::from_parts(files, b"{}").unwrap().test_rules()
    }

    #[test]
    fn names_make_tests_wherever_they_stand() {
        let tests = tests_of(
            "package a.b\nnot_test_x if true\ntest_a if true\ntodo_test_b if true\nfoo.test_c if true\ntests := 1\n",
        );
        let names: Vec<_> = tests.iter().map(TestRule::full_name).collect();
        assert_eq!(
            names,
            [
                "data.a.b.test_a",
                "data.a.b.todo_test_b",
                "data.a.b.foo.test_c"
            ]
        );
        let todo: Vec<_> = tests.iter().map(|test| test.is_todo).collect();
        assert_eq!(todo, [false, true, false]);
        assert!(
            tests
                .iter()
                .all(|test| test.refusal.is_none() && !test.shares_name)
        );
    }

    #[test]
    fn each_definition_is_a_test_of_its_own() {
        let tests = tests_of("package a\ntest_a if false\ntest_a if true\ntest_b if true\n");
        let names: Vec<_> = tests.iter().map(TestRule::full_name).collect();
        assert_eq!(
            names,
            ["data.a.test_a", "data.a.test_a#01", "data.a.test_b"]
        );
        let shared: Vec<_> = tests.iter().map(|test| test.shares_name).collect();
        assert_eq!(shared, [true, true, false]);
    }

    #[test]
    fn what_could_pass_unnoticed_is_refused() {
        let tests = tests_of(
            "package a\ntest_f(x) if x\ntest_case[name] if { some name in [\"a\"] }\ntest_one[\"a\"] if true\n",
        );
        assert_eq!(tests.len(), 3);
        assert!(
            tests.iter().all(|test| test.refusal.is_some()),
            "{tests:#?}"
        );
    }
}
