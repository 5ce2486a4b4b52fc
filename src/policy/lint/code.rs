//! The closed list of lint codes. Each has a heading in `docs/policy-lint.md`.

use std::fmt;

use super::LintSeverity::{self, Error, Warning};

macro_rules! codes {
    ($($variant:ident $name:literal $severity:ident $plain:ident $description:literal;)+) => {
        /// What lint can find.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum LintCode {
            $(#[doc = $description] $variant,)+
        }

        impl LintCode {
            /// Every code, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Its name: kebab-case, stable.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What it means, in one line.
            pub fn description(self) -> &'static str {
                match self { $(Self::$variant => $description,)+ }
            }

            /// Its severity in the families.
            pub fn severity(self) -> LintSeverity {
                self.severity_in(false)
            }

            /// Its severity in a family, or in plain conftest policies.
            pub fn severity_in(self, is_plain: bool) -> LintSeverity {
                match (self, is_plain) {
                    $((Self::$variant, false) => $severity,)+
                    $((Self::$variant, true) => $plain,)+
                }
            }
        }
    };
}

codes! {
    PoliciesEmpty "policies-empty" Error Error "No package has a verdict head.";
    PackagePath "package-path" Error Error "A package of a family does not lie in the folder of its path.";
    GateUnnamed "gate-unnamed" Error Error "A package is called `gates` and belongs to no gate.";
    RegoV0 "rego-v0" Error Error "A rule is written in the syntax before Rego v1.";
    TemplateString "template-string" Error Error "A template string, which the engine does not have.";
    KeywordInReference "keyword-in-reference" Error Error "A keyword is used as a name.";
    IntegerTooLarge "integer-too-large" Error Error "An integer that does not fit 64 bits.";
    MetadataInvalid "metadata-invalid" Error Error "A METADATA block that cannot be read or does not belong where it stands.";
    MetadataMissing "metadata-missing" Error Error "A rule package of a family without METADATA.";
    MetadataIncomplete "metadata-incomplete" Error Error "METADATA without id, title or severity.";
    MetadataValue "metadata-value" Error Warning "A value in `custom` of the wrong type or outside its range.";
    MetadataUnknownKey "metadata-unknown-key" Error Warning "A key of METADATA that looks like a misspelling.";
    MetadataTwice "metadata-twice" Error Warning "A package with two METADATA blocks.";
    IdDuplicate "id-duplicate" Error Error "Two rules with one id.";
    RequiresUnknownKind "requires-unknown-kind" Error Error "A requirement names a kind of evidence that does not exist.";
    HeadMissing "head-missing" Error Error "A rule without a verdict head.";
    HeadNotASet "head-not-a-set" Error Error "A verdict head that is not a set.";
    HeadMisspelt "head-misspelt" Error Error "A rule nobody reads, named almost like a verdict head.";
    HeadWrongFamily "head-wrong-family" Error Error "A verdict head that does not count in its family.";
    HeadInTest "head-in-test" Error Error "A verdict head in a file that is named as a test.";
    EvidenceUndeclared "evidence-undeclared" Error Warning "Evidence that no `requires` of the package names.";
    EvidenceDynamic "evidence-dynamic" Warning Warning "Evidence is chosen while the rule runs.";
    EvidenceNegated "evidence-negated" Error Warning "`not` over a fact, which is also true when the fact is missing.";
    BuiltinNondeterministic "builtin-nondeterministic" Error Error "A function whose result is not the same on every run.";
    BuiltinClock "builtin-clock" Error Warning "`time.now_ns` instead of `input.as_of_ns`.";
    BuiltinTrace "builtin-trace" Warning Warning "`trace`, which shows nothing.";
    WalkForm "walk-form" Error Error "`walk` with one argument, which yields nothing.";
    SprintfVerb "sprintf-verb" Error Error "A `sprintf` verb that the engine writes otherwise than OPA, or not at all.";
    RegexUnicode "regex-unicode" Error Warning "A class that is ASCII in OPA and Unicode in the engine.";
    RegexRepetition "regex-repetition" Warning Warning "A repetition that may be larger than the engine compiles.";
    WithBuiltin "with-builtin" Error Error "`with` on a built-in function in a policy.";
    ImportOwnPackage "import-own-package" Error Error "A package imports itself or one that it lies in.";
    ImportWholePackage "import-whole-package" Warning Warning "An import that evaluates every rule of a package.";
    GovernanceInvalid "governance-invalid" Error Error "Governance data that cannot be used.";
    UnitMismatch "unit-mismatch" Error Error "A number that cannot be in the unit it is given in.";
    BaselineMissing "baseline-missing" Error Error "A metric that is promised and has no baseline.";
    BaselineWrongSide "baseline-wrong-side" Error Error "A baseline that misses its target, or a trigger that fires at the baseline.";
    TargetUnwatched "target-unwatched" Warning Warning "A target that can be missed without any trigger.";
    TargetLoose "target-loose" Warning Warning "A target that allows several times the failures of the baseline.";
    DetectionSlower "detection-slower" Warning Warning "A success metric that asks for less time than its trigger takes.";
    ImportUnused "import-unused" Warning Warning "An import that its file does not use.";
    RuleUnused "rule-unused" Warning Warning "A rule or function of a family that no policy reads.";
    HeadLookalike "head-lookalike" Warning Warning "A set nobody reads, with the name that other tools give a verdict.";
    RuleUntested "rule-untested" Warning Warning "A rule of a family that no test reads.";
    TestOfNothing "test-of-nothing" Warning Warning "A file of tests that tests no policy.";
    FactUnrequired "fact-unrequired" Warning Warning "A field of a JSON or YAML document that no `facts` of `requires` names.";
    MapUnpinned "map-unpinned" Warning Warning "A requirement of a `json-map` that does not say which mapping.";
    LibUndocumented "lib-undocumented" Warning Warning "A package of `lib` that others use and no comment introduces.";
    GateUnselectable "gate-unselectable" Warning Warning "A gate that the command line cannot name.";
}

impl LintCode {
    /// Whether it is for authors alone: `policy lint` says it, a gate does not.
    pub fn is_remark(self) -> bool {
        self >= Self::ImportUnused
    }
}

impl fmt::Display for LintCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
